# make demo   set up, ingest the sample pages, index them, serve the search page and print its URL
# make test   set up, fetch what the tests need (a browser), run linters and all tests
# make bench CORPUS=articles.jsonl.gz   set up with the peers, measure ours beside them (BENCH="--docs 5000" hands options on)
# make torture   kill -9, bit flips, full disks, readers beside rebuilds, in numbers; an hour (TORTURE="kills --scale 0.1")
# All need Python 3.11 or newer, make and a network, nothing else.

SHELL := /bin/sh
PYTHON := $(shell for p in $(PYTHON) python3 python3.14 python3.13 python3.12 python3.11 python; do \
	"$$p" -c 'import sys, venv; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo "$$p" && break; done)
VENV ?= .venv
BIN := $(VENV)/bin
DEMO ?= var/demo
PORT ?= 0
PIP := PIP_DISABLE_PIP_VERSION_CHECK=1 $(BIN)/python -m pip --quiet

.PHONY: demo test torture bench check lint unit install install-test install-bench browser lock clean

demo: install
	$(BIN)/searcher --data $(DEMO) ingest index/samples/pages --captured 2025-11-20T12:00:00Z
	$(BIN)/searcher --data $(DEMO) serve --port $(PORT)

test: install-test browser lint unit

bench: install-bench
	@test -n "$(CORPUS)" || { echo "say what to measure on: make bench CORPUS=articles.jsonl[.gz]" >&2; exit 2; }
	$(BIN)/python -m tests.bench $(CORPUS) $(BENCH)

torture: install-test
	$(BIN)/python -m tests.torture $(TORTURE)

check: lint unit

lint:
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

unit:
	$(BIN)/python -m pytest -q

browser: install-test
	sh .ci/browser $(BIN)

install: $(VENV)/run.stamp
install-test: $(VENV)/test.stamp
install-bench: $(VENV)/bench.stamp

# --no-deps: the lock is complete, and old versions of pip fail on the resolution that is then not needed.
$(VENV)/run.stamp: .ci/lock/run.txt setup.cfg pyproject.toml | $(BIN)/python
	$(PIP) install --no-deps --require-hashes -r .ci/lock/run.txt
	$(PIP) install --no-deps --no-build-isolation --editable .
	touch $@

$(VENV)/test.stamp: .ci/lock/test.txt $(VENV)/run.stamp
	$(PIP) install --no-deps --require-hashes -r .ci/lock/test.txt
	touch $@

$(VENV)/bench.stamp: .ci/lock/bench.txt $(VENV)/run.stamp
	$(PIP) install --no-deps --require-hashes -r .ci/lock/bench.txt
	touch $@

$(BIN)/python:
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer with venv is needed; install it or say make PYTHON=/path/to/python" >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)

# Needs uv. Versions are the newest that setup.cfg allows; hashes cover all systems.
lock:
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --extra build setup.cfg -o .ci/lock/run.txt
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --extra build --extra test setup.cfg -o .ci/lock/test.txt
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --extra build --extra bench setup.cfg -o .ci/lock/bench.txt

clean:
	rm -rf $(VENV) $(DEMO) .mypy_cache .pytest_cache .ruff_cache *.egg-info
