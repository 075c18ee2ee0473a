# Treadle on a bare machine: Python 3.11 or newer and make are all that is needed.
# `make run` starts everything, `make test` proves it. `make help` lists the rest.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PLUGINS := $(sort $(wildcard plugins/*/pyproject.toml))
EDITABLE := -e ".[local,lsp]" $(patsubst %/pyproject.toml,-e %,$(PLUGINS))
RUN_FLAGS := $(if $(filter 1,$(ONCE)),--once,) $(if $(PORT),--port $(PORT),)
TEST_FLAGS ?= -n auto --dist worksteal

export PIP_DISABLE_PIP_VERSION_CHECK := 1
export PIP_NO_INPUT := 1

.PHONY: help run test lint bench fuzz simulate chaos soak format docs clean
.DEFAULT_GOAL := help

help: ## this list
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## (.*)/  make \1\t\2/' | expand -t 16

run: $(VENV)/.run ## start the platform with simulated services and send two leads through it (ONCE=1: end after the run)
	@exec $(BIN)/treadle demo --plugin kommo --plugin openrouter --rules rules $(RUN_FLAGS)

test: $(VENV)/.test ## every test, in parallel
	$(BIN)/pytest $(TEST_FLAGS)

lint: $(VENV)/.test ## formatting, rules, types and the direction of imports
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: $(VENV)/.bench ## the common job beside DBOS in one run; PASS or FAIL per figure, build/bench.json
	$(BIN)/python -m bench

fuzz: $(VENV)/.test ## texts made at random and texts that are too much; PASS or FAIL per figure, build/fuzz.json (MINUTES=60)
	$(BIN)/python -m fuzz --minutes $(or $(MINUTES),60)

chaos: $(VENV)/.test ## kills, freezes and outages under load, then the books; PASS or FAIL per figure, build/chaos.json (MINUTES=10)
	$(BIN)/python -m chaos --minutes $(or $(MINUTES),10)

simulate: $(VENV)/.test ## the whole runtime under faults made at random; PASS or FAIL per figure, build/simulate.json (SEEDS=2000)
	$(BIN)/python -m simulator --seeds $(or $(SEEDS),2000) $(if $(FIRST),--first $(FIRST),)

soak: $(VENV)/.test ## many effects in peace: none unknown, memory flat; PASS or FAIL per figure, build/soak.json (EFFECTS=100000)
	$(BIN)/python -m chaos --soak $(or $(EFFECTS),100000)

format: $(VENV)/.test ## put every file into canonical form
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .
	$(BIN)/treadle fmt rules

docs: $(VENV)/.test ## write the generated pages again
	$(BIN)/python docs/generate.py

clean: ## remove what was built; data in .treadle stay
	rm -rf $(VENV) build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache

$(BIN)/pip:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Treadle needs Python 3.11 or newer; this is $$($(PYTHON) -V). Try: make $(MAKECMDGOALS) PYTHON=python3.12"; exit 1; }
	@echo "Making a virtual environment in $(VENV)"
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install -qq --upgrade pip

$(VENV)/.run: $(BIN)/pip pyproject.toml $(PLUGINS)
	@echo "Installing Treadle and its plugins (once; a minute or less)"
	@$(BIN)/python -m pip install -qq $(EDITABLE)
	@$(BIN)/python -m compileall -q src platform api plugins
	@touch $@

$(VENV)/.test: $(VENV)/.run
	@echo "Installing what the tests need"
	@$(BIN)/python -m pip install -qq --group dev
	@touch $@

$(VENV)/.bench: $(VENV)/.test
	@$(BIN)/python -m pip install -qq --group bench
	@touch $@
