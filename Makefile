# The two commands are `make run` and `make test`; both do their own set-up and may be run again at any time.
SHELL := /bin/bash
.DEFAULT_GOAL := help
UV := $(shell command -v uv 2>/dev/null || echo .tools/bin/uv)
BIN := .venv/bin
PORT ?= 8000
# Hundreds of processes start in a test run: each would translate a thousand modules anew. Empty means: do keep them.
export PYTHONDONTWRITEBYTECODE :=

.PHONY: help setup run test quick lint types imports migrations deploy-check audit browser screenshots bench clean

help: ## show this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

PO := gonghui/locale/en/LC_MESSAGES/django.po

setup: .venv/.ready node_modules/.ready $(PO:.po=.mo) .venv/.brain ## install what is locked: Python packages, front-end parts, translations

.venv/.ready: pyproject.toml uv.lock scripts/bootstrap.sh
	@bash scripts/bootstrap.sh
	@$(MAKE) --no-print-directory sync

# The index of all national statutes: half a minute, made again when its artefacts change.
.venv/.brain: gonghui/brain/artefacts/statutes/manifest.json gonghui/brain/artefacts/encoder/manifest.json gonghui/brain/data/situations.yaml gonghui/brain/data/laws.yaml .venv/.ready
	@GONGHUI_ENV=development $(BIN)/gonghui brain build >/dev/null
	@touch .venv/.brain

.PHONY: sync
sync:
	@$(UV) sync --locked --quiet --compile-bytecode
	@touch .venv/.ready

$(PO:.po=.mo): $(PO) .venv/.ready
	@$(BIN)/python -m scripts.translations compile

node_modules/.ready: package.json package-lock.json scripts/vendor.mjs
	@npm ci --silent --no-audit --no-fund
	@npm run --silent build
	@touch node_modules/.ready

run: setup ## serve the platform with demonstration data on SQLite, at http://127.0.0.1:$(PORT)/
	@GONGHUI_ENV=development $(BIN)/gonghui run --port $(PORT)

test: setup ## everything: lint, types, imports, migrations, deploy check, audit, tests on SQLite, PostgreSQL, broker, browser
	@$(BIN)/python -m scripts.run_tests

quick: setup ## tests on SQLite only, without the browser
	@$(BIN)/pytest -q -n 2 -m "not browser and not slow"

lint: setup ## ruff: style and common mistakes
	@$(BIN)/ruff check . && $(BIN)/ruff format --check .

types: setup ## mypy with the Django plug-in
	@GONGHUI_ENV=development $(BIN)/mypy gonghui tests scripts conftest.py

imports: setup ## which room may import which
	@$(BIN)/lint-imports

migrations: setup ## no model change without its migration
	@GONGHUI_ENV=development $(BIN)/python -m gonghui.manage makemigrations --check --dry-run

deploy-check: setup ## Django's check of a production configuration
	@$(BIN)/python -m scripts.deploy_check

audit: setup ## known vulnerabilities of the locked packages
	@$(BIN)/python -m scripts.audit

browser: setup ## journeys in a real browser only
	@$(BIN)/python -m scripts.run_tests --only browser

screenshots: setup ## pictures of the pages, for the documentation
	@$(BIN)/python -m scripts.screenshots

bench: setup ## the benchmarks; figures as JSON
	@$(BIN)/python -m benchmarks.intake && $(BIN)/python -m benchmarks.worklist --sizes 10000 100000

clean: ## remove what set-up and tests made (not the demonstration's data in var/)
	@rm -rf .venv .tools node_modules gonghui/static/vendor var/test var/services .mypy_cache .ruff_cache .pytest_cache
