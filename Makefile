# `make demo` and `make test` need Rust, Python >= 3.11 and make; all else they install below this folder.
# Tests of Spark are skipped where there is no Java 17.

PYTHON ?= python3
VENV := .venv
OLD := .venv-pandas22
FUZZ := .venv-fuzz
BUILD := .venv-build
DOCS := .venv-docs
DIST := dist

SOURCES := $(shell find rust python -type f \( -name '*.rs' -o -name '*.toml' -o -name '*.py' -o -name '*.pyi' -o -path '*/callstats/data/*' -o -path '*/report/*' \) -not -name '*.so' -not -path '*/__pycache__/*') Cargo.toml Cargo.lock pyproject.toml README.md LICENSE

.DEFAULT_GOAL := help
.PHONY: help demo test test-rust test-python test-pandas22 check docs bench sweep fuzz format clean

help: ## list the verbs
	@grep -E '^[a-z0-9-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 16

demo: $(VENV)/.demo ## a real month of calls, from the log to the report in demo-output/
	$(VENV)/bin/callstats demo -o demo-output

test: test-rust test-python test-pandas22 ## all tests

test-rust:
	cargo test --workspace --quiet --locked

test-python: $(VENV)/.test
	$(VENV)/bin/python -m pytest tests --numprocesses auto --maxprocesses 4 --dist loadgroup
	$(VENV)/bin/python -m pytest --doctest-modules --pyargs callstats

# The part that touches dataframes, again with the oldest pandas that is supported.
test-pandas22: $(OLD)/.test
	$(OLD)/bin/python -m pytest tests -m frames --numprocesses auto --maxprocesses 4

check: $(VENV)/.check ## everything else that the gate runs
	cargo fmt --all --check
	cargo clippy --workspace --all-targets --locked --quiet -- -D warnings
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/mypy
	cd $(VENV) && bin/python -m mypy.stubtest callstats._core --allowlist ../tests/stubtest.txt --ignore-positional-only
	$(VENV)/bin/python -m pytest --doctest-glob='*.md' README.md docs
	$(MAKE) docs
	cargo test --locked --quiet --bench kernels
	CALLSTATS_BENCHMARK_CELLS=10000 $(VENV)/bin/python -m pytest --pyargs callstats.benchmarks --benchmark-disable
	scripts/smoke.sh $(DIST)/callstats-*.whl

# Pages are put together by the environment that has the package, and built by one of their own.
docs: $(VENV)/.test $(DOCS)/.made ## the documentation as a site, in site/
	$(VENV)/bin/python scripts/site target/docs
	cd target/docs && $(abspath $(DOCS))/bin/zensical build --strict --clean
	rm -rf site && mv target/docs/site site
	CALLSTATS_SITE=$(abspath site) $(VENV)/bin/python -m pytest tests/site

bench: $(VENV)/.check ## timed benches, and the comparison with other tools
	cargo bench --locked --bench kernels
	$(VENV)/bin/python -m pytest --pyargs callstats.benchmarks --benchmark-only --benchmark-columns=min,median,rounds

CELLS ?= 1000000
SEED ?= 1

sweep: ## the queue engine against a slower, independent one, on CELLS random systems from SEED
	cargo run --release --locked --quiet -p callstats-core --example sweep -- --cells $(CELLS) --seed $(SEED)

EXECUTIONS ?= 1000000
COVERAGE := -Cpasses=sancov-module $(addprefix -Cllvm-args=-sanitizer-coverage-,level=3 inline-8bit-counters pc-table trace-compares)

fuzz: $(FUZZ)/.fuzz ## coverage-guided fuzzing: EXECUTIONS inputs from SEED; what it finds is in target/fuzz
	$(FUZZ)/bin/python tests/fuzz/run.py $(EXECUTIONS) $(SEED)

format: $(VENV)/.check ## let the formatters decide
	cargo fmt --all
	$(VENV)/bin/ruff check --fix --quiet .
	$(VENV)/bin/ruff format .

clean: ## remove everything that was built
	rm -rf $(VENV) $(OLD) $(FUZZ) $(BUILD) $(DOCS) $(DIST) target demo-output site

$(BUILD)/.done: pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "callstats needs Python >= 3.11; set PYTHON=..." >&2; exit 1; }
	$(PYTHON) -m venv $(BUILD)
	$(BUILD)/bin/python -m pip install --quiet 'maturin>=1.10,<2'
	touch $@

$(DIST)/.built: $(BUILD)/.done $(SOURCES)
	rm -rf $(DIST)
	$(BUILD)/bin/maturin build --release --locked --quiet --out $(DIST) --interpreter $(abspath $(BUILD))/bin/python
	touch $@

$(VENV)/.made: pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(VENV)/bin/python -m pip install --quiet --upgrade 'pip>=25.1'
	touch $@

# The wheel is installed as a user would install it, so that what is tested is what is shipped.
define install
	$(1)/bin/python -m pip install --quiet --force-reinstall --no-deps $(DIST)/callstats-*.whl
endef

$(VENV)/.demo: $(VENV)/.made $(DIST)/.built
	$(VENV)/bin/python -m pip install --quiet "$$(ls $(DIST)/callstats-*.whl)[report]"
	$(call install,$(VENV))
	touch $@

$(VENV)/.test: $(VENV)/.made $(DIST)/.built
	$(VENV)/bin/python -m pip install --quiet --group test --group engines "$$(ls $(DIST)/callstats-*.whl)" 'pandas>=3'
	$(call install,$(VENV))
	touch $@

$(VENV)/.check: $(VENV)/.test
	$(VENV)/bin/python -m pip install --quiet --group lint
	touch $@

$(DOCS)/.made: pyproject.toml
	test -d $(DOCS) || $(PYTHON) -m venv $(DOCS)
	$(DOCS)/bin/python -m pip install --quiet --upgrade 'pip>=25.1'
	$(DOCS)/bin/python -m pip install --quiet --group docs
	touch $@

# The core counts which of its branches an input reaches; a target is named so that the flags spare
# the programs that the build itself runs.
$(FUZZ)/.fuzz: $(BUILD)/.done $(SOURCES)
	test -d $(FUZZ) || $(PYTHON) -m venv $(FUZZ)
	$(FUZZ)/bin/python -m pip install --quiet --upgrade 'pip>=25.1'
	CARGO_PROFILE_RELEASE_LTO=thin CARGO_TARGET_DIR=target/coverage RUSTFLAGS='$(COVERAGE)' \
		$(BUILD)/bin/maturin build --release --locked --quiet --out target/coverage/dist \
		--target $$(rustc -vV | sed -n 's/^host: //p') --interpreter $(abspath $(BUILD))/bin/python
	$(FUZZ)/bin/python -m pip install --quiet --group fuzz target/coverage/dist/callstats-*.whl
	$(FUZZ)/bin/python -m pip install --quiet --force-reinstall --no-deps target/coverage/dist/callstats-*.whl
	touch $@

$(OLD)/.test: pyproject.toml $(DIST)/.built
	test -d $(OLD) || $(PYTHON) -m venv $(OLD)
	$(OLD)/bin/python -m pip install --quiet --upgrade 'pip>=25.1'
	$(OLD)/bin/python -m pip install --quiet --group test "$$(ls $(DIST)/callstats-*.whl)" 'pandas~=2.2.0'
	$(call install,$(OLD))
	touch $@
