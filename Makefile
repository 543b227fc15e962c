# Each target makes what it needs on a machine that has only python3 and make.
PYTHON ?= python3
BIN := .venv/bin

.PHONY: demo demo-check test lint docs messages bench clean

demo: .venv/installed
	$(BIN)/python example_project/demo.py

demo-check: .venv/installed
	$(BIN)/python example_project/demo.py --check

test: .venv/installed
	$(BIN)/python -m pytest

lint: .venv/installed docs
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports --no-cache
	$(BIN)/mypy --strict django_tim/client django_tim/api django_tim/catalogue.py django_tim/answers django_tim/exports django_tim/samples django_tim/schemas.py django_tim/exceptions.py django_tim/pacing/base.py django_tim/simulator
	$(BIN)/mypy

docs: .venv/installed
	$(BIN)/python -m sphinx --quiet --fail-on-warning --keep-going -b html docs build/docs

# Gettext's tools, of Debian's package gettext, take the strings out of the sources and compile.
messages: .venv/installed
	cd django_tim && ../$(BIN)/django-admin makemessages --locale zh_Hans --no-wrap --no-obsolete --add-location file
	cd django_tim && ../$(BIN)/django-admin compilemessages

# FULL=1 measures at full size, ONLY=name,… some of the figures.
bench: .venv/installed
	$(BIN)/python -m benchmarks

.venv/installed: setup.cfg pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check --editable ".[bench,browser,demo,docs,test,lint]"
	touch $@

clean:
	rm -rf .venv build dist *.egg-info
