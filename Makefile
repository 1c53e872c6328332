# `make demo` and `make test` do everything on a fresh machine; the rest is for those who change the code.
# PYTHON names the Python that the environment is made from (3.11 or newer), WORKERS the tests that run side by side.

PYTHON ?= python3
WORKERS ?= 2

BIN := .venv/bin
READY := .venv/.ready
# Tests side by side share the processors, so each computes with one thread.
PYTEST := OMP_NUM_THREADS=1 $(BIN)/python -m pytest -q --numprocesses $(WORKERS) --dist loadfile

# The studio's pages are built from these, by Node: the system's, or one that PyPI has.
WEB := src/neocog/studio/web
PAGES := src/neocog/studio/built/index.html
PAGE_SOURCES := $(shell find $(WEB) -type f -not -path '*/node_modules/*')

.PHONY: demo test test-slow check bench docs studio wheel

demo: $(READY)  ## the main job on embedded data: train, evaluate, and where the report is
	$(BIN)/neocog demo

test: check $(PAGES)  ## lint, types and all tests but the slow ones; the last line is their count
	$(PYTEST) -m "not slow"

test-slow: $(READY) $(PAGES)  ## long loops and published figures; some need the real data
	$(PYTEST) -m slow

check: $(READY)  ## format, lint, types
	$(BIN)/ruff format --check src tests bench docs
	$(BIN)/ruff check src tests bench docs
	$(BIN)/mypy
	PYTHON=$(CURDIR)/$(BIN)/python $(WEB)/build check

studio: $(PAGES)  ## the pages of the studio

wheel: $(PAGES)  ## dist/neocog-*.whl, the studio's pages in it
	$(BIN)/python -m pip wheel --quiet --no-deps --wheel-dir dist .

bench: $(READY)  ## speed against the compute-only limit, memory against torch's count, codes, See; figures in bench/results
	$(BIN)/python bench/data_speed.py
	$(BIN)/python bench/mnist_speed.py
	$(BIN)/python bench/memory.py
	$(BIN)/python bench/transfer_speed.py
	$(BIN)/python bench/see_speed.py

docs: $(READY)  ## the pages of docs/ that are computed: the lecture's numbers; trust; explanations; pictures; speed
	PYTHONPATH=docs $(BIN)/python -m lecture_numbers
	PYTHONPATH=docs $(BIN)/python -m trust_tables
	PYTHONPATH=docs $(BIN)/python -m explanation_checks
	PYTHONPATH=docs $(BIN)/python -m understanding_pictures
	PYTHONPATH=docs:bench $(BIN)/python -m speed_tables

$(PAGES): $(READY) $(PAGE_SOURCES)
	PYTHON=$(CURDIR)/$(BIN)/python $(WEB)/build

# Set up once, and again when what is to be installed has changed.
$(READY): pyproject.toml constraints.txt
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[dev]'
	touch $@
