# The menu. `make run` and `make test` are all one needs.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
export FLASK_APP := app:create_app
export PYTHONUNBUFFERED := 1
PIP := $(BIN)/pip install --quiet --no-cache-dir --disable-pip-version-check

.DEFAULT_GOAL := help
.PHONY: help setup setup-dev run test check check-laws fmt bench demo index clean

help:  ## this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## */  make \1\t/' | expand -t 18

setup: $(VENV)/.ready  ## make the virtual environment and install the pinned packages

$(VENV)/.ready: requirements.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "需要 Python 3.11 或更新的版本 (Python 3.11+ is needed)"; exit 1; }
	@echo "==> virtual environment in $(VENV)"
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "==> torch (first and exact), about half a minute"
	@$(PIP) "$$(grep '^torch==' requirements.txt)"
	@echo "==> the other packages, about a minute"
	@$(PIP) -r requirements.txt
	@touch $@

setup-dev: $(VENV)/.ready-dev  ## also the tools for tests and checks

$(VENV)/.ready-dev: $(VENV)/.ready requirements-dev.txt
	@echo "==> tools for tests and checks"
	@$(PIP) -r requirements-dev.txt
	@touch $@

demo: export DEMO = 1
demo: setup  ## database and demo accounts
	@echo "==> database and demo accounts"
	@$(BIN)/flask demo

index: setup  ## build the search index (only what changed)
	@echo "==> search index"
	@$(BIN)/flask index build

run: export DEMO = 1
run: export HTTPS = 0
run: setup demo index  ## set up if needed, migrate, demo data, index, serve on 127.0.0.1:8000
	@echo "==> http://127.0.0.1:8000 （按 Ctrl+C 停止）"
	@$(BIN)/gunicorn "app:create_app()"

test: setup-dev check  ## all checks and tests
	@echo "==> tests"
	@$(BIN)/python -m pytest -q -rs --durations=5 -n 2 --dist loadfile

check: setup-dev  ## format, lint, types, import rules, house limits, texts, questions
	@echo "==> format and lint"
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@echo "==> types"
	@$(BIN)/mypy
	@echo "==> import rules"
	@$(BIN)/lint-imports
	@echo "==> texts and questions"
	@$(BIN)/flask corpus check
	@$(BIN)/flask quizzes check

LAWS ?= ../shared/laws
check-laws: setup-dev  ## texts and questions against official law texts in LAWS=folder
	@test -d "$(LAWS)" || { echo "没有官方文本的文件夹 $(LAWS)：make check-laws LAWS=文件夹"; exit 1; }
	@$(BIN)/flask corpus check --laws "$(LAWS)"
	@$(BIN)/flask quizzes check --laws "$(LAWS)"

fmt: setup-dev  ## format the code
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

bench: setup-dev  ## benchmarks
	@$(BIN)/python -m bench

clean:  ## remove the virtual environment and everything made at run time
	rm -rf $(VENV) instance
