# droneops: what to type. Everything is installed into .venv; nothing else on the machine is changed,
# but for `make test`, which installs missing Debian packages where it may.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
.DEFAULT_GOAL := help
.PHONY: help demo test check format bench schema clean

help: ## Show this help
	@grep -E '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## (.*)/  make \1\t\2/' | expand -t 16

# A process a core, four at most; what needs servers or a quiet clock runs one after the other in one of them.
WORKERS ?= -n auto --maxprocesses 4 --dist loadscope
# OpenBLAS takes every core for each small product, and beside other processes its threads wait for each other:
# a calibration then takes four times as long.
ONE_THREAD := OPENBLAS_NUM_THREADS=1

demo: $(VENV)/.installed ## Run a whole recorded patrol, with a broker and a police terminal
	@$(BIN)/droneops demo

test: $(VENV)/.test-installed ## Install what the tests need and run them
	@tests/install-servers.sh
	@$(ONE_THREAD) $(BIN)/python -m pytest $(WORKERS) $(PYTEST_ARGS)

check: $(VENV)/.dev-installed ## Lint, format and type checks
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

format: $(VENV)/.dev-installed ## Put the code into shape
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(VENV)/.test-installed ## Measure, against peers in one run
	$(BIN)/python benchmarks/replay.py
	$(BIN)/python -m pip install --quiet --editable '.[bench]'
	$(BIN)/python benchmarks/telemetry.py
	$(BIN)/python benchmarks/fuzzed_frames.py
	$(BIN)/python benchmarks/live_link.py
	$(BIN)/python benchmarks/video_offset.py examples/park-patrol
	$(BIN)/python benchmarks/geofences.py
	$(BIN)/python benchmarks/georeferencing.py
	$(BIN)/python benchmarks/tracking.py
	$(BIN)/python benchmarks/monte_carlo_flights.py
	$(BIN)/python benchmarks/reliability.py
	$(BIN)/python benchmarks/detectors.py
	$(BIN)/python benchmarks/outbox.py
	$(BIN)/python benchmarks/delivery.py
	$(BIN)/python benchmarks/delivery_faults.py --trials 20

schema: $(VENV)/.installed ## Write docs/schemas from the models
	$(BIN)/python -m droneops.delivery.schema docs/schemas

clean: ## Remove .venv and build outputs
	rm -rf $(VENV) build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "droneops needs Python 3.11 or newer; give it with PYTHON=..." >&2; exit 1; }
	@$(PYTHON) -m venv $(VENV) \
		|| { echo "python venv is missing: apt-get install python3-venv" >&2; exit 1; }

$(VENV)/.installed: pyproject.toml | $(BIN)/python
	@$(BIN)/python -m pip install --quiet --editable .
	@touch $@

# MAVProxy, a router for the tests, names the opencv-python with windows among its dependencies, which would
# overwrite the one without: it goes in alone. What it needs to route (pymavlink, pyserial) is here already.
MAVPROXY := $(BIN)/python -m pip install --quiet --no-deps 'MAVProxy>=1.8.70'

$(VENV)/.test-installed: pyproject.toml | $(BIN)/python
	@$(BIN)/python -m pip install --quiet --editable '.[test]'
	@$(MAVPROXY)
	@touch $@ $(VENV)/.installed

$(VENV)/.dev-installed: pyproject.toml | $(BIN)/python
	@$(BIN)/python -m pip install --quiet --editable '.[dev]'
	@$(MAVPROXY)
	@touch $@ $(VENV)/.test-installed $(VENV)/.installed
