# Everything that is done to this project, as `make WORD`. `make help` lists the words.
#
# One virtual environment, .venv, is made on first use from the hash-locked lists in requirements/
# and again when those change. Compiled Python goes there too, so that nothing else is left behind.

SHELL := /bin/bash
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV ?= .venv
BIN := $(VENV)/bin
WORKERS ?= 4 # on two cores, too: many tests wait for brokers, timeouts and servers

export PYTHONPYCACHEPREFIX := $(abspath $(VENV))/pycache
unexport PYTHONDONTWRITEBYTECODE # or every command compiles everything
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: help demo test check lint bench explore matrix races docs lock machine control-plane clean

help:  ## List the words
	@sed -nE 's/^([a-z-]+):.*## (.*)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 24

demo: $(VENV)/.run  ## See it work: a broker, a database, its credentials, and all gone again (1 minute)
	@SVCAT_BIN=$(abspath $(BIN)) scripts/demo.sh

test: machine $(VENV)/.test control-plane lint  ## Everything CI runs: lint, types, contracts, every test
	@$(BIN)/pytest -q -n $(WORKERS) --dist loadgroup $(ARGS)

check: $(VENV)/.test lint  ## The fast part: lint, types, contracts, and tests that start no server
	@$(BIN)/pytest -q -n $(WORKERS) --dist loadgroup -m "not server and not slow" $(ARGS)

lint: $(VENV)/.test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache

bench: $(VENV)/.test control-plane  ## How fast commands start, as ratios to kubectl on the same server
	@$(BIN)/python -m bench

explore: $(VENV)/.test  ## Every crash, fault and interleaving of the real use-cases, on simulated servers
	@$(BIN)/python -m tests.explorer $(ARGS)

matrix: $(VENV)/.test control-plane  ## Every fault, outage and kill on the wire, on both stores: all cells, not a sample
	@SVCAT_TEST_EVERYTHING=1 $(BIN)/pytest -q -n $(WORKERS) --dist loadgroup tests/faults $(ARGS)

races: $(VENV)/.test control-plane  ## Sixteen processes at once, killed and stopped at random, fifty rounds of each contest
	@SVCAT_RACES_ROUNDS=50 $(BIN)/pytest -q -n $(WORKERS) tests/lifecycle/test_races.py $(ARGS)

docs: $(VENV)/.test  ## Write the generated parts of docs/ anew
	@$(BIN)/python -m scripts.docs

lock:  ## Renew requirements/*.txt: the newest versions that pyproject.toml allows, with hashes
	@PYTHON=$(PYTHON) scripts/lock.sh

machine:  # what the tests need of the machine itself
	@scripts/test-machine.sh

control-plane: $(VENV)/.test  # a real API server and Helm for the tests, kept in ~/.cache
	@$(BIN)/python -m tests.controlplane.find
	@$(BIN)/python -m tests.injection.helm

clean:  ## Remove the virtual environment and every cache in this folder
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis

$(VENV)/.run: requirements/run.txt pyproject.toml
	@PYTHON=$(PYTHON) scripts/venv.sh $(VENV) requirements/run.txt
	@touch $@

$(VENV)/.test: requirements/test.txt pyproject.toml
	@PYTHON=$(PYTHON) scripts/venv.sh $(VENV) requirements/test.txt
	@touch $@ $(VENV)/.run
