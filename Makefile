# Everything runs in .venv, which the first target makes from requirements.lock. Needs Python 3.11+, no compiler.

BIN := .venv/bin
READY := .venv/.ready
# One more than there are processors: some tests wait for a server or a browser.
PYTEST_WORKERS ?= $(shell echo $$(($$(getconf _NPROCESSORS_ONLN) + 1)))
DATA ?= ../shared/data

# What Python compiles is kept, even where the shell says otherwise: the tests start hundreds of processes, and each of
# them would take half a second more to compile Lect again.
unexport PYTHONDONTWRITEBYTECODE

# The first Python on the PATH that is new enough and can make virtual environments.
PYTHON ?= $(shell for python in python3.11 python3.12 python3.13 python3 python; do \
	"$$python" -c 'import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
	&& { command -v "$$python"; break; }; done)

.DEFAULT_GOAL := help
.PHONY: help demo test soak check bench docs fix lock clean
.DELETE_ON_ERROR:

help: ## Show this list.
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-6s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: $(READY) ## Adapt a base model to the built-in sample and measure the gain (minutes, and the set-up before it the first time).
	@$(BIN)/lect demo

test: $(READY) ## Run all tests but the long ones.
	@$(BIN)/python -m pytest -q -n $(PYTEST_WORKERS) --dist worksteal

soak: $(READY) ## Run the long tests: processes killed hundreds of times, thousands of random requests (hours).
	@$(BIN)/python -m pytest -q -n 0 -m long

check: $(READY) ## Check format, lint, types, import order and house rules.
	@$(BIN)/ruff format --check --quiet . || { echo "Not formatted: run 'make fix'." >&2; exit 1; }
	@$(BIN)/ruff check --quiet .
	@$(BIN)/mypy --no-error-summary
	@$(BIN)/lint-imports --no-logo
	@$(BIN)/python -m pytest -q tests/house --ignore tests/house/test_docs.py

bench: $(READY) ## Measure accuracy and speed against other recognisers (about 2 hours, KEEP=1 resumes, ONLY=phrases measures one; writes docs/explanation/results.md).
	@$(BIN)/python -m benchmarks.report --data $(DATA) $(if $(KEEP),--keep) $(if $(ONLY),--only $(ONLY))

docs: $(READY) ## Write the generated parts of the documentation again.
	@$(BIN)/python docs/generate_reference.py
	@$(BIN)/python tools/demo_picture.py
	@$(BIN)/python tools/mixture_picture.py

fix: $(READY) ## Format the code and repair what the linter can repair.
	@$(BIN)/ruff format --quiet .
	@$(BIN)/ruff check --quiet --fix .

lock: ## Choose the newest allowed versions again (needs uv).
	@uv pip compile pyproject.toml --upgrade --quiet --universal --python-version 3.11 --generate-hashes \
		--group build --extra test --extra model-base --extra model-tiny-en \
		--no-header --no-annotate --no-emit-index-url --no-emit-find-links -o requirements.lock

clean: ## Remove the virtual environment, caches and built files.
	@rm -rf .venv build dist demo .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	@find src tests benchmarks tools docs -name __pycache__ -type d -prune -exec rm -rf {} +

# Up to date as long as neither the locks nor pyproject.toml changed: then no network is needed.
$(READY): requirements.lock pyproject.toml package-lock.json
	@test -n "$(PYTHON)" || { \
		echo "Lect needs Python 3.11 or newer with the venv module (Debian, Ubuntu: apt-get install python3-venv)." >&2; \
		echo "If it is not on the PATH: make PYTHON=/path/to/python3.11 $(MAKECMDGOALS)" >&2; exit 1; }
	@echo "Setting up .venv from requirements.lock (once) ..." >&2
	@$(BIN)/python -c '' 2>/dev/null || "$(PYTHON)" -m venv --clear .venv
	@$(BIN)/python -m pip install --progress-bar off --disable-pip-version-check \
		--require-hashes --only-binary :all: --no-deps -r requirements.lock
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@
