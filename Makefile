# make run          a cloud on 127.0.0.1:8774, state in var/
# make test         every test that this machine can run (skips say why)
# make test-mysql, make test-postgresql   the functional tests on that database instead of SQLite
# make chaos        kill -9 and outages under load; then whether all that was accepted was done (OPS=, SEED=)
# make cluster      two API nodes, two schedulers, three compute hosts on this machine
# make lint         ruff, its formatter, mypy --strict
# make conformance  replies against the contract, recorded conversations replayed (needs ../shared)
# make machine      random histories of whole clouds: STEPS=20000, SEED= the one that a failure told
# make bench        what requests cost, measured here and now (CASE='show create' SECONDS=5 AGAINST=commit)
# make profile      where the time of one case goes (CASE=show): build/profile.txt and .folded
# make samples      rewrites etc/nova.conf and etc/policy.yaml from their declarations
# make coverage-doc rewrites docs/coverage.md from the code
# make evidence     rewrites docs/coverage-evidence.json: which client was seen to use what

PYTHON ?= python3.11
VENV ?= .venv
BUILD ?= build
ARGS ?=
# Test processes at the same time; 0 runs the tests in this one (for a debugger).
JOBS ?= 2
# Where the contract and the recorded conversations are; the project works without them.
NOVA_API_SHARED ?= ../shared
RECORDED ?=
REPRO ?=
RESOURCE ?=
SAMPLE ?=
STEPS ?= 4000
# Accepted operations of a chaos run, and which random moments (any, when not given).
OPS ?= 1000
SEED ?=
CASE ?=
SECONDS ?= 3
DATABASE ?=
WORKERS ?=
AGAINST ?=

BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --no-input --quiet --quiet
RUN_STAMP := $(VENV)/.installed-run
TEST_STAMP := $(VENV)/.installed-test

.DEFAULT_GOAL := help
.PHONY: help samples run test lint format conformance machine bench coverage-doc evidence clean chaos test-mysql test-postgresql cluster profile

help:
	@sed -n 's/^# \(make .*\)/\1/p' Makefile

$(BIN)/python:
	@command -v $(PYTHON) >/dev/null 2>&1 || { \
	  echo "nova-api needs Python 3.11, and there is no $(PYTHON) here: apt-get install python3.11 python3.11-venv, or make PYTHON=/path/to/python3.11"; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "nova-api needs Python 3.11 or newer; $(PYTHON) is $$($(PYTHON) -V 2>&1)"; exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || { \
	  echo "$(PYTHON) has no venv module: apt-get install python3.11-venv"; exit 1; }
	@$(PYTHON) -m venv $(VENV)

# The stamps make a second run start at once; they are remade when the requirements change.
# --no-compile: compiling every module of every library is a third of the time; Python compiles what it imports.
$(RUN_STAMP): setup.py constraints.txt | $(BIN)/python
	@echo "installing into $(VENV) (once) ..."
	@$(PIP) install --no-compile -c constraints.txt -e '.[client]'
	@touch $@

$(TEST_STAMP): setup.py constraints.txt pyproject.toml | $(BIN)/python
	@echo "installing what the tests need into $(VENV) (once) ..."
	@$(PIP) install --no-compile -c constraints.txt -e '.[client,mysql,postgresql,redis,test]'
	@touch $@ $(RUN_STAMP)

run: $(RUN_STAMP)
	@exec $(BIN)/python bin/nova-all $(ARGS)

test: $(TEST_STAMP)
	@$(BIN)/python -m pytest --numprocesses $(JOBS) --dist loadfile $(ARGS)

test-mysql test-postgresql: test-%: $(TEST_STAMP)
	@NOVA_API_TEST_DATABASE=$* $(BIN)/python -m pytest $(or $(ARGS),tests/functional)

chaos: $(TEST_STAMP)
	@$(BIN)/python -m tests.chaos --operations '$(OPS)' $(if $(SEED),--seed '$(SEED)') $(ARGS)

cluster: $(TEST_STAMP)
	@$(BIN)/python tools/cluster.py $(ARGS)

lint: $(TEST_STAMP)
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy nova_api

format: $(TEST_STAMP)
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

conformance: $(TEST_STAMP)
	@$(BIN)/python -m tests.conformance --shared '$(NOVA_API_SHARED)' --work '$(BUILD)/conformance' \
	  $(if $(RECORDED),--recorded '$(RECORDED)') $(if $(REPRO),--repro '$(REPRO)') \
	  $(if $(RESOURCE),--resource '$(RESOURCE)') $(if $(SAMPLE),--sample '$(SAMPLE)') $(ARGS)

machine: $(TEST_STAMP)
	@STEPS='$(STEPS)' SEED='$(SEED)' $(BIN)/python -m pytest tests/functional/machine -s $(ARGS)

bench: $(TEST_STAMP)
	@$(BIN)/python -m bench --seconds $(SECONDS) $(if $(CASE),--case $(CASE),--moments) \
	  $(if $(DATABASE),--database $(DATABASE)) $(if $(WORKERS),--workers $(WORKERS)) \
	  $(if $(AGAINST),--against $(AGAINST)) $(ARGS)

profile: $(TEST_STAMP)
	@mkdir -p $(BUILD)
	@$(BIN)/python -m bench --seconds $(SECONDS) --case $(or $(CASE),show) --workers 1 \
	  --database $(or $(DATABASE),mariadb) --profile $(BUILD)/profile $(ARGS)
	@head -60 $(BUILD)/profile.txt

samples: $(TEST_STAMP)
	@$(BIN)/oslo-config-generator --namespace nova_api --output-file etc/nova.conf
	@$(BIN)/python bin/nova-manage policy list > etc/policy.yaml

coverage-doc: $(TEST_STAMP)
	@$(BIN)/python bin/nova-manage coverage --write docs/coverage.md

evidence: $(TEST_STAMP)
	@mkdir -p $(BUILD) && rm -f $(BUILD)/evidence.jsonl
	@NOVA_API_RECORD=$(abspath $(BUILD))/evidence.jsonl $(BIN)/python -m pytest -q tests/clients $(ARGS)
	@$(BIN)/python -m tests.clients.evidence $(BUILD)/evidence.jsonl docs/coverage-evidence.json

clean:
	rm -rf $(BUILD) dist .mypy_cache .pytest_cache .ruff_cache *.egg-info
