# Everything a person runs. A machine with Python 3.11+ and make needs nothing else: every target sets itself up.

SHELL := /bin/bash
.DEFAULT_GOAL := help
.PHONY: help chat ask index test eval baseline lint format bench bench-ingest kills screenshots bench-cold bench-growth bench-peers load load-curve faults train-net train-answerer licences sbom freeze browser clean

BIN := .venv/bin
Q ?= why does my knee hurt going downhill
FROM ?=
ARGS ?=
# The first interpreter that runs and is new enough; a shim without a version behind it does not count.
PYTHON ?= $(shell for p in python3.11 python3.12 python3.13 python3 python; do \
  $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)

help:  ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-14s %s\n", $$1, $$2 }' Makefile

.venv/pyvenv.cfg:
	@test -n "$(PYTHON)" || { echo "Kneewise needs Python 3.11 or newer: install it, or name it with make PYTHON=/path/to/python" >&2; exit 1; }
	@$(PYTHON) -m venv .venv || { rm -rf .venv; echo "$(PYTHON) cannot make a virtual environment: install its venv module (Debian: apt-get install python3-venv)" >&2; exit 1; }

# pip compiles one file after the other; here all cores do, without the packages' own tests. What is of a newer Python fails alone.
define install
$(BIN)/python -m pip install --quiet --no-compile --constraint constraints.txt --editable '$(WANTED)'
@$(BIN)/python -m compileall -q -j 0 -x '/tests?/' .venv/lib >/dev/null 2>&1 || true
endef

# The stamps say which set of packages .venv holds; a change of pins or of the project's needs installs again.
.venv/.app: WANTED = .
.venv/.app: .venv/pyvenv.cfg pyproject.toml constraints.txt
	$(install)
	@touch $@

.venv/.all: WANTED = .[eval,dev,ray]
.venv/.all: .venv/pyvenv.cfg pyproject.toml constraints.txt
	$(install)
	@touch $@ .venv/.app

chat: .venv/.app  ## open the chat on 127.0.0.1, making the index first where it is missing or stale
	$(BIN)/kneewise-chat $(ARGS)

ask: export Q := $(Q)
ask: .venv/.app  ## answer one question here: make ask Q="how long do I hold a wall sit"
	@$(BIN)/kneewise-ask $(ARGS) "$$Q"

index: .venv/.app  ## make a build of the corpus, or of your own articles: make index FROM=folder
	$(BIN)/kneewise-ingest $(FROM) $(ARGS)

# Two files at a time, each some 2 GB with its models: with three, two cores took no less time, and pages timed out. A file's tests
# stay together, since they share browsers and servers. Idle threads sleep, or they would keep the others from their core.
# ARGS="-n 0 ..." runs one.
test: export OMP_WAIT_POLICY = PASSIVE
test: .venv/.all browser  ## run every test, with a real browser
	$(BIN)/python -m pytest --numprocesses 2 --dist loadfile --no-loadscope-reorder $(ARGS)

eval: .venv/.all  ## measure the answers and write eval/out/report.html
	$(BIN)/kneewise-eval $(ARGS)

baseline: .venv/.all  ## measure anew what every change is compared with, and write eval/results/baseline
	$(BIN)/python -m eval.renew $(ARGS)

lint: .venv/.all  ## check style and types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

format: .venv/.all  ## put imports and layout in order
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: .venv/.all  ## time one answer beside the bare cost of its search
	$(BIN)/python -m eval.bench $(ARGS)

bench-ingest: .venv/.all  ## time the ingestion of MedQuAD beside the bare model: ARGS="--passages 4000 16000 0" for all of it
	$(BIN)/python -m eval.ingest_bench $(ARGS)

kills: .venv/.all  ## end 50 ingestions at random moments and look whether anything was lost
	$(BIN)/python -m eval.kills $(ARGS)

bench-cold: .venv/.all  ## time a start: page, red flags, first answer, memory
	$(BIN)/python -m eval.cold $(ARGS)

bench-growth: .venv/.all  ## search 1,000 to 100,000 passages, embedded and on a Chroma server (needs MedQuAD)
	$(BIN)/python -m eval.growth $(ARGS)

bench-peers: .venv/.all  ## this beside other pipelines on the same articles
	$(BIN)/python -m eval.peers $(ARGS)

screenshots: .venv/.all browser  ## photograph the page
	$(BIN)/python -m pytest tests/browser/test_screenshots.py $(ARGS)
	cp screenshots/reader-wide-light.png docs/screenshot.png

bench-page: export KNEEWISE_PAGE_LOADS ?= 5
bench-page: export KNEEWISE_PAGE_ANSWERS ?= 20
bench-page: .venv/.all browser  ## time first load and answers in Chromium's own trace
	$(BIN)/python -m pytest -q -s tests/browser/test_timings.py $(ARGS)

load: export KNEEWISE_LOAD_SECONDS ?= 60
load: .venv/.all  ## put 40 readers on one server for a minute
	$(BIN)/python -m pytest -q -s tests/load $(ARGS)

load-curve: .venv/.all  ## answers a second against the number of people, 1 to 100 and beyond
	$(BIN)/python -m eval.load $(ARGS)

faults: .venv/.all  ## break things under a running chat, the long way
	KNEEWISE_FAULTS=long $(BIN)/python -m pytest tests/faults $(ARGS)

train-net: .venv/.all  ## train the safety net again from eval/messages
	$(BIN)/python -m eval.train_net $(ARGS)

train-answerer: .venv/.all  ## train the encoder that chooses sentences again from eval/selector
	$(BIN)/python -m eval.train_answerer $(ARGS)

licences: .venv/.all  ## list every package that Kneewise runs with, and its licence
	@$(BIN)/python -m eval.packages $(ARGS)

sbom: .venv/.all  ## list every package of .venv as CycloneDX
	@mkdir -p dist
	$(BIN)/cyclonedx-py environment .venv --output-file dist/kneewise.cdx.json

freeze: .venv/.all  ## write constraints.txt from this .venv
	{ head -2 constraints.txt; $(BIN)/python -m pip freeze --exclude-editable | sed 's/+cpu$$//'; } > .venv/constraints.txt
	mv .venv/constraints.txt constraints.txt

browser:
	@command -v chromium chromium-browser google-chrome >/dev/null \
	|| { [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null && apt-get update -qq && apt-get install -y -qq chromium; } \
	|| { $(MAKE) .venv/.all && $(BIN)/playwright install chromium; } \
	|| { echo "The browser tests need Chromium: install it by hand, then run make test again" >&2; exit 1; }

clean:  ## remove everything that make has made, except corpus/originals
	rm -rf .venv dist eval/out screenshots .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
