# `make` alone lists the targets. Needed: make, sh and Python 3.11 or newer. Nothing here needs root or changes anything
# outside this folder (but for the caches that pip and uv keep in the home folder).

# Two workers: the machine that this is measured on has two cores, and more workers than cores only make every test
# wait longer for its turn, until those that watch a timeout give up. A file's tests stay together, so that what a
# module-wide fixture starts is started once.
WORKERS ?= 2

bin := .venv/bin
python := $(bin)/python
ready := .venv/.ready
# The order of sets is the same in every run, as the examples of the properties are (tests/conftest.py).
pytest := PYTHONHASHSEED=0 $(python) -m pytest --quiet
parallel := -n $(WORKERS) --dist loadfile

.DEFAULT_GOAL := help
.NOTPARALLEL: # the gates print one after the other also under `make -j`; pytest uses the cores
.PHONY: help setup serve test check format-check lint types imports console-check tests fix coverage corpus matrix \
	soak hunt bench bench-peers bench-console bench-ledger docs console screenshots wheel clean

help: ## list the targets
	@while IFS= read -r line; do \
		case $$line in \
		[a-z]*:*'## '*) printf '  make %-14s %s\n' "$${line%%:*}" "$${line#*## }" ;; \
		esac; \
	done < Makefile

# -- running -----------------------------------------------------------------------------------------------------------

setup: $(ready) ## make .venv with all that running and testing need (PYTHON=… chooses another Python)
	@:

$(ready): pyproject.toml uv.lock tools/uv-requirements.txt tools/setup.py tools/find-python.sh
	@python=$$(PYTHON='$(PYTHON)' sh tools/find-python.sh) && "$$python" tools/setup.py

serve: $(ready) console ## start the gateway, with its console (ARGS="--port 8700")
	@$(bin)/dragoman serve $(ARGS)

# -- gates -------------------------------------------------------------------------------------------------------------

test: check ## set up, then everything that a change must pass

check: format-check lint types imports console-check tests ## the same: format, lint, types, imports, console, tests

format-check: $(ready)
	@echo "-- ruff format (mended by make fix)"
	@out=$$($(bin)/ruff format --check) || { echo "$$out"; exit 1; }

lint: $(ready)
	@echo "-- ruff check"
	@$(bin)/ruff check --quiet

types: $(ready)
	@echo "-- mypy --strict"
	@$(python) -m mypy --no-error-summary

imports: $(ready)
	@echo "-- import contracts"
	@out=$$($(bin)/lint-imports --no-logo) || { echo "$$out"; exit 1; }

console-check: $(ready)
	@echo "-- console: tsc, eslint, vitest"
	@$(python) -m tools.console check

tests: $(ready) console ## only the tests (ARGS="tests/unit/wire", or any of pytest's options)
	@echo "-- pytest"
	@$(pytest) $(parallel) $(ARGS)

fix: $(ready) ## format, and mend what ruff can mend
	@$(bin)/ruff check --fix --quiet; $(bin)/ruff format

coverage: $(ready) ## fail if the tests leave more than 5 % of the pure core's branches untried
	@rm -rf build/coverage && mkdir -p build/coverage
	@$(python) -m coverage run -m pytest --quiet $(ARGS)
	@$(python) -m coverage combine --quiet
	@$(python) -m coverage json --quiet -o build/coverage/report.json
	@$(python) -m tools.coverage_gate build/coverage/report.json

# -- longer runs -------------------------------------------------------------------------------------------------------

corpus: $(ready) ## read recorded exchanges of the real providers (DRAGOMAN_CORPUS names the file)
	@$(pytest) -s tests/corpus

matrix: $(ready) ## write docs/fidelity.md and test every crossing (ARGS=--rewrite: accept what changed)
	@$(python) -m tests.matrix.write $(ARGS)
	@$(pytest) -s tests/matrix

soak: $(ready) ## the long tests, then what `make hunt` does
	@$(pytest) -s -m soak --timeout 3600
	@$(MAKE) --no-print-directory hunt

hunt: $(ready) ## try every property with many new examples (ARGS="--hypothesis-seed 7": with the same)
	@$(python) -m pytest --quiet -n $(WORKERS) --hypothesis-profile hunt -m hypothesis --timeout 3600 $(ARGS)

bench: $(ready) ## measure this gateway against nginx, and the reading of tool calls
	@$(python) -m bench.run $(ARGS)
	@$(python) -m bench.tool_text

bench-peers: $(ready) ## measure it against other gateways
	@$(python) -m bench.peers $(ARGS)

bench-console: $(ready) console ## measure the console: size of its first page, time until it can be used
	@$(python) -m bench.console $(ARGS)

bench-ledger: $(ready) ## measure a ledger with ten million rows: writing it, and every question of the console
	@$(python) -m bench.ledger_rows $(ARGS)

# -- what is generated -------------------------------------------------------------------------------------------------

docs: $(ready) ## write the generated pages again: docs/reference, the index of decisions
	@$(python) -m tools.reference
	@$(python) -m tools.decisions
	@$(python) -m tools.console types

console: $(ready) ## build the web console, unless its source is as it was
	@$(python) -m tools.console build

screenshots: $(ready) console ## write the pictures of the console in docs/images again
	@$(python) -m tools.screenshots

wheel: $(ready) ## build dist/*.whl
	@$(bin)/uv build --quiet --wheel --no-build-isolation --python $(python)

clean: ## remove what the other targets made, but not .venv
	@rm -rf build dist src/dragoman/console_files .coverage .coverage.* .mypy_cache .ruff_cache .pytest_cache .hypothesis \
		.import_linter_cache
