# What a person types here. Longer steps live in scripts/; PYTHON=... chooses the interpreter.

.DEFAULT_GOAL := help
.PHONY: help setup demo test test-ha-newest check check-format check-lint check-types check-layers check-texts check-javascript bench chaos cluster docs profiles texts example pictures tutorial lock clean

# Where it is set, every process that is started compiles everything anew.
unexport PYTHONDONTWRITEBYTECODE

BIN := .venv/bin
# Written last, so that a build that broke off does not count as built.
PACKAGES := .venv/.packages-installed
SETUP := .venv/.project-installed
# What the services and the demo run is a third of it; an environment that has all of it will do.
RUN := $(if $(wildcard $(PACKAGES)),$(SETUP),.venv/.run-installed)
# Without build isolation, because the requirements pin the build backend, too.
INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' Makefile

setup: $(RUN) ## the environment in .venv; the targets below do it by themselves

$(PACKAGES): requirements.txt
	scripts/python-environment requirements.txt
	@touch $@

$(SETUP): pyproject.toml $(PACKAGES)
	@$(INSTALL)
	@touch $@

.venv/.run-installed: pyproject.toml requirements-setup.txt
	scripts/python-environment requirements-setup.txt --no-compile
	@$(INSTALL)
	@touch $@

demo: $(RUN) ## simulated panels, broker, bridge, recorder, page and bills, here and now
	@$(BIN)/bcm-mqtt demo $(ARGS)

test: $(SETUP) ## all tests; ARGS="-k power" goes to pytest
	@scripts/test $(ARGS)

test-ha-newest: ## the integration's tests on the newest Home Assistant, which needs Python 3.14
	@scripts/test-ha-newest $(ARGS)

check: check-format check-lint check-types check-layers check-texts check-javascript docs ## format, lint, types, layers, texts, JavaScript, docs

check-format: $(SETUP)
	$(BIN)/ruff format --check

check-lint: $(SETUP)
	$(BIN)/ruff check

check-types: $(SETUP)
	$(BIN)/mypy

check-layers: $(SETUP)
	$(BIN)/lint-imports --no-logo

check-texts: $(SETUP)
	$(BIN)/python scripts/texts.py --check

check-javascript:
	@command -v npm >/dev/null || scripts/system-packages npm
	@scripts/node-packages .typescript tests/javascript/package.json .bin/tsc --version
	.typescript/node_modules/.bin/tsc --project tests/javascript

bench: $(SETUP) ## how fast it is on this machine
	$(BIN)/python -m benchmarks $(ARGS)

chaos: $(SETUP) ## the deterministic simulation: SEEDS=100, ARGS="--scale hour"
	$(BIN)/python -m chaos --seeds $(or $(SEEDS),20) $(ARGS)

cluster: $(SETUP) ## servers and bridges that are killed: ARGS=patroni; needs etcd-server and PostgreSQL of Debian
	@scripts/system-packages postgresql mosquitto etcd-server
	$(BIN)/python -m cluster $(ARGS)

docs: $(SETUP) ## the documentation, in site/
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict --quiet

profiles: $(SETUP) ## docs/profiles.md anew, after a profile has changed
	$(BIN)/python scripts/profiles_page.py

texts: $(SETUP) ## the catalogues of languages, after a text for people has changed
	$(BIN)/python scripts/texts.py $(ARGS)

example: $(SETUP) ## the bill of the documentation anew, after its look has changed
	PYTHONPATH=tests $(BIN)/python scripts/example_bill.py

pictures: $(SETUP) ## the pictures of Home Assistant in the documentation anew; needs .venv-ha
	PYTHONPATH=tests $(BIN)/python scripts/home_assistant_pictures.py

tutorial: $(SETUP) ## the pictures of the tutorial anew, after the pages have changed
	PYTHONPATH=tests $(BIN)/python scripts/tutorial_pictures.py

LOCKED := --universal --python-version 3.11 --generate-hashes \
	--no-annotate --no-emit-index-url --quiet --custom-compile-command 'make lock'
COMPILE := $(BIN)/uv pip compile pyproject.toml $(LOCKED)

# requirements-run.txt is the part that the services need, for the Dockerfile; requirements-setup.txt
# has what `make setup` installs: that, and an embedded broker; requirements-build.txt makes a
# package of this folder.
lock: $(SETUP) ## requirements.txt anew: the newest versions that pyproject.toml allows
	$(COMPILE) --output-file requirements.txt --all-extras --upgrade
	$(COMPILE) --output-file requirements-run.txt --extra notifications --extra postgresql --extra timestamps --constraint requirements.txt --upgrade
	$(COMPILE) --output-file requirements-setup.txt --extra demo --extra editable --extra notifications --extra postgresql --extra timestamps --constraint requirements.txt --upgrade
	echo 'hatchling>=1.33,<2' | $(BIN)/uv pip compile - $(LOCKED) --output-file requirements-build.txt --constraint requirements.txt

clean: ## removes what these targets made; data/ stays
	rm -rf .venv .venv-ha .venv-ha-newest .debian-newest .node-red .typescript site .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis
