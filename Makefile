# Everything starts from here; `make help` tells what there is.
# The set-up targets are files, so that a second call has nothing to set up.

PYTHON := .venv/bin/python
PYTEST := $(PYTHON) -m pytest
# A file of tests stays with one worker, with the database and the browser that were set up for it; the longest come first.
WORKERS := -n auto --dist loadfile --no-loadscope-reorder
MACHINERY := pyproject.toml .ci/install.sh
# Compiled files are kept, also where the environment says otherwise: without them every process that a test starts,
# and every run of pytest, compiles all there is anew.
unexport PYTHONDONTWRITEBYTECODE
# What WeasyPrint sets text with. Without them the service runs, and offers pages to print instead of PDF.
PDF_LIBRARIES := libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 fonts-dejavu-core

.DEFAULT_GOAL := help
.PHONY: help run test check lint soak bench mutants screenshots docs package format requirements clean

help: ## show this list
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1	\2/p' Makefile | expand -t 22

run: .venv/.base ## set everything up on first use and serve on 127.0.0.1:8000
	UNDERLAG_DEMO=yes .venv/bin/underlag demo
	UNDERLAG_DEMO=yes .venv/bin/underlag serve

test: .venv/.dev .venv/.browser lint ## everything: lint, format, types, all tests with a browser
	@echo '== tests =='
	$(PYTEST) $(WORKERS)

check: .venv/.dev lint ## the quick part of it: no browser, no PostgreSQL, no notebook
	@echo '== tests =='
	$(PYTEST) --quick $(WORKERS)

lint: .venv/.dev ## lint, format, types
	@echo '== lint =='
	$(PYTHON) -m ruff check .
	@echo '== format =='
	$(PYTHON) -m ruff format --check .
	@echo '== types =='
	$(PYTHON) -m mypy

soak: .venv/.browser ## the tests that run for minutes, with every page in every width, theme and language
	$(PYTEST) -m soak

bench: .venv/.bench ## measure against other engines
	$(PYTEST) -m benchmark -s

mutants: .venv/.mutants ## change what decides in small ways, and write how many changes the tests find
	nice -n 15 $(PYTHON) -m tests.mutants

screenshots: .venv/.browser ## take the pictures of the pages anew
	$(PYTEST) tests/browser/test_pictures.py tests/browser/work/test_the_way_counted.py --pictures

docs: .venv/.dev ## make the reference of classes and functions from their docstrings, in build/docs
	$(PYTHON) -m tests.reference build/docs

package: .venv/.dev ## build wheel and sdist in dist/, and try the wheel in an empty environment
	.ci/package.sh

format: .venv/.dev ## put the code in its usual form
	$(PYTHON) -m ruff check --fix .
	$(PYTHON) -m ruff format .

# Versions stay as they are unless a .in file asks otherwise, or with `make requirements UPGRADE=--upgrade`.
# No header and no index in the result: it names no machine and no host.
PIN := .venv/bin/uv pip compile --quiet --no-config --no-header --no-emit-index-url --no-annotate \
	--generate-hashes --universal --python-version 3.11 $(UPGRADE)
requirements: .venv/.dev ## pin the packages of the .in files anew
	$(PIN) requirements.in -o requirements.txt
	$(PIN) requirements-research.in -o requirements-research.txt
	$(PIN) requirements-dev.in -o requirements-dev.txt
	$(PIN) requirements-bench.in -o requirements-bench.txt
	$(PIN) requirements-mutants.in -o requirements-mutants.txt

clean: ## remove the environment and every cache; the data in var/ stays
	rm -rf .venv build dist *.egg-info .hypothesis .mypy_cache .pytest_cache .ruff_cache test-results
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

.venv/.base: requirements.txt $(MACHINERY)
	.ci/apt.sh $(PDF_LIBRARIES) || echo 'Without them there are no PDF documents, only pages to print.' >&2
	.ci/install.sh requirements.txt
	touch $@

.venv/.dev: requirements.txt requirements-research.txt requirements-dev.txt $(MACHINERY)
	.ci/install.sh requirements.txt requirements-research.txt requirements-dev.txt
	touch $@

.venv/.mutants: requirements.txt requirements-research.txt requirements-dev.txt requirements-mutants.txt $(MACHINERY)
	.ci/install.sh requirements.txt requirements-research.txt requirements-dev.txt requirements-mutants.txt
	touch $@

.venv/.bench: requirements.txt requirements-research.txt requirements-dev.txt requirements-bench.txt $(MACHINERY)
	.ci/install.sh requirements.txt requirements-research.txt requirements-dev.txt requirements-bench.txt
	touch $@

# Playwright's own Node needs libatomic1; without a font Chromium and WeasyPrint draw empty boxes.
.venv/.browser: .ci/apt.sh .venv/.dev
	.ci/apt.sh chromium-headless-shell libatomic1 $(PDF_LIBRARIES)
	touch $@
