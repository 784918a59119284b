# make run · test · lint · bench · reproduce · docs · lock: each sets up what it needs.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
ARGS ?=

.PHONY: run test lint bench reproduce docs lock clean

run: $(VENV)/.stamp-run
	@$(BIN)/cs229tui $(ARGS)

test: $(VENV)/.stamp-dev
	$(BIN)/pytest $(if $(ARGS),$(ARGS),-n 2)

lint: $(VENV)/.stamp-dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: $(VENV)/.stamp-bench
	$(BIN)/python benchmarks/run.py $(ARGS)

# What a lab's presets measure on this machine, into its RESULTS.md: make reproduce LAB=dp_sgd ARGS="--seeds 1-3".
reproduce: $(VENV)/.stamp-run
	$(BIN)/cs229tui lab reproduce $(LAB) $(ARGS)

docs: $(VENV)/.stamp-dev
	$(BIN)/python docs/make.py

# Write down the versions that are installed now, after a deliberate upgrade.
lock: $(VENV)/.stamp-dev
	$(BIN)/pip freeze --exclude-editable | sed 's/+cpu$$//' > constraints.txt

clean:
	rm -rf $(VENV) build dist

$(VENV)/.stamp-run: pyproject.toml constraints.txt
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "Installing cs229tui into $(VENV) (the first time this takes a minute or two) …"
	@$(BIN)/pip install --quiet --constraint constraints.txt --editable '.[labs]'
	@touch $@

$(VENV)/.stamp-dev: $(VENV)/.stamp-run
	@$(BIN)/pip install --quiet --constraint constraints.txt --editable '.[labs,dev]'
	@$(BIN)/pip install --quiet --upgrade --target $(VENV)/tensorboard tensorboard==2.21.0 # apart: it brings NumPy
	@$(BIN)/pip install --quiet --upgrade --target $(VENV)/accounting --no-warn-conflicts dp-accounting==0.6.0 # likewise
	@test -d /usr/share/datasets/fashion-mnist \
	  || (test "$$(id -u)" = 0 && apt-get update -qq && apt-get install -y -qq dataset-fashion-mnist) \
	  || echo "Debian's Fashion-MNIST is not installed: the labs' tests use it from the cache, or drawn shapes"
	@(PATH="$$PATH:/usr/sbin"; command -v tmux && command -v munged && command -v slurmctld && command -v slurmd) >/dev/null \
	  || (test "$$(id -u)" = 0 && apt-get update -qq && apt-get install -y -qq --no-install-recommends tmux slurm-wlm munge) \
	  || echo "tmux or Slurm is not installed: the tests that drive a real terminal or a real cluster will be skipped"
	@touch $@

# What some benchmarks race against, apart from what the program itself needs.
$(VENV)/.stamp-bench: $(VENV)/.stamp-dev benchmarks/peers.txt
	@$(BIN)/pip install --quiet --upgrade --no-deps --target $(VENV)/peers --requirement benchmarks/peers.txt
	@touch $@
