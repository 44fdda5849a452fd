# make demo   set up, ingest the sample pages, index them, serve the search page and print its URL
# make test   set up, fetch what the tests need (a browser, Java, OpenSearch), run linters and all tests
# make test-cluster OPENSEARCH=2   only the tests of the cluster, on three nodes of OpenSearch 2 or 3
# make bench CORPUS=articles.jsonl.gz   set up with the peers, measure ours beside them (BENCH="--docs 5000" hands options on)
# make bench-cluster CORPUS=articles.jsonl.gz   measure the OpenSearch engine on three nodes of its own (BENCH="--parts overhead")
# make torture   kill -9, bit flips, full disks, readers beside rebuilds, in numbers; an hour (TORTURE="kills --scale 0.1")
# All need Python 3.11 or newer, make and a network, nothing else.

SHELL := /bin/sh
PYTHON := $(shell for p in $(PYTHON) python3 python3.14 python3.13 python3.12 python3.11 python; do \
	"$$p" -c 'import sys, venv; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo "$$p" && break; done)
VENV ?= .venv
BIN := $(VENV)/bin
DEMO ?= var/demo
PORT ?= 0
OPENSEARCH ?=
# In two processes, each with three nodes of OpenSearch where tests ask for them: 3 GB, and as fast as two cores can.
PYTEST := $(BIN)/python -m pytest -q -n 2 --dist loadgroup --no-loadscope-reorder
PIP := PIP_DISABLE_PIP_VERSION_CHECK=1 $(BIN)/python -m pip --quiet

.PHONY: demo test test-cluster torture bench bench-cluster check lint unit install install-test install-bench browser nodes lock lock-jars clean

demo: install
	$(BIN)/searcher --data $(DEMO) ingest index/samples/pages --captured 2025-11-20T12:00:00Z
	$(BIN)/searcher --data $(DEMO) serve --port $(PORT)

test: install-test browser nodes lint unit

# `make test` runs the newest OpenSearch that a Java of this machine can run (3: Java 21, 2: Java 17); both releases must pass. Where there is
# a Java for each, a change to the cluster's side is tested with OPENSEARCH=2 and OPENSEARCH=3.
test-cluster: install-test nodes
	SEARCHER_TEST_OPENSEARCH=$(OPENSEARCH) $(PYTEST) -m cluster

bench: install-bench
	@test -n "$(CORPUS)" || { echo "say what to measure on: make bench CORPUS=articles.jsonl[.gz]" >&2; exit 2; }
	$(BIN)/python -m tests.bench $(CORPUS) $(BENCH)

bench-cluster: install-test nodes
	@test -n "$(CORPUS)" || { echo "say what to measure on: make bench-cluster CORPUS=articles.jsonl[.gz]" >&2; exit 2; }
	$(BIN)/python -m tests.bench.cluster measure $(CORPUS) $(BENCH)

torture: install-test nodes
	$(BIN)/python -m tests.torture $(TORTURE)

check: lint unit

lint:
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

unit:
	$(PYTEST)

browser: install-test
	sh .ci/browser $(BIN)

# The jars go to the cache of the user (XDG_CACHE_HOME), are fetched once and checked against their lock.
nodes: install-test
	SEARCHER_TEST_OPENSEARCH=$(OPENSEARCH) sh .ci/java $(BIN)
	SEARCHER_TEST_OPENSEARCH=$(OPENSEARCH) $(BIN)/python -m tests.cluster.jars fetch

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

# The jars of the OpenSearch releases that tests/cluster/java.py names; only a change there asks for it.
lock-jars: install-test
	$(BIN)/python -m tests.cluster.jars lock

clean:
	rm -rf $(VENV) $(DEMO) .mypy_cache .pytest_cache .ruff_cache *.egg-info
