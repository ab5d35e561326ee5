# Everything runs in .venv, which is made when first needed. `make help` lists all.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
LOWEST := .venv-lowest
ROOT ?= runs
DIGIT ?= 8
MINUTES ?= 10
# A process for each core and one for the time that others wait for a server; tests
# that share what they prepared stay in one.
CORES := $(shell getconf _NPROCESSORS_ONLN 2>/dev/null || echo 2)
PYTEST_FLAGS := -n $(shell echo $$(($(CORES) + 1))) --maxprocesses 4 --dist loadfile
PACKAGE := --editable '.[dev]'
PIP_INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-compile
PATHS := keras_novnorm novnorm novnorm_pictures pipeline serving benchmarks examples tests setup.py

# Python keeps what it has compiled: a start takes half the time then.
export PYTHONDONTWRITEBYTECODE :=
export UV_DEFAULT_INDEX ?= $(PIP_INDEX_URL)
export UV_INDEX ?= $(PIP_EXTRA_INDEX_URL)
export UV_FIND_LINKS ?= $(PIP_FIND_LINKS)
export UV_CONSTRAINT ?= $(PIP_CONSTRAINT)
# The system's certificates, as pip has them.
export UV_SYSTEM_CERTS ?= 1

.DEFAULT_GOAL := help
.PHONY: help install demo demo-parts test test-slow test-all test-lowest lint format docs benchmark flink-up flink-down prism clean

help: ## show this list
	@echo "NovNorm: one-class image anomaly detection. Targets:"
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1|/' | \
		awk -F'|' '{ printf "  make %-12s %s\n", $$1, $$2 }'
	@echo
	@echo "Variables: PYTHON=python3.11 (3.11 or 3.12), DIGIT=8 and ROOT=runs (demo)."
	@echo "A first run installs about 2 GB into .venv; set PIP_INDEX_URL for a mirror (a"
	@echo "pip.conf counts only where uv, which is tried first, fails)."
	@echo "Your own data:   $(BIN)/python -m pipeline run --help"
	@echo "Serve a model:   $(BIN)/novnorm-serve --help"
	@echo "Look into one:   $(BIN)/novnorm inspect --help"
	@echo "README.md says more."

install: $(STAMP) ## make .venv and install NovNorm with all it needs

$(STAMP): setup.py
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 13))' || \
		{ echo "NovNorm needs Python 3.11 or 3.12; $(PYTHON) is \
	$$($(PYTHON) --version 2>&1). Try: make install PYTHON=python3.11"; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV) || \
		{ echo "No virtual environment could be made; on Debian: apt-get install \
	python3-venv"; exit 1; }
	@echo "Installing into $(VENV): a few minutes the first time."
	@# uv takes a quarter of pip's time, but knows few of pip's settings.
	@$(PIP_INSTALL) uv && \
		$(BIN)/uv pip install --quiet --python $(BIN)/python $(PACKAGE) || \
		{ echo "Once more, with pip:"; $(PIP_INSTALL) $(PACKAGE); }
	@touch $@

demo: $(STAMP) ## train, serve and score on handwritten digits, and write a report
	$(BIN)/python -m examples.digits_demo --digit $(DIGIT) --root $(ROOT)/digits$(DIGIT)

demo-parts: $(STAMP) ## made metal parts: to a served detector, heat maps and a report
	$(BIN)/python -m examples.parts_demo --root $(ROOT)/parts

test: $(STAMP) ## run the fast tests: each door is passed
	$(BIN)/python -m pytest $(PYTEST_FLAGS)

test-slow: $(STAMP) ## run slow tests alone, and begin none after MINUTES=10
	$(BIN)/python -m pytest $(PYTEST_FLAGS) --slow-for=$(MINUTES)

test-all: $(STAMP) ## run all tests, the slow ones too
	$(BIN)/python -m pytest $(PYTEST_FLAGS) --slow

test-lowest: $(STAMP) ## run the fast tests with the lowest versions that setup.py allows
	@test -x $(LOWEST)/bin/python || $(PYTHON) -m venv $(LOWEST)
	$(BIN)/uv pip install --quiet --python $(LOWEST)/bin/python --resolution lowest-direct $(PACKAGE)
	@# Old libraries beside new ones say what they will not have in future.
	$(LOWEST)/bin/python -m pytest $(PYTEST_FLAGS) -W default

lint: $(STAMP) ## check style and format
	$(BIN)/ruff check $(PATHS)
	$(BIN)/ruff format --check $(PATHS)

format: $(STAMP) ## put style and format right
	$(BIN)/ruff check --fix $(PATHS)
	$(BIN)/ruff format $(PATHS)

docs: $(STAMP) ## build the pages into site/, without network
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict
	@echo "site/index.html is the first page; '$(BIN)/mkdocs serve' shows them while you write."

benchmark: $(STAMP) ## measure training speed and scoring latency
	$(BIN)/python -m benchmarks.speed

flink-up: $(STAMP) ## start a Flink cluster on this machine, and say how to run on it
	@deployment/flink/up.sh

flink-down: ## stop it
	@deployment/flink/down.sh

prism: ## build Beam's small engine Prism, and say how to run on it
	@deployment/prism/build.sh

clean: ## remove .venv and what the tools left; runs/ stays
	rm -rf $(VENV) $(LOWEST) build dist site *.egg-info .pytest_cache .ruff_cache
