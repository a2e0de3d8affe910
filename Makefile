# Two commands do it all: `make build` and `make test`. Both install what they need first.
#   make build                                             the demo (DEMO=2000000: as many requests)
#   make build GATEWAYS=my.yml WAREHOUSE=my.duckdb         your logs
#   make build TARGET=spark                                the same on Spark: docs/spark.md
# And `make bench N=10000000` measures (benchmarks/README.md).

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
WAREHOUSE ?=
GATEWAYS ?=
FULL_REFRESH ?=
DEMO ?=
N ?= 1000000
PHASES ?=
BENCH_FOLDER ?=
BENCH_VENV := .venv-bench
AUDIT_VENV := .venv-audit
# Lints the contracts in an environment of its own: it wants other versions than dbt does.
DATACONTRACT := datacontract-cli==1.2.8
DATACONTRACT_VENV := .venv-datacontract
TARGET ?= duckdb

.PHONY: install install-spark build check test test-spark lint lint-contracts audit docs clean lock bench

install: $(VENV)/.installed

$(VENV)/.installed: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "llm-usage needs Python 3.11 or later; name one with PYTHON=")'
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

# Beside the rest, in the same environment: pyspark alone is 434 MB.
install-spark: $(VENV)/.installed-spark

$(VENV)/.installed-spark: $(VENV)/.installed requirements-spark.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements-spark.lock
	@touch $@

build: $(if $(filter spark%,$(TARGET)),install-spark,install)
	@$(if $(DEMO),$(BIN)/llm-usage demo --requests $(DEMO))
	@$(BIN)/llm-usage build --target $(TARGET) $(if $(GATEWAYS),--gateways "$(GATEWAYS)") $(if $(WAREHOUSE),--warehouse "$(WAREHOUSE)") $(if $(FULL_REFRESH),--full-refresh)

# The contracts alone, on what has been built: docs/contracts.md.
check: install
	@$(BIN)/llm-usage check --target $(TARGET) $(if $(WAREHOUSE),--warehouse "$(WAREHOUSE)")

test: install
	@$(BIN)/python -m pytest

# Spark against DuckDB, on this machine and on a cluster of its own. Needs Java 17 or 21.
test-spark: install-spark
	@$(BIN)/python -m pytest tests/spark -n 0

lint: install lint-contracts
	@$(BIN)/ruff check llm_usage tests benchmarks .ci
	@$(BIN)/ruff format --check llm_usage tests benchmarks .ci
	@$(BIN)/sqlfluff lint --processes 0 models tests analyses
	@$(BIN)/dbt --quiet parse --target mem --target-path target/lint --no-partial-parse
	@$(BIN)/dbt-bouncer --config-file dbt-bouncer.yml

# Known vulnerabilities of every pin. In an environment of its own: what is audited is not changed.
audit: $(AUDIT_VENV)/.installed
	@$(AUDIT_VENV)/bin/python .ci/audit.py $(AUDIT_VENV)/bin/pip-audit requirements*.lock

$(AUDIT_VENV)/.installed: requirements-audit.lock
	@$(PYTHON) -m venv $(AUDIT_VENV)
	@$(AUDIT_VENV)/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements-audit.lock
	@touch $@

# Against the standard, against dbt, and against what was released.
lint-contracts: install $(DATACONTRACT_VENV)/.installed
	@$(DATACONTRACT_VENV)/bin/python .ci/lint_contracts.py contracts/*.odcs.yaml
	@$(BIN)/llm-usage contracts

$(DATACONTRACT_VENV)/.installed: requirements-datacontract.lock
	@$(PYTHON) -m venv $(DATACONTRACT_VENV)
	@$(DATACONTRACT_VENV)/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements-datacontract.lock
	@touch $@

docs: install
	@$(BIN)/dbt --quiet docs generate --static --target mem --empty-catalog
	@echo "open target/static_index.html"

clean:
	@rm -rf target logs warehouse data/demo .pytest_cache

# The builds that are measured run in the environment of `make build`, what they are compared with
# in its own: pandas beside dbt would change what is measured.
bench: install $(BENCH_VENV)/.installed
	@$(BIN)/python -m benchmarks.run --requests $(N) --compare-with $(BENCH_VENV)/bin/python $(if $(PHASES),--phases "$(PHASES)") $(if $(BENCH_FOLDER),--folder "$(BENCH_FOLDER)")

$(BENCH_VENV)/.installed: requirements-bench.lock
	@$(PYTHON) -m venv $(BENCH_VENV)
	@$(BENCH_VENV)/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements-bench.lock
	@touch $@

# For whoever changes a pin: needs uv.
lock:
	uv pip compile pyproject.toml --extra dev --generate-hashes --universal --no-header --quiet --output-file requirements.lock
	uv pip compile pyproject.toml --extra bench --constraint requirements.lock --generate-hashes --universal --no-header --quiet --output-file requirements-bench.lock
	uv pip compile --group audit --python-version 3.11 --generate-hashes --universal --no-header --quiet --output-file requirements-audit.lock
	uv pip compile pyproject.toml --extra spark --constraint requirements.lock --generate-hashes --universal --no-header --quiet \
		$$(sed -n 's/^\([a-z0-9][a-z0-9._-]*\)==.*/--no-emit-package \1/p' requirements.lock) --output-file requirements-spark.lock
	echo $(DATACONTRACT) | uv pip compile - --generate-hashes --universal --python-version 3.11 --no-header --quiet --output-file requirements-datacontract.lock
