# The one task file; .ci/run calls it too. VENV may point to any virtual environment.
VENV ?= .venv
PYTHON ?= python3
BIN := $(VENV)/bin

.PHONY: all setup lint test graphs wheel deps

all: lint test wheel

setup:
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install -q -e '.[dev]'

lint:
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

test:
	$(BIN)/pytest -q

graphs:
	$(BIN)/krasbypass build

wheel:
	$(BIN)/python -m build --wheel .

deps:
	$(BIN)/deptry src
