# The commands people know. Each builds its own .venv from system Python 3.11+ first.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed

.PHONY: run test lint schemas bench fuzz torture clean

run: $(STAMP)
	@exec $(BIN)/schedrun run manifests/

# Three times as many workers as cores: many tests wait for real processes and real seconds. Hundreds of processes begin
# with bytecode that is there, also where the environment says that Python shall write none.
test: export PYTHONDONTWRITEBYTECODE :=
test: $(STAMP)
	@$(BIN)/python -m compileall -q schedrun
	@$(BIN)/python -m pytest -n $$(( 3 * $$(nproc) )) --dist worksteal -q

lint: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache
	$(BIN)/python -m tests.house

schemas: $(STAMP)
	$(BIN)/schedrun schema > schemas/manifest.schema.json

bench: $(STAMP)
	$(BIN)/python -m tests.benchmarks

fuzz: $(STAMP)
	@$(BIN)/python -c 'import atheris' 2>/dev/null || $(BIN)/python -m pip install --quiet --disable-pip-version-check 'atheris>=3,<4'
	@$(BIN)/python -m tests.fuzz $(if $(SECONDS),--seconds $(SECONDS))

torture: $(STAMP)
	$(BIN)/python -m tests.torture $(if $(MINUTES),--minutes $(MINUTES)) $(if $(SEED),--seed $(SEED))

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis

$(STAMP): pyproject.toml
	@echo "Preparing $(VENV) (once; needs Python 3.11 or newer) ..."
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "schedrun needs Python 3.11 or newer; say which with: make PYTHON=/path/to/python3"; exit 1; }
	@$(PYTHON) -m venv --clear $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	@touch $(STAMP)
