# setup · demo · test · check · wheel · assets · docs
PYTHON ?= python3
BIN := .venv/bin
STAMP := .venv/.installed

.PHONY: setup demo test check wheel assets docs clean

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

# the wheel alone, in an empty environment, used from another folder
wheel: setup
	rm -rf dist build/wheel && mkdir -p build/wheel
	$(BIN)/python -m build --wheel --outdir dist . > build/wheel/build.log
	$(PYTHON) -m venv build/wheel/env
	build/wheel/env/bin/python -m pip install --quiet --disable-pip-version-check -c constraints.txt dist/*.whl
	cp scenes/hello.yaml build/wheel/ && cd build/wheel && env/bin/scenegen generate hello.yaml --out out

assets: setup
	$(BIN)/python assets/make/objects.py
	$(BIN)/python assets/make/materials.py
	$(BIN)/python assets/make/environments.py

docs: setup
	$(BIN)/python -m scenegen.reference docs/recipes.md

clean:
	rm -rf out dist build .venv
