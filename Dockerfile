# One image for every process: web, worker, beat and the one-time commands.
# The build needs no secret, and the image holds none.

FROM python:3.12-slim AS packages
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
RUN python -m venv /opt/venv
COPY requirements/base.txt requirements/base.txt
RUN /opt/venv/bin/pip install --require-hashes -r requirements/base.txt

FROM python:3.12-slim AS code
ENV PATH=/opt/venv/bin:$PATH PYTHONDONTWRITEBYTECODE=1
COPY --from=packages /opt/venv /opt/venv
WORKDIR /app
COPY manage.py ./
COPY audit audit
COPY coordination coordination
COPY cases cases
COPY referrals referrals
COPY notifications notifications
COPY config config
# The settings refuse to start without these three. Collecting files uses none of them, and they
# end with this line.
RUN RELAY_ENV=production \
    SECRET_KEY=only-to-collect-static-files-never-used-to-sign-anything \
    DATABASE_URL=postgresql://nobody:none@127.0.0.1:1/none \
    REDIS_URL=redis://127.0.0.1:1/0 \
    python manage.py collectstatic --noinput

FROM python:3.12-slim
RUN groupadd --system --gid 10001 relay \
    && useradd --system --uid 10001 --gid relay --no-create-home --shell /usr/sbin/nologin relay \
    && install --directory --owner relay --group relay --mode 0700 /var/lib/relay
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    DJANGO_SETTINGS_MODULE=config.settings
COPY --from=packages /opt/venv /opt/venv
COPY --from=code /app /app
WORKDIR /app
# The code belongs to root: the process can read it and not change it.
USER 10001:10001
EXPOSE 8000
CMD ["gunicorn", "config.wsgi", "--bind", "0.0.0.0:8000", "--worker-class", "gthread", \
     "--workers", "2", "--threads", "4", "--worker-tmp-dir", "/dev/shm", \
     "--logger-class", "config.discreet.WebLog"]
