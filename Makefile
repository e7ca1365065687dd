# setup · demo · test · check · assets · docs
PYTHON ?= python3
BIN := .venv/bin
STAMP := .venv/.installed

.PHONY: setup demo test check assets docs clean

setup: $(STAMP)

$(STAMP): pyproject.toml constraints.txt
	$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "scenegen needs Python 3.11 or newer; run: make PYTHON=python3.11")'
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	touch $(STAMP)

demo: setup
	$(BIN)/scenegen generate scenes/tabletop.yaml --out out/tabletop --workers 2

test: setup
	$(BIN)/python -m pytest -n 2 --dist worksteal

check: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

assets: setup
	$(BIN)/python assets/make/objects.py
	$(BIN)/python assets/make/materials.py
	$(BIN)/python assets/make/environments.py

docs: setup
	$(BIN)/python -m scenegen.reference docs/recipes.md

clean:
	rm -rf out dist build .venv
