# Everything a person does with the source; each target sets up what it needs. `make` alone lists them.
.DEFAULT_GOAL := help
.PHONY: help setup demo test test-all check lint format types imports docs-check coverage docs catalogue bench evidence clean
MAKEFLAGS += --no-print-directory

PY := .venv/bin/python
PYTEST := $(PY) -m pytest -n 3 --dist loadfile --no-loadscope-reorder
CODE := src tests scripts bench

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/make \1|\2/p' Makefile | while IFS='|' read -r a b; do printf '  %-16s %s\n' "$$a" "$$b"; done

setup: .venv/.ready ## make .venv with everything, once

.venv/.ready: pyproject.toml constraints.txt scripts/setup
	@PYTHON='$(PYTHON)' scripts/setup

demo: setup ## a simulated firm in ./demo, imported, asked, reported and served
	@.venv/bin/kundig demo demo

test: check ## what CI runs
	$(PYTEST)

test-all: check coverage ## and the long fault and scale runs, and each shelf file's coverage by its own test
	$(PYTEST) --run-long

check: lint types imports docs-check ## style, types, import contracts, generated docs

lint: setup
	$(PY) -m ruff check $(wildcard $(CODE))
	$(PY) -m ruff format --check $(wildcard $(CODE))

format: setup ## put the source into its usual form
	$(PY) -m ruff check --fix --quiet $(wildcard $(CODE)) || true
	$(PY) -m ruff format $(wildcard $(CODE))

types: setup
	$(PY) -m mypy

imports: setup
	@.venv/bin/lint-imports --no-logo

docs-check: setup
	$(PY) scripts/reference.py --check

coverage: setup ## each shelf file covered by its own test
	$(PY) tests/coverage_by_file.py

docs: setup ## write docs/reference from the code
	$(PY) scripts/reference.py

catalogue: setup ## merge, complete and compile the German catalogue
	$(PY) scripts/catalogue.py

bench: setup ## time the questions at 1, 10 and 50 million events
	$(PY) -m bench $(ARGS)

evidence: setup ## measure every method and model beside golden numbers and rivals; writes docs/evidence.md
	OMP_NUM_THREADS=1 $(PY) scripts/evidence.py $(ARGS)

clean: ## remove .venv, the demo and what tools left behind
	rm -rf .venv demo build dist htmlcov .coverage* .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
