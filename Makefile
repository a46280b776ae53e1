# Two commands matter: `make up` runs Callboard here, `make test` runs the whole suite.
SHELL := /bin/bash
PYTHON ?= python3
BIN := .venv/bin

.PHONY: up test soak lint format doctor bench vendor lock clean

up: .venv/.installed
	@.ci/system-packages
	@exec $(BIN)/python manage.py up

test: .venv/.installed
	@.ci/system-packages test
	@$(BIN)/python -m tests.run

# Kills processes of a busy instance at random and writes what came of it into docs/reliability.md.
KILLS ?= 2000
soak: .venv/.installed
	@.ci/system-packages
	@$(BIN)/python -m tests.chaos.soak $(KILLS)

lint: .venv/.installed
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/djlint --check --lint templates
	$(BIN)/bandit --quiet --configfile pyproject.toml --recursive console evaluation orchestration agents sandboxes
	@.ci/audit

format: .venv/.installed
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .
	$(BIN)/djlint --reformat --quiet templates

doctor: .venv/.installed
	@$(BIN)/callboard doctor

# Measures this machine, other engines beside it: docs/benchmarks.md. `make bench QUICK=1` takes under two minutes.
bench: .venv/.installed
	@.ci/system-packages
	@$(BIN)/python -m benchmarks.run $(if $(QUICK),--quick)

# Copies the pinned front-end libraries of static/vendor/vendor.json out of the npm registry.
vendor: .venv/.installed
	$(BIN)/python -m console.vendor

lock:
	$(BIN)/uv lock

.venv/.installed: pyproject.toml uv.lock
	@$(PYTHON) -c 'import ensurepip' 2>/dev/null || .ci/system-packages
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@test -x $(BIN)/uv || $(BIN)/python -m pip install --quiet "uv>=0.9"
	@# Compiled once: an instance is seven processes, each of which would compile all it imports where nothing may be written.
	@$(BIN)/uv sync --quiet --frozen --inexact --compile-bytecode
	@touch $@

clean:
	rm -rf .venv .cache var
