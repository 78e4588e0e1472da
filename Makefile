# Two commands matter: `make demo` and `make test`. Both need Python 3.11+ and make, nothing else.
.PHONY: demo demo-reset test chaos check format requirements messages
SHELL := /bin/sh
PORT ?= 8000
BIN := .venv/bin
PYTHON := $(shell for p in python3.12 python3.11 python3.13 python3; do \
  $$p -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' 2>/dev/null && echo $$p && break; done)

demo: .venv/demo.stamp  ## run Relay with synthetic data until Ctrl-C
	@PORT=$(PORT) exec $(BIN)/python -m config.launch.supervisor

demo-reset: .venv/demo.stamp  ## forget the demo's data
	@$(BIN)/python -m config.launch.supervisor --reset

test: check  ## everything: the checks, then the whole suite
	$(BIN)/python -m pytest --numprocesses auto --maxprocesses 4 --dist worksteal

chaos: .venv/dev.stamp  ## kill processes at random under load, for three quarters of an hour, and write down what came of it
	CHAOS_REPORT=docs/reliability.md $(BIN)/python -m pytest -m chaos -s tests/faults

check: .venv/dev.stamp  ## what can be checked without running it, fastest first
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	PATH="$(BIN):$$PATH" $(BIN)/lint-imports
	$(BIN)/python -m config.launch.dry $(BIN)/mypy audit cases config coordination notifications referrals
	git ls-files '*.html' | xargs $(BIN)/djade --check --target-version 5.2
	$(BIN)/deptry .
	$(BIN)/python -m config.launch.dry $(BIN)/python -W ignore::RuntimeWarning manage.py makemigrations --check --dry-run
	$(BIN)/python -m config.launch.dry $(BIN)/python manage.py check --deploy --fail-level WARNING

format: .venv/dev.stamp
	$(BIN)/ruff check --fix . || true
	$(BIN)/ruff format .
	git ls-files '*.html' | xargs $(BIN)/djade --target-version 5.2 || true

messages: .venv/dev.stamp  ## collect strings to translate (needs gettext), then compile them
	$(BIN)/python -m config.launch.dry $(BIN)/python manage.py makemessages -l fr --no-obsolete --no-location -i .venv -i tests
	$(BIN)/python -c "import polib; f = polib.pofile('config/locale/fr/LC_MESSAGES/django.po'); f.save_as_mofile('config/locale/fr/LC_MESSAGES/django.mo')"

requirements:  ## pin again (needs uv)
	uv pip compile pyproject.toml --generate-hashes --universal --python-version 3.11 --no-emit-index-url --no-annotate -q -o requirements/base.txt --custom-compile-command "make requirements"
	uv pip compile pyproject.toml --group embedded --generate-hashes --universal --python-version 3.11 --no-emit-index-url --no-annotate -q -o requirements/demo.txt --custom-compile-command "make requirements"
	uv pip compile pyproject.toml --group embedded --group test --group lint --generate-hashes --universal --python-version 3.11 --no-emit-index-url --no-annotate -q -o requirements/dev.txt --custom-compile-command "make requirements"

.venv/bin/pip:
	@test -n "$(PYTHON)" || { echo "Relay needs Python 3.11, 3.12 or 3.13: install one, for example 'apt install python3 python3-venv'."; exit 1; }
	@$(PYTHON) -c 'import ensurepip' 2>/dev/null || { echo "This Python cannot make environments: install them, for example 'apt install python3-venv'."; exit 1; }
	@$(PYTHON) -m venv .venv

# The tools' requirements contain the demo's, so whoever has tested does not install again.
.venv/demo.stamp: requirements/demo.txt | .venv/bin/pip
	@test -f .venv/dev.stamp || { echo "Installing..."; $(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements/demo.txt; }
	@touch $@

.venv/dev.stamp: requirements/dev.txt | .venv/bin/pip
	@echo "Installing the tools..."
	@$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.txt
	@touch $@
