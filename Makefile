# One verb per line; `make` alone prints them. PYTHON chooses the interpreter that .venv is made from (3.11 to 3.13).
PYTHON ?= python3
VENV := .venv/bin
RUN := PYTHONUTF8=1 $(VENV)/python
KEEP ?= yes
UV ?= uv

.DEFAULT_GOAL := help
.PHONY: help install up down demo try-source test test-fast fuzz lint bench lock backup restore

help: ## print these verbs
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 20

install: ## system packages, then .venv from requirements.lock; every other verb does it first
	@$(PYTHON) ops/system_packages.py
	@$(PYTHON) ops/python_environment.py

up: install ## PostgreSQL and Airflow on this machine, loopback only (AIRFLOW_PORT=… chooses the port)
	@$(RUN) -m ops.up

down: install ## stop everything that up or demo started
	@$(RUN) -m ops.down

demo: install ## bill the sample month through real Airflow runs (KEEP=no: leave nothing running)
	@KEEP=$(KEEP) $(RUN) -m demo.run

try-source: install ## FILE=… SOURCE=…: what a description makes of a supplier's file; loads nothing
	@$(RUN) -m ops.try_source "$(FILE)" "$(SOURCE)"

test: install ## every test; starts the servers that it needs
	@$(RUN) -m pytest

test-fast: install ## every test but the slow ones
	@$(RUN) -m pytest -m "not slow"

fuzz: install ## any bytes through every reader of usage files, for five minutes (FUZZ_SECONDS=300)
	@$(RUN) -m tests.fuzz.run

lint: install ## ruff, mypy on invoicing/, sqlfluff on the models and migrations
	@$(VENV)/ruff check .
	@$(VENV)/ruff format --check .
	@$(VENV)/mypy invoicing
	@DO_NOT_TRACK=1 $(VENV)/sqlfluff lint --disable-progress-bar --processes 0 dbt_project/models dbt_project/tests migrations

bench: install ## seconds and rows/s per step, beside the raw COPY of the same bytes (LAND_SIZE=2000000 SIZE=100000)
	@$(RUN) -m benchmarks.run

lock: install ## requirements.lock from pyproject.toml, by hashes and without an index
	@env -u PIP_FIND_LINKS $(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header \
	  --no-annotate --group dev pyproject.toml -o requirements.lock

backup: install ## register, warehouse and archive in one file, under .releve/backups
	@$(RUN) -m ops.backup

restore: install ## FILE=…: into a fresh warehouse, proved against the register (DATABASE=…: beside it)
	@$(RUN) -m ops.restore "$(FILE)"
