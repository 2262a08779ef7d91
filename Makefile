# make chat    opens the conversation in this terminal
# make web     opens it in a browser, at http://127.0.0.1:8080/
# make check   runs everything that must hold before a change lands
# The others are below; each says what it does.

VENV ?= .venv
PYTHON ?= python3
BIN := $(VENV)/bin
CHAT_STAMP := $(VENV)/.installed
DEV_STAMP := $(VENV)/.installed-dev
BENCH_STAMP := $(VENV)/.installed-bench

.PHONY: house web chat demo telegram simulate check check-dates check-browser coverage format constraints lock sbom diagram transcripts bench bench-search \
    bench-processes torture-processes fit-verdict torture audit help

help:
	@sed -n 's/^# \(make .*\)/\1/p' Makefile

chat: $(CHAT_STAMP)
	@$(BIN)/guichet chat $(ARGS)

# make demo    opens it as an administrator, at an invented employer with a reminder waiting
demo: $(CHAT_STAMP)
	@$(BIN)/guichet demo

# make simulate lets 2,000 employers live for 36 months, and holds every reminder against the rule
simulate: $(DEV_STAMP)
	@PYTHONPATH=tests:. $(BIN)/python -m torture.simulate $(ARGS)

web: $(CHAT_STAMP)
	@$(BIN)/guichet web

telegram: $(CHAT_STAMP)
	@$(BIN)/guichet telegram

check: $(DEV_STAMP)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/guichet kb check
	@$(BIN)/python tests/support/browser.py >/dev/null 2>&1 || \
	    echo "Pas de Chromium, et npm n'en a pas donné : les tests du navigateur ne sont pas joués." >&2
	$(BIN)/pytest -n auto

# make coverage  the tests once more, and the lines that none of them runs
coverage: $(DEV_STAMP)
	$(BIN)/pytest -n auto --cov --cov-report=term:skip-covered

# make check-dates plays every dialogue, the demonstration and the doctor on days that are special
check-dates: $(DEV_STAMP)
	$(BIN)/pytest -n auto tests/check_dates.py

# make check-browser plays every dialogue in a real Chromium, with script and without
check-browser: $(DEV_STAMP)
	$(BIN)/python tests/support/browser.py
	$(BIN)/pytest -n 2 tests/check_browser.py

format: $(DEV_STAMP)
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

# Neither a host nor a folder of this machine is written into what is committed.
SBOM := $(VENV)/sbom
UV = $(BIN)/pip install --quiet --disable-pip-version-check uv && $(BIN)/uv pip compile --quiet --universal \
    --python-version 3.11 --no-header --no-annotate --no-emit-index-url --no-emit-find-links

# make constraints  pins every dependency anew, for every platform, and locks what the desk runs on
constraints: $(DEV_STAMP)
	@$(UV) --all-extras --upgrade --output-file constraints.txt pyproject.toml
	@echo "setuptools==$$($(BIN)/pip index versions setuptools 2>/dev/null | sed -n '1s/.*(\(.*\))/\1/p')" >> constraints.txt
	@$(MAKE) --no-print-directory lock

# make lock  writes the locks anew from constraints.txt: what the desk runs on, each file of it by its hash
# What builds the desk itself is locked too: nothing is fetched that has no hash.
lock: $(DEV_STAMP)
	@sed -n 's/^requires = \["\(.*\)"\]/\1/p' pyproject.toml > $(VENV)/builds
	@for extra in "" postgres; do \
	    $(UV) $${extra:+--extra $$extra} --generate-hashes --constraint constraints.txt \
	        --output-file requirements$${extra:+-$$extra}.lock pyproject.toml - < $(VENV)/builds || exit 1; done

# make sbom  the bill of materials of the locked dependencies, as CycloneDX, in build/sbom.json
sbom: $(CHAT_STAMP)
	@test -x $(SBOM)/bin/cyclonedx-py || { $(PYTHON) -m venv $(SBOM) && \
	    $(SBOM)/bin/pip install --quiet --disable-pip-version-check cyclonedx-bom==7.5.0; }
	@mkdir -p build
	@PYTHONWARNINGS=ignore $(SBOM)/bin/cyclonedx-py requirements --pyproject pyproject.toml --output-reproducible \
	    --output-format JSON --output-file build/sbom.json requirements-postgres.lock
	@echo "build/sbom.json"

# Compiled when installed, as pip does for what it fetches: else the first start would be slower, and
# every one where Python may write nothing.
COMPILE := $(BIN)/python -m compileall -q bot knowledge

# What is fetched for the desk has the hash of the lock, or is not installed; nothing is built but the desk.
RUNTIME := --require-hashes --only-binary :all: --requirement requirements.lock
DESK := --no-deps --no-build-isolation --editable .

# A stamp is written last: an installation that was cut short is begun anew.
# pip reads no standard input and reports on standard error: the conversation owns both others.
define INSTALL
@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
    { echo "Il faut Python 3.11 ou plus récent : sudo apt install python3" >&2; exit 1; }
