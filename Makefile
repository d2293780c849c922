# Everything runs in .venv with the embedded PostgreSQL unless DATABASE_URL says otherwise.
PYTHON ?= python3
BIN := .venv/bin
RUN := DEBUG=on $(BIN)/python
TESTS ?=
WEB_PORT ?= 8000
CHAT_PORT ?= 8081

.DEFAULT_GOAL := help
.PHONY: help install demo test lint format bench smoke soak screenshots system-packages requirements messages

help: ## Show what there is
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-16s %s\n", $$1, $$2}'

.venv/installed: requirements.txt requirements-dev.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed: make PYTHON=python3.12 $(MAKECMDGOALS)"; exit 2; }
	@echo "Installing into .venv (the first time takes a minute or two) ..."
	@$(PYTHON) -m venv .venv || { echo "No venv module: run 'make system-packages' as root, or install python3-venv."; exit 2; }
	@$(BIN)/python -m pip install --disable-pip-version-check --quiet --progress-bar on -r requirements.txt -r requirements-dev.txt
	@touch $@

install: .venv/installed ## Virtual environment and dependencies

demo: install ## The whole shop with a chat in the browser; Ctrl-C ends it
	@exec env DATABASE_URL= DATABASE_URL_FILE= $(RUN) manage.py demo --web-port $(WEB_PORT) --chat-port $(CHAT_PORT)

test: install ## The test suite; REQUIRE_ALL=1 fails instead of skipping
	$(BIN)/python -m pytest -n auto --dist worksteal $(TESTS)

lint: install ## ruff, mypy, import-linter, migrations, deploy checks
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	DEBUG=on $(BIN)/mypy
	DEBUG=on $(BIN)/lint-imports
	$(RUN) manage.py makemigrations --check --dry-run
	@$(BIN)/python -m barbershop.deploy_check

format: install ## Let ruff format and fix
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: install ## Side-by-side benchmarks; the last line is JSON
	$(RUN) -m benchmarks

smoke: install ## End to end over real processes; the last line is JSON
	@$(RUN) manage.py smoke

soak: install ## Storms and drills, up to an hour; QUICK=1 up to ten minutes
	QUICK=$(QUICK) $(BIN)/python -m pytest -m soak --timeout 1200 $(TESTS)

screenshots: install ## The pictures of the README and the user guide, anew (Chromium)
	@$(RUN) -m barbershop.screenshots

system-packages: ## What tests need from Debian or Ubuntu (root): Chromium, Redis
	apt-get update -qq
	DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
		chromium redis-server fonts-dejavu-core fonts-noto-color-emoji python3-venv

requirements: install ## Compile the pinned requirements from the .in files
	$(BIN)/pip-compile --quiet --generate-hashes --allow-unsafe --strip-extras --no-emit-index-url --no-emit-find-links --no-emit-trusted-host requirements.in
	$(BIN)/pip-compile --quiet --generate-hashes --allow-unsafe --strip-extras --no-emit-index-url --no-emit-find-links --no-emit-trusted-host requirements-dev.in

messages: install ## Collect the words of the code into the catalogues and compile them
	$(BIN)/python -m barbershop.catalogues
