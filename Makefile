# Two commands on a fresh machine: `make demo` and `make test`.  Each sets up what it needs and says so.
#
#   make demo     train, pack, verify and report a small network; needs no data set and no board
#   make test     the whole test suite (installs the cross compiler, the emulator and clang if missing)
#   make check    ruff, its formatter, mypy
#   make fuzz     random networks, many: numpy against C
#   make fuzz-files   damaged files and frames, ten minutes for each kind, guided by coverage
#   make prove    every format and a CNN proven for all inputs with Frama-C: the table of docs/proof.md
#   make test-cluster   the search on a Ray cluster and with a PostgreSQL server, both its own; a worker of each is killed
#   make pythons  the same checkpoints packed by other versions of Python: the same bytes
#   make bench    every kernel on every core, counted in an emulator: docs/performance.md
#
# CPU torch by default, some 200 MB; for CUDA: make demo TORCH_INDEX=https://download.pytorch.org/whl/cu126

VENV ?= .venv
PYTHON ?= python3
TORCH ?= torch==2.13.0
TORCH_INDEX ?= https://download.pytorch.org/whl/cpu
FUZZ_CASES ?= 5000
FUZZ_SECONDS ?= 600
PYTHONS ?= python3.11 python3.12 python3.13
JOBS ?= $(shell env -u OMP_NUM_THREADS nproc)
export OMP_NUM_THREADS ?= 1
BIN := $(VENV)/bin
DEBIAN_PACKAGES := gcc g++ cmake clang libclang-rt-14-dev gcc-arm-none-eabi \
    gcc-riscv64-unknown-elf qemu-system-arm qemu-system-misc frama-c-base why3 z3 cppcheck \
    gcc-avr avr-libc simavr libsimavr-dev libelf-dev gcc-powerpc-linux-gnu libc6-dev-powerpc-cross qemu-user

.PHONY: demo test test-cluster check format fuzz fuzz-files prove pythons bench debian clean

demo: $(VENV)/installed
	$(BIN)/mcuexport demo

test: $(VENV)/installed-dev debian
	$(BIN)/ruff check mcuexport tests
	$(BIN)/pytest -n $(JOBS) --dist worksteal tests

check: $(VENV)/installed-dev
	$(BIN)/ruff check mcuexport tests
	$(BIN)/ruff format --check mcuexport tests
	$(BIN)/mypy

format: $(VENV)/installed-dev
	$(BIN)/ruff check --fix mcuexport tests
	$(BIN)/ruff format mcuexport tests

$(VENV)/bin/python:
	@echo "== making a virtual environment in $(VENV)"
	$(PYTHON) -m venv $(VENV)

$(VENV)/torch: $(VENV)/bin/python
	@echo "== installing $(TORCH) from $(TORCH_INDEX)"
	$(BIN)/pip install --quiet --retries 2 --extra-index-url $(TORCH_INDEX) "$(TORCH)"
	@touch $@

$(VENV)/installed: $(VENV)/torch pyproject.toml
	@echo "== installing mcuexport and what it needs"
	$(BIN)/pip install --quiet -e .
	@touch $@

$(VENV)/installed-dev: $(VENV)/installed
	@echo "== installing the test tools"
	$(BIN)/pip install --quiet -e '.[dev]'
	@touch $@

fuzz: $(VENV)/installed-dev debian
	FUZZ_CASES=$(FUZZ_CASES) $(BIN)/pytest -n $(JOBS) tests/test_random_graphs.py

fuzz-files: $(VENV)/installed-dev debian
	$(BIN)/pip install --quiet -e '.[fuzz]'
	for target in $${FUZZ_TARGETS:-$$($(BIN)/python tests/file_targets.py)}; do \
	    $(BIN)/python tests/fuzz_files.py $$target -max_total_time=$(FUZZ_SECONDS) -rss_limit_mb=4096 || exit 1; \
	done
	$(BIN)/python tests/fuzz_firmware.py -max_total_time=$(FUZZ_SECONDS)

test-cluster: $(VENV)/installed-dev debian
	@command -v pg_ctl >/dev/null || ls /usr/lib/postgresql/*/bin/pg_ctl >/dev/null || { echo "apt install postgresql"; exit 1; }
	$(BIN)/pip install --quiet -e '.[ray,postgresql]' psutil
	PYTHONPATH=$(CURDIR):$(CURDIR)/tests $(BIN)/pytest tests/cluster_search.py

prove: $(VENV)/installed-dev debian
	$(BIN)/python tests/prove_networks.py

pythons: $(VENV)/installed-dev
	$(BIN)/python tests/same_bytes.py make build/pythons
	for python in $(PYTHONS); do \
	    $$python -m venv build/pythons/$$python && \
	    build/pythons/$$python/bin/pip install --quiet --extra-index-url $(TORCH_INDEX) "$(TORCH)" . && \
	    build/pythons/$$python/bin/python tests/same_bytes.py digest build/pythons > build/pythons/$$python.txt && \
	    sha256sum < build/pythons/$$python.txt || exit 1; \
	done
	@test "$$(cat build/pythons/*.txt | sort -u | wc -l)" = "$$(wc -l < build/pythons/$(firstword $(PYTHONS)).txt)"

bench: $(VENV)/installed-dev debian
	$(BIN)/mcuexport bench kernels --markdown > docs/performance.md

# Compilers and emulator from Debian or Ubuntu; elsewhere the tests name what is missing.
debian:
	@missing=$$(dpkg-query -W -f '$${Package} $${Status}\n' $(DEBIAN_PACKAGES) 2>/dev/null \
	    | awk '/ install ok installed$$/ {print $$1}' | sort > $(VENV)/debian-present; \
	    printf '%s\n' $(DEBIAN_PACKAGES) | sort | comm -23 - $(VENV)/debian-present); \
	if [ -n "$$missing" ] && command -v apt-get >/dev/null; then \
	    echo "== installing Debian packages:" $$missing; \
	    sudo=$$( [ "$$(id -u)" = 0 ] || echo sudo ); \
	    $$sudo apt-get update -qq && \
	    DEBIAN_FRONTEND=noninteractive $$sudo apt-get install -qq -y --no-install-recommends $$missing >/dev/null; \
	fi

clean:
	rm -rf build dist runs .pytest_cache .mypy_cache .ruff_cache
