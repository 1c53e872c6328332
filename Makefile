# `make demo` and `make test` do everything on a fresh machine; the rest is for those who change the code.
# PYTHON names the Python that the environment is made from (3.11 or newer), WORKERS the tests that run side by side.

PYTHON ?= python3
WORKERS ?= 2

BIN := .venv/bin
READY := .venv/.ready
# Tests side by side share the processors, so each computes with one thread.
PYTEST := OMP_NUM_THREADS=1 $(BIN)/python -m pytest -q --numprocesses $(WORKERS) --dist loadfile

.PHONY: demo test test-slow check bench docs

demo: $(READY)  ## the main job on embedded data: train, evaluate, and where the report is
	$(BIN)/neocog demo

test: check  ## lint, types and all tests but the slow ones; the last line is their count
	$(PYTEST) -m "not slow"

test-slow: $(READY)  ## long loops and published figures; some need the real data
	$(PYTEST) -m slow

check: $(READY)  ## format, lint, types
	$(BIN)/ruff format --check src tests bench docs
	$(BIN)/ruff check src tests bench docs
	$(BIN)/mypy

bench: $(READY)  ## speed against the compute-only limit, memory against torch's count, codes; figures in bench/results
	$(BIN)/python bench/data_speed.py
	$(BIN)/python bench/mnist_speed.py
	$(BIN)/python bench/memory.py
	$(BIN)/python bench/transfer_speed.py

docs: $(READY)  ## what is computed in docs/: the lecture's numbers, and the pictures of the pages on understanding
	PYTHONPATH=docs $(BIN)/python -m lecture_numbers
	PYTHONPATH=docs $(BIN)/python -m understanding_pictures

# Set up once, and again when what is to be installed has changed.
$(READY): pyproject.toml constraints.txt
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[dev]'
	touch $@
