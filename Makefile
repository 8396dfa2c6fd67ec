.DEFAULT_GOAL := help
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.ready

help: ## list what can be made
	@grep -hE '^[a-z0-9]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 12

# uv reads the same lock in seconds; plain pip is the way in where uv cannot be had.
$(STAMP): requirements-dev.lock pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-uv.lock || true
	if [ -x $(BIN)/uv ]; then \
	  VIRTUAL_ENV=$(CURDIR)/$(VENV) $(BIN)/uv pip install --quiet --require-hashes -r requirements-dev.lock && \
	  VIRTUAL_ENV=$(CURDIR)/$(VENV) $(BIN)/uv pip install --quiet --no-deps --no-build-isolation -e . ; \
	else \
	  $(BIN)/python -m pip install --quiet --require-hashes -r requirements-dev.lock && \
	  $(BIN)/python -m pip install --quiet --no-deps --no-build-isolation -e . ; \
	fi
	touch $(STAMP)

setup: $(STAMP) ## create .venv from the lock
.PHONY: help setup demo test check e2e faults bench lock wheel readme

demo: $(STAMP) ## the simulated SOC with the console page
	$(BIN)/soc-bot demo

test: $(STAMP) ## the whole suite
	$(BIN)/python -m pytest tests -m "not slow" -n 3 --dist loadfile

check: $(STAMP) ## ruff, mypy, import rules, file ceilings
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m tests.ceilings

e2e: $(STAMP) ## longer end-to-end runs
	$(BIN)/python -m pytest -rs tests/e2e

faults: $(STAMP) ## kills processes and counts what was lost or doubled
	$(BIN)/python -m tests.faults

bench: $(STAMP) ## ratios against something bare, in one run
	$(BIN)/python -m tests.bench

wheel: $(STAMP) ## build the wheel, install it in an environment of its own, ask it something
	rm -rf build/wheel && mkdir -p build/wheel
	$(BIN)/python -m hatchling build -t wheel -d build/wheel
	$(PYTHON) -m venv build/wheel/venv
	if [ -x $(BIN)/uv ]; then \
	  VIRTUAL_ENV=$(CURDIR)/build/wheel/venv $(BIN)/uv pip install --quiet --require-hashes -r requirements.lock && \
	  VIRTUAL_ENV=$(CURDIR)/build/wheel/venv $(BIN)/uv pip install --quiet --no-deps build/wheel/*.whl ; \
	else \
	  build/wheel/venv/bin/python -m pip install --quiet --require-hashes -r requirements.lock && \
	  build/wheel/venv/bin/python -m pip install --quiet --no-deps build/wheel/*.whl ; \
	fi
	cd build/wheel && SOC_BOT_DATA=$(CURDIR)/build/wheel/data venv/bin/soc-bot ask --demo --cases 500 \
	  "/security:monitor operations --soc-dashboard"

readme: $(STAMP) ## write the README's command table from the declarations
	$(BIN)/python -m tests.readme

lock: ## write both locks again from pyproject.toml
	$(BIN)/uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header pyproject.toml -o requirements.lock
	$(BIN)/uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --extra dev pyproject.toml requirements-build.in -o requirements-dev.lock
	$(BIN)/uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header requirements-build.in -o requirements-build.lock
