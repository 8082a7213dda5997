# One command each; all of them first bring .venv up to date, which is quick when nothing changed.
#   make setup   everything needed to run (PYTHON=)  make test    every test (ARGS="-k receipt" for some)
#   make run     the portal (PORT=, DATA_DIR=)       make check   style, types, contracts, translations
#   make demo    a believable half-month of data     make bench   speed, as ratios
#   make lock    refresh the locked requirements     make clean   remove what was made here; the data stays
#   make soak    two thousand matters while everything breaks (SOAK_MATTERS=, SOAK_SEED=)

.PHONY: setup run test check demo bench soak lock clean FORCE
.DELETE_ON_ERROR:
.SUFFIXES:

PY := .venv/bin/python
PIP := $(PY) -m pip --disable-pip-version-check install --no-input --require-hashes
LOCK := uv pip compile --quiet --no-header --generate-hashes --universal --python-version 3.11
PRODUCTION := PUBLIC_BASE_URL=https://portal.example BEHIND_PROXY=true
ARGS ?=
SOAK_MATTERS ?= 2000
SOAK_SEED ?=
# A soak ends by itself; one that hangs is ended after so many seconds.
SOAK_SECONDS ?= 3600

STATIC := $(shell find static -type f 2>/dev/null)
CATALOGUES := $(shell find locale -name '*.po' 2>/dev/null)
COMPILED := $(CATALOGUES:.po=.mo)
# A translation that was never built, or removed by hand.
MISSING := $(filter-out $(wildcard $(COMPILED)),$(COMPILED))

setup: .venv/.runtime var/static/staticfiles.json .venv/.translations

run: setup
	@exec $(PY) -m opinion_portal.startup

test: setup .venv/.development
	$(PY) -m pytest -n auto $(ARGS)

check: setup .venv/.development
	$(PY) -m ruff check
	$(PY) -m ruff format --check
	$(PY) -m mypy
	$(PY) -c "import sys; from importlinter.cli import lint_imports_command; sys.exit(lint_imports_command())"
	$(PY) -m djlint templates --lint --quiet
	$(PY) -W "ignore:Got an error checking" manage.py makemigrations --check --dry-run
	$(PRODUCTION) $(PY) manage.py check --deploy --fail-level WARNING
	$(PY) manage.py sync_messages --check
	@echo "All checks passed."

demo: setup
	$(PY) manage.py demo

bench: setup .venv/.development
	$(PY) -m benchmarks.run

soak: setup .venv/.development
	$(PY) -m tests.soak --matters $(SOAK_MATTERS) $(if $(SOAK_SEED),--seed $(SOAK_SEED)) --seconds $(SOAK_SECONDS)

lock:
	@command -v uv >/dev/null || { echo "make lock needs uv: https://docs.astral.sh/uv/"; exit 1; }
	$(LOCK) requirements.in -o requirements.txt
	$(LOCK) requirements-embedded.in -o requirements-embedded.txt
	$(LOCK) requirements-sms.in -o requirements-sms.txt
	$(LOCK) requirements-development.in -o requirements-development.txt

clean:
	rm -rf .venv var/static .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
	rm -f $(COMPILED)

# What the targets stand on ----------------------------------------------------------------------------------------

# A .venv that works is kept, whoever made it; one whose Python is gone is made again. The system's Python comes first:
# distributions build it with profiles, version managers mostly do not, and pages then take a seventh longer.
.venv/.made:
	@if .venv/bin/python -c 'import pip, sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then touch $@; exit; fi; \
	for python in $(PYTHON) /usr/bin/python3 python3 python3.13 python3.12 python3.11; do \
	  if $$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then \
	    found=$${found:-$$python}; \
	    if $$python -c 'import ensurepip, venv' 2>/dev/null; then found=$$python; break; fi; \
	  fi; \
	done; \
	if [ -z "$$found" ]; then echo "The portal needs Python 3.11 or newer; none was found."; exit 1; fi; \
	if ! $$found -c 'import ensurepip, venv' 2>/dev/null; then \
	  echo "$$found cannot make virtual environments: install its venv package (Debian: apt-get install python3-venv)."; \
	  exit 1; \
	fi; \
	echo "Making .venv with $$($$found --version) …"; rm -rf .venv && $$found -m venv .venv && touch $@

.venv/.runtime: .venv/.made requirements.txt requirements-embedded.txt
	@echo "Installing the locked packages (a minute or two the first time) …"
	@$(PIP) -r requirements.txt -r requirements-embedded.txt
	@touch $@

.venv/.development: .venv/.runtime requirements-development.txt requirements-sms.txt
	@echo "Installing the locked packages for checks and tests …"
	@$(PIP) -r requirements-sms.txt -r requirements-development.txt
	@touch $@

var/static/staticfiles.json: .venv/.runtime $(STATIC)
	@$(PY) manage.py collectstatic --noinput
	@touch $@

.venv/.translations: .venv/.runtime $(CATALOGUES) $(if $(MISSING),FORCE)
	@$(PY) manage.py sync_messages --compile-only
	@touch $@

FORCE:
