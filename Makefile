# Two commands for a newcomer: `make demo` and `make test`. Each builds its own environment from one lock first.
# It needs a Python from 3.11 on and make, nothing else; uv is used when it is there and fetched when it isn't.

PYTHON ?= python3
VENV   ?= .venv
UV_PIN := 0.13.9
RUN    := $(VENV)/bin/python

# Bytecode makes the second start fast, also where the environment forbids writing it as a side effect.
export UV_COMPILE_BYTECODE := 1
export UV_PROJECT_ENVIRONMENT := $(VENV)
unexport PYTHONDONTWRITEBYTECODE

.PHONY: demo test check soak calibrate conformance conformance-spark bench docs picture clean

demo: $(VENV)/.ready
	@$(VENV)/bin/cherish demo

test: $(VENV)/.ready check tests/serve/node/node_modules
	@$(RUN) -m pytest -n 2 --dist loadfile --durations 10

# The official clients for Node and browsers, which tests send with; where they are missing those tests say so.
tests/serve/node/node_modules: $(VENV)/.ready tests/serve/node/package.json
	@PATH="$(abspath $(VENV))/bin:$$PATH" npm install --prefix tests/serve/node --no-save --no-audit --no-fund --loglevel=error >/dev/null \
		&& touch $@ || echo "no clients for Node here" >&2

# The random tests with many new cases, and a hundred rounds of kills: two hours or so.
soak: $(VENV)/.ready
	@CHERISH_ROUNDS=100 $(RUN) -m pytest -n 0 tests/faults
	@CHERISH_EFFORT=20 $(RUN) -m pytest -n 2 --dist loadfile tests/points tests/properties tests/reports tests/store

# Whether intervals cover and verdicts err as often as they say: two hundred companies, and many more draws of everything.
calibrate: $(VENV)/.ready
	@CHERISH_CALIBRATION=full CHERISH_EFFORT=20 $(RUN) -m pytest -n 2 --dist loadfile tests/calibration

# Every definition in every choice, on ClickHouse in process and on a Postgres server of its own: half an hour or so.
conformance: $(VENV)/.ready
	@CHERISH_CONFORMANCE=yes $(RUN) tests/conformance/server.py $(RUN) -m pytest -n 2 --dist load tests/conformance

# The same on a Spark cluster of this machine, one master and two workers as processes; needs Java 17.
conformance-spark: $(VENV)-spark/.ready
	@CHERISH_CONFORMANCE=yes $(VENV)-spark/bin/python tests/conformance/cluster.py \
		$(VENV)-spark/bin/python -m pytest -n 0 -p no:cacheprovider tests/conformance

$(VENV)-spark/.ready: uv.lock pyproject.toml
	@PYTHON="$(PYTHON)" VENV="$(VENV)-spark" UV_PIN="$(UV_PIN)" UV_PROJECT_ENVIRONMENT="$(VENV)-spark" SPARK=yes \
		sh tools/environment.sh
	@touch $@

check: $(VENV)/.ready
	@$(VENV)/bin/ruff check src tests bench docs
	@$(VENV)/bin/ruff format --check src tests bench docs
	@$(VENV)/bin/mypy
	@$(VENV)/bin/lint-imports --no-cache

bench: $(VENV)/.ready
	@$(RUN) -m bench $(ARGS)

docs: $(VENV)/.ready
	@$(RUN) docs/generate.py

# The pictures of README, from a real run of the demo; needs Chromium.
picture: $(VENV)/.ready
	@$(RUN) docs/picture.py

$(VENV)/.ready: uv.lock pyproject.toml
	@PYTHON="$(PYTHON)" VENV="$(VENV)" UV_PIN="$(UV_PIN)" sh tools/environment.sh
	@touch $@

clean:
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .hypothesis cherish-demo