@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || \
    { echo "Il manque le module venv de Python : sudo apt install python3-venv" >&2; exit 1; }
@test -e $(CHAT_STAMP) || rm -rf $(VENV)
@trap 'test -e $(CHAT_STAMP) || rm -rf $(VENV)' EXIT; trap 'exit 130' INT TERM; \
    echo "Installation dans $(VENV) (une seule fois, une à deux minutes)…" >&2; \
    export PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_INPUT=1; \
    { $(PYTHON) -m venv $(VENV) && $(1) && $(COMPILE) && touch $(CHAT_STAMP) $@; } </dev/null >&2
endef

# make chat has what the lock names, and nothing else; the others, for development, the pinned versions.
INSTALL_DESK = $(BIN)/pip install --progress-bar on $(RUNTIME) && $(BIN)/pip install --quiet $(DESK)
INSTALL_EXTRA = PIP_CONSTRAINT=constraints.txt $(BIN)/pip install --progress-bar on --editable '.[$(1)]'

$(CHAT_STAMP): pyproject.toml requirements.lock
	$(call INSTALL,$(INSTALL_DESK))

$(DEV_STAMP): pyproject.toml constraints.txt
	$(call INSTALL,$(call INSTALL_EXTRA,dev))

$(BENCH_STAMP): pyproject.toml constraints.txt
	$(call INSTALL,$(call INSTALL_EXTRA,bench))

# make bench  what the desk bears, each row beside its goal, against 127.0.0.1 (SMALL=1: a tenth; ROWS=crowd)
bench: $(DEV_STAMP)
	@$(COMPILE)
	@PYTHONPATH=$(CURDIR)/bench:$(CURDIR)/tests:$(CURDIR) $(BIN)/python -m load $(ROWS)

# make bench-search  the search beside its peers, same documents and questions
bench-search: $(BENCH_STAMP)
	@PYTHONPATH=$(CURDIR)/bench $(BIN)/python bench/peers.py

# make bench-processes  one desk, two and four on one PostgreSQL, behind a webhook (ARGS="--people 50")
bench-processes: $(DEV_STAMP)
	@PYTHONPATH=$(CURDIR)/bench:$(CURDIR)/tests:$(CURDIR) $(BIN)/python -m load.processes $(ARGS)

# make torture-processes  that part alone: four desks on one PostgreSQL, two of them killed (ARGS="--fleets 5")
torture-processes: $(DEV_STAMP)
	@PYTHONPATH=tests:. $(BIN)/python -m torture --only fleets $(ARGS)

# make fit-verdict  fits the weights of knowledge/search/confidence.py anew and prints them
fit-verdict: $(CHAT_STAMP)
	@PYTHONPATH=$(CURDIR)/bench $(BIN)/python bench/fit_verdict.py $(ARGS)

# make torture  kills, fleets, power cuts, deaths at every step, hostile input: each figure beside its goal
#               (about forty minutes; ARGS="--kills 200 --cuts 50 --minutes 1" for a shorter one)
# The guided search needs atheris; where it cannot be installed, its row says « not run ».
torture: $(DEV_STAMP)
	@$(BIN)/python -c 'import atheris' 2>/dev/null || PIP_CONSTRAINT=constraints.txt \
	    $(BIN)/pip install --quiet --disable-pip-version-check --editable '.[fuzz]' || true
	@PYTHONPATH=tests:. $(BIN)/python -m torture $(ARGS)

# make audit  the pinned dependencies against known vulnerabilities (needs the network)
# What is vulnerable is listed, one a line; where the service did not answer there is no result.
audit: $(DEV_STAMP)
	@test -x $(BIN)/pip-audit || $(BIN)/pip install --quiet pip-audit
	@found=$$($(BIN)/pip-audit --requirement constraints.txt --no-deps --disable-pip --strict \
	    --progress-spinner off 2>$(VENV)/audit.log) && { rm -f $(VENV)/audit.log; echo "$$found"; \
	    echo "make audit: no known vulnerability"; exit 0; }; \
	if [ -n "$$found" ]; then echo "$$found"; echo "make audit: vulnerable, see above" >&2; \
	else tail -n 1 $(VENV)/audit.log >&2; echo "make audit: NO RESULT, the service that knows the" \
	    "vulnerabilities did not answer; run it again where it can be reached" >&2; fi; \
	rm -f $(VENV)/audit.log; exit 1

# make diagram  prints the conversation's drawing anew into docs/conversation.md
diagram: $(CHAT_STAMP)
	@{ sed '/^```mermaid/,$$d' docs/conversation.md; $(BIN)/python -m bot.conversation.diagram; } > docs/.drawn \
	    && mv docs/.drawn docs/conversation.md

# make transcripts  writes the README's dialogues anew, from what the conversation says today
transcripts: $(DEV_STAMP)
	$(BIN)/python tests/support/transcripts.py

# make house  the size of the product and the files that an action passes, each beside its bar
house: $(DEV_STAMP)
	@PYTHONPATH=$(CURDIR)/tests:$(CURDIR) $(BIN)/python -m support.house
