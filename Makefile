# Each target's first use makes .venv and installs what the lock says; the next one reuses it.
PYTHON ?= python3
VENV ?= .venv
BIN = $(VENV)/bin
PIP = $(BIN)/pip --disable-pip-version-check

demo: $(VENV)/ready ## one whole phone call on this machine
	$(BIN)/telephony-agent demo

run: $(VENV)/ready ## the service
	$(BIN)/telephony-agent serve

test: $(VENV)/ready ## three workers keep two cores busy: real processes and sockets make them wait
	$(BIN)/python -m pytest -n 3 --dist loadfile

check: $(VENV)/ready
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/hadolint deploy/Dockerfile
	$(BIN)/check-jsonschema --builtin-schema vendor.compose-spec deploy/compose.yaml
	$(BIN)/check-jsonschema --builtin-schema vendor.github-workflows .github/workflows/ci.yml
	$(BIN)/check-jsonschema --schemafile tests/deploy/cloudrun.schema.json deploy/cloudrun.yaml
	$(BIN)/caddy validate --adapter caddyfile --config deploy/Caddyfile
	$(BIN)/caddy validate --adapter caddyfile --config telephony_agent/init/templates/Caddyfile

check-deploy: $(VENV)/ready ## calls through nginx, haproxy and Caddy, and the systemd units; fails where one is missing
	CI=true $(BIN)/python -m pytest tests/deploy

image: $(VENV)/ready ## the container's image, built by buildah and tried; as root, on Debian
	deploy/build-image
	$(BIN)/python -m tests.deploy.image

bench: $(VENV)/ready ## the figures: audio, a frame, latency, rotation, messages, the webhook, the offline voice
	$(BIN)/python -m tests.benchmarks.audio
	$(BIN)/python -m tests.benchmarks.frame
	$(BIN)/python -m tests.benchmarks.latency
	$(BIN)/python -m tests.benchmarks.rotation
	$(BIN)/python -m tests.benchmarks.messages
	$(BIN)/python -m tests.benchmarks.webhook
	OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 $(BIN)/python -m tests.benchmarks.voice

faults: $(VENV)/ready ## two hundred calls in which something goes wrong
	$(BIN)/python -m tests.benchmarks.faults

twelve-minutes: $(VENV)/ready ## a call over real sockets on a hurried clock, whose session is renewed unheard
	$(BIN)/python -m tests.benchmarks.twelve_minutes

bench-ear: $(VENV)/ready ## what the offline model's ear understands; EAR="--prompts ... --list ..." for more than the tests' recordings
	$(BIN)/python -m tests.benchmarks.recogniser $(EAR)

load-offline: $(VENV)/ready ## ten calls at once to the offline model
	$(BIN)/python -m tests.benchmarks.load_offline

lock: $(VENV)/ready ## resolve the dependencies anew
	$(PIP) install -qq uv
	$(BIN)/uv pip compile --quiet --universal --generate-hashes --all-extras --no-header --no-annotate pyproject.toml -o requirements.lock
	$(BIN)/uv pip compile --quiet --universal --generate-hashes --extra vertex --constraints requirements.lock --no-header --no-annotate pyproject.toml -o deploy/requirements.lock

clean:
	rm -rf $(VENV) dist demo-call twelve-minutes .mypy_cache .ruff_cache .hypothesis

$(VENV)/ready: requirements.lock pyproject.toml
	@echo "installing what requirements.lock says into $(VENV), once"
	@$(PYTHON) -m venv $(VENV)
	@$(PIP) install -qq --require-hashes -r requirements.lock
	@$(PIP) install -qq --no-deps -e .
	@touch $@

.PHONY: demo run test check check-deploy image bench faults twelve-minutes bench-ear load-offline lock clean
