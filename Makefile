# The one entry point. `make help` lists the targets.
#
# Each target creates what it needs first: .venv from the locked requirements and, as root on Debian, the
# system packages that are missing (tools/setup). PYTHON=/path/to/python chooses the interpreter.

.DEFAULT_GOAL := help
.PHONY: help pilot test lint type contract check format docs lock compile test-compiled bench bench-scale bench-parts bench-datapath clean setup-run setup-dev

BIN := .venv/bin
PYTHON_CODE := src tests tools benchmarks
# The tests to run, and more options for pytest: make test T=tests/wire ARGS="-x -k registration"
T ?=
ARGS ?=
COMPILED_TESTS := tests/wire tests/crypto tests/fuzz tests/interop

help: ## list the targets
	@awk -F':.*## ' '/^[a-z-]+:.*## / {printf "  make %-15s %s\n", $$1, $$2}' Makefile

pilot: setup-run ## launch a whole pilot network, check it, and write the report (ARGS=--in-process)
	@$(BIN)/pilot5g demo $(ARGS)

test: setup-dev ## pass the tests (T=tests/wire for some of them, ARGS=-x for pytest)
	@sh tools/in-namespace $(BIN)/pytest $(T) $(ARGS)

test-compiled: compile ## pass the tests of octets and keys once more, by the compiled modules
	@PILOT5G_COMPILED=yes $(BIN)/pytest $(or $(T),$(COMPILED_TESTS)) $(ARGS)

lint: setup-dev ## style: ruff check and ruff format --check
	@$(BIN)/ruff check $(PYTHON_CODE)
	@$(BIN)/ruff format --check $(PYTHON_CODE)

type: setup-dev ## types: mypy, strict
	@$(BIN)/mypy

contract: setup-dev ## layers: nothing imports upwards or sideways
	@$(BIN)/lint-imports

check: lint type contract test ## all of the above

format: setup-dev ## bring the sources into the one style
	@$(BIN)/ruff check --fix $(PYTHON_CODE)
	@$(BIN)/ruff format $(PYTHON_CODE)

docs: setup-dev ## write the pages of docs/reference that come from the code
	@$(BIN)/python tools/reference.py

compile: setup-dev ## compile the hot modules by mypyc, and the user plane's programs for the kernel
	@$(BIN)/python tools/compile.py
	@$(BIN)/python tools/ebpf.py

bench: setup-dev ## measure the control plane against its bars, in under 5 minutes: bench.json (ARGS="--runs 3")
	@$(BIN)/python tools/compile.py --optional
	@$(BIN)/python benchmarks/control_plane.py --phones 10000 --runs 2 $(ARGS)

bench-scale: setup-dev ## what a phone costs among up to 200,000, in ten minutes: bench-scale.json
	@$(BIN)/python tools/compile.py --optional
	@$(BIN)/python benchmarks/control_plane.py --scale --phones 200000 $(ARGS)

PARTS := $(filter-out benchmarks/control_plane.py benchmarks/datapath.py,$(wildcard benchmarks/*.py))
bench-parts: setup-dev ## measure octets, keys, packets and stores by themselves (T=benchmarks/crypto.py for one)
	@$(BIN)/python tools/compile.py --optional
	@for each in $(or $(T),$(PARTS)); do echo "== $$each"; $(BIN)/python "$$each" || exit 1; done

bench-datapath: compile ## measure the user plane in the kernel, into bench-datapath.json (T=shaping for a part)
	@$(BIN)/python benchmarks/datapath.py $(T)

lock: ## write requirements/*.txt from pyproject.toml (ARGS=--upgrade for newer versions)
	@sh tools/lock $(ARGS)

clean: ## remove everything that was made, .venv as well
	@rm -rf .venv .hypothesis .mypy_cache .pytest_cache .ruff_cache .import_linter_cache build dist run
	@rm -rf pilot-report.json pilot-report.html pilot-logs
	@find $(PYTHON_CODE) -name __pycache__ -type d -prune -exec rm -rf {} +

setup-run:
	@PYTHON="$(PYTHON)" sh tools/setup run

setup-dev:
	@PYTHON="$(PYTHON)" sh tools/setup dev
