# Two stages: the first installs, the second runs, as an account that owns nothing.
FROM python:3.12-slim AS build
ENV PIP_NO_CACHE_DIR=1 PYTHONDONTWRITEBYTECODE=1
RUN python -m venv /venv
COPY requirements/base.txt /tmp/base.txt
RUN /venv/bin/pip install --require-hashes -r /tmp/base.txt
COPY . /relay
WORKDIR /relay
# Collecting needs settings, not servers: config.launch.dry supplies values that lead nowhere.
RUN /venv/bin/python -m config.launch.dry /venv/bin/python manage.py collectstatic --noinput

FROM python:3.12-slim
ENV PATH="/venv/bin:$PATH" PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
RUN useradd --system --uid 10001 --no-create-home relay
COPY --from=build /venv /venv
COPY --from=build /relay /relay
WORKDIR /relay
USER relay
EXPOSE 8000
CMD ["gunicorn", "config.wsgi", "--bind", "0.0.0.0:8000", "--workers", "2", "--worker-class", "gthread", "--threads", "4"]
