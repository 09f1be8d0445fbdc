# make demo    makes an environment, installs claude-sessions into it and shows it: needs Python 3.11 or later, no claude
# make test    runs the tests; what this machine cannot run is skipped with the reason
# make bench   measures against the bars in bench/
# make soak    follows a server that is killed every ten seconds, for two hours, or for SOAK_SECONDS
# make lint    ruff, mypy
# make web     brings the web player and builds the page, with npm; building a wheel does so by itself
# make web-test  checks the types of the page and runs its tests, with npm
# make clean   removes what the others made
#
# PYTHON=python3.12 picks an interpreter, VENV=folder another environment, PYTEST_ARGS='-k log' some tests,
# WORKERS=4 how many processes run them: 0 is none but pytest's own, as a debugger wants it.

ifndef PYTHON
PYTHON := $(shell for each in python3.13 python3.12 python3.11 python3 python; do \
	$$each -c 'import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 && echo $$each && break; done)
endif
VENV ?= .venv
PYTEST_ARGS ?=
WORKERS ?= 2
BENCH_ARGS ?=
SOAK_SECONDS ?= 7200

BIN = $(VENV)/bin
PIP = $(BIN)/python -m pip --disable-pip-version-check -qq
# pip knows --group from 25.1 on; the pip that an environment starts with is often older.
GROUP = $(BIN)/python -c "import sys, tomllib; \
	print(*tomllib.load(open('pyproject.toml', 'rb'))['dependency-groups'][sys.argv[1]], sep='\n')"

.PHONY: demo test bench soak lint web web-test clean

demo: $(VENV)/installed
	@$(BIN)/claude-sessions demo

test: $(VENV)/installed-test
	@$(BIN)/python -m pytest -n $(WORKERS) $(PYTEST_ARGS)

bench: $(VENV)/installed-test
	@$(BIN)/python -m bench $(BENCH_ARGS)

soak: $(VENV)/installed-test
	@$(BIN)/python -m tests.kit.soak $(SOAK_SECONDS)

lint: $(VENV)/installed-test $(VENV)/installed-lint
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check
	@$(BIN)/mypy

web:
	@$(PYTHON) web/bring.py

web-test:
	@cd web/page && npm ci --ignore-scripts --silent --no-progress && npm run --silent check && npm test --silent

clean:
	rm -rf src/claude_sessions/formats/player src/claude_sessions/server/page web/page/node_modules $(VENV) build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find src tests bench -name __pycache__ -type d -prune -exec rm -rf {} +

$(VENV)/installed: pyproject.toml
	@test -n "$(PYTHON)" || { echo "make: no Python 3.11 or later with the venv module is on the PATH; PYTHON=... names one" >&2; exit 1; }
	@echo "installing into $(VENV) with $(PYTHON) ..."
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(PIP) install --editable .
	@touch $@

$(VENV)/installed-%: $(VENV)/installed
	@$(GROUP) $* > $(VENV)/group-$*.txt
	@$(PIP) install --requirement $(VENV)/group-$*.txt
	@touch $@

.PRECIOUS: $(VENV)/installed-%
