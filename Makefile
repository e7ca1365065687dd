# setup · demo · demo-refine · lab · lab-linemod · test · test-clients · test-cluster · check · bench · bench-peers · wheel · assets · docs
PYTHON ?= python3
BIN := .venv/bin
STAMP := .venv/.installed

.PHONY: setup demo demo-refine lab lab-linemod test test-clients test-cluster check bench bench-peers wheel assets docs clean

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

# every reader of every export format, in environments of their own, on datasets of 32 moments, and
# training in several processes;
# bop_toolkit is on no package index: it is asked where BOP_TOOLKIT_DIR names a checkout
CLIENTS := build/clients
MESHES ?= ../shared/data/meshes
FOUND := $(wildcard $(MESHES))
READ := tabletop $(if $(FOUND),falling_things)
PIP := -m pip install --quiet --disable-pip-version-check
test-clients: $(CLIENTS)/.installed
	for name in $(READ); do \
	  (cat scenes/$$name.yaml && echo 'outputs: all') > $(CLIENTS)/$$name.yaml && \
	  $(CLIENTS)/env/bin/scenegen generate $(CLIENTS)/$$name.yaml --out $(CLIENTS)/data/$$name \
	    $(FOUND:%=--assets %) --scenes 8 --workers 2 --quiet || exit 1; \
	done
	DATUMARO_PYTHON=$(abspath $(CLIENTS)/datumaro)/bin/python \
	GLTF_VALIDATOR=$(abspath $(wildcard $(CLIENTS)/node_modules)) CLIENT_ASSETS=$(FOUND) \
	CLIENT_DATASETS="$(READ:%=$(CLIENTS)/data/%)" \
	  $(CLIENTS)/env/bin/python -m pytest -n 2 --dist worksteal -rs \
	  tests/test_export*.py tests/test_torch.py tests/refine/test_training_*.py

$(CLIENTS)/.installed: pyproject.toml constraints.txt tests/clients.txt tests/datumaro.txt
	$(PYTHON) -m venv $(CLIENTS)/env
	$(CLIENTS)/env/bin/python $(PIP) -c constraints.txt -e '.[dev]'
	$(CLIENTS)/env/bin/python $(PIP) --no-deps -r tests/clients.txt
	$(PYTHON) -m venv $(CLIENTS)/datumaro
	$(CLIENTS)/datumaro/bin/python $(PIP) -r tests/datumaro.txt
	if command -v npm; then npm install --silent --prefix $(CLIENTS) gltf-validator@2.0.0-dev.3.10 \
	  || echo 'npm could not install gltf-validator: its test is skipped'; fi
	touch $@

# a Ray cluster of two nodes on this machine, one killed in mid-run: minutes
CLUSTER := build/cluster
test-cluster: $(CLUSTER)/.installed
	$(CLUSTER)/bin/python -m pytest -rs tests/test_cluster_ray.py tests/test_cluster_store.py

$(CLUSTER)/.installed: pyproject.toml constraints.txt
	$(PYTHON) -m venv $(CLUSTER)
	$(CLUSTER)/bin/python $(PIP) -c constraints.txt -e '.[ray]' pytest
	touch $@

check: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

# frames a second, stage by stage and beside renderers that come with scenegen
bench: setup
	$(BIN)/python -m benchmarks.throughput

# and beside others, in environments of their own; one that cannot be installed is left out
bench-peers: setup $(foreach peer,mujoco blender blenderproc,build/peers/$(peer)/.installed)
	$(BIN)/python -m benchmarks.throughput --peers all

build/peers/%/.installed: benchmarks/peers/%.txt
	$(PYTHON) -m venv build/peers/$*
	if build/peers/$*/bin/python -m pip install --quiet --disable-pip-version-check -r $<; \
	  then rm -f build/peers/$*.skipped && touch $@; \
	  else rm -rf build/peers/$*; echo 'pip could not install $<' | tee build/peers/$*.skipped; fi

# the wheel alone, in an empty environment, used from another folder
wheel: setup
	rm -rf dist build/wheel && mkdir -p build/wheel
	$(BIN)/python -m build --wheel --outdir dist . > build/wheel/build.log
	$(PYTHON) -m venv build/wheel/env
	build/wheel/env/bin/python -m pip install --quiet --disable-pip-version-check -c constraints.txt dist/*.whl
	cp scenes/hello.yaml build/wheel/ && cd build/wheel && env/bin/scenegen generate hello.yaml --out out

# renders made to look like the photographs of a camera that the refiner never sees, and judged
DEMO := out/demo_refine
demo-refine: setup
	$(BIN)/scenegen generate benchmarks/lab/source.yaml --out $(DEMO)/renders --only 0:24 --workers 2
	$(BIN)/scenegen generate benchmarks/lab/twin.yaml --out $(DEMO)/twin --only 24:40 --workers 2 --quiet
	$(BIN)/scenegen generate benchmarks/lab/twin.yaml --out $(DEMO)/twin_2 --only 40:48 --workers 2 --quiet
	$(BIN)/python -m benchmarks.lab.twin $(DEMO)/twin --photos $(DEMO)/photos
	$(BIN)/python -m benchmarks.lab.twin $(DEMO)/twin_2 --photos $(DEMO)/photos_held_out
	$(BIN)/refine fit --renders $(DEMO)/renders --photos $(DEMO)/photos --out $(DEMO)/model
	$(BIN)/refine apply $(DEMO)/model $(DEMO)/renders --out $(DEMO)/refined
	$(BIN)/refine compare $(DEMO)/renders $(DEMO)/refined --photos $(DEMO)/photos_held_out --report $(DEMO)/report
	$(BIN)/refine audit $(DEMO)/renders $(DEMO)/refined

# the proof: every refiner against the twin, and what a network trained on its pictures is worth
lab: setup
	$(BIN)/python -m benchmarks.lab.lab --out out/lab

# the same gap on real photographs, where DATA holds them
DATA ?= ../shared/data
lab-linemod: setup
	$(BIN)/python -m benchmarks.lab.linemod --data $(DATA) --out out/linemod

assets: setup
	$(BIN)/python assets/make/objects.py
	$(BIN)/python assets/make/materials.py
	$(BIN)/python assets/make/environments.py

docs: setup
	$(BIN)/python -m scenegen.reference docs/recipes.md

clean:
	rm -rf out dist build .venv
