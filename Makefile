# Everything sets itself up: a clone, Python 3.11+ and make are enough.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
STAMP  := $(VENV)/.installed
DATA   ?= data
PORT   ?= 8000
# A process a core, and no threads beside it; a file's tests share its servers; -rs names the tests that were skipped.
PYTEST  = OMP_NUM_THREADS=1 $(BIN)/pytest -rs -n 2 --dist loadfile
QUICK   = -m 'not slow and not chaos'

.PHONY: help demo up test test-slow coverage report report-full docs chaos chaos-short lint wheel check clean
.DEFAULT_GOAL := check

help:  ## this list; `make` alone is `make check`
	@awk -F ':[^#]*## ' '/^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(STAMP): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo 'svdiff needs Python 3.11 or newer: make PYTHON=python3.12 ...'; exit 1; }
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[ml,embedded,dev]'
	touch $@

demo: $(STAMP)  ## four pictures in, a personalized contact sheet out
	$(BIN)/python -m demo

up: $(STAMP)  ## the whole service on this machine
	$(BIN)/svdiff up --data "$(DATA)" --port $(PORT)

test: $(STAMP)  ## everything quick
	$(PYTEST) $(QUICK)

test-slow: $(STAMP)  ## the tests marked slow
	$(PYTEST) -m slow

coverage: $(STAMP)  ## how much of the packages their quick tests reach; fails below the floor in pyproject.toml
	$(PYTEST) $(QUICK) --cov --cov-report=term tests/svdiff_core tests/service tests/api tests/worker

report: $(STAMP)  ## docs/report from the stored results; a minute
	$(BIN)/python -m bench.report render

report-full: $(STAMP)  ## train and measure all of it again where bench/results/report lacks it; several hours, goes on where it stopped
	OMP_NUM_THREADS=1 $(BIN)/python -m bench.report train
	$(BIN)/python -m bench.report render

chaos: $(STAMP)  ## 5,000 jobs while everything is killed; at most 90 minutes; writes docs/reliability.md
	$(BIN)/python -m tests.chaos $(CHAOS)

chaos-short: $(STAMP)  ## two minutes of it, with the machine to itself
	OMP_NUM_THREADS=1 $(BIN)/pytest -rs -m chaos tests/chaos

docs: $(STAMP)  ## docs/errors.md, docs/settings.md and the tables of events, from the code
	$(BIN)/python -m bench.reference

lint: $(STAMP)  ## ruff, mypy and the rules of imports
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

wheel: $(STAMP)  ## dist/: the wheel of svdiff_core alone, without the service
	$(BIN)/python publish/build_wheel.py dist

check: lint test chaos-short  ## what CI runs

clean:  ## remove the environment and what was built
	rm -rf $(VENV) build dist
