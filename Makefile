# Two commands for a fresh machine: `make demo` and `make test`. Each sets itself up in .venv.
# Needed beforehand: Python 3.11 to 3.14, make, and a package index that pip can reach.

SHELL := /bin/sh
PY := .venv/bin/python
export OPENBLAS_NUM_THREADS ?= 1
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: help demo test test-long lint bench bench-full bench-real bench-peers bench-record bench-reprocess bench-web kills kills-web serve-demo docs notebooks samples lock clean

help:
	@echo "make demo       measure the sample course and say where the report is"
	@echo "make test       the tests (about seven minutes)"
	@echo "make test-long  the slow tests too"
	@echo "make lint       style, types, floors of the house"
	@echo "make bench      how true the numbers are, quick; make bench-full for the record"
	@echo "make bench-real real photographs of cards and lesions, and measured spectra, where they are at hand"
	@echo "make bench-peers open tools and pigtrack on the same photographs (about half an hour)"
	@echo "make bench-record  how quickly a full record answers (about five minutes)"
	@echo "make bench-reprocess  what measuring again costs: workers, the record, Dask, memory (about half an hour)"
	@echo "make kills      a thousand kills of whoever works on a record (about ten minutes)"
	@echo "make serve-demo the web app with the sample courses; prints where to click"
	@echo "make bench-web  how the web app answers fifty people over 10,000 courses (about ten minutes)"
	@echo "make kills-web  a hundred kills of the web app's server under load (about twenty minutes)"
	@echo "make docs       the docs' tables, figures and pictures, from the code and the benchmarks' output"
	@echo "make notebooks  run the notebooks and keep their pictures"
	@echo "make samples    render the sample courses again"
	@echo "make lock       resolve the dependencies again"

demo: .venv/ready-run
	@$(PY) -m pigtrack demo

test: .venv/ready-dev
	@sh .ci/get-system-packages
	@$(PY) -m pytest -n 2 --dist loadfile -q

test-long: .venv/ready-dev
	@$(PY) -m pytest -n 2 --dist loadfile -q -m "slow or not slow"

lint: .venv/ready-dev
	@$(PY) -m ruff check .
	@$(PY) -m mypy
	@$(PY) -c "from importlinter.cli import lint_imports_command; lint_imports_command()" --no-cache

bench: .venv/ready-run
	@$(PY) -m pigtrack bench accuracy

bench-full: .venv/ready-run
	@$(PY) -m pigtrack bench accuracy --full

# Each prints its own table; a benchmark that needs photographs says so and goes on where they are missing.
bench-real: .venv/ready-dev
	@for each in real_photographs real_lesions real_cards_colour cards spectra_only checks; do \
	  if test -f benchmarks/$$each.py; then echo "== $$each"; $(PY) benchmarks/$$each.py || exit 1; fi; \
	done

# Each tool gets an environment of its own in .peers; one that can't be installed is said, and left out.
bench-peers: .venv/ready-dev
	@$(PY) benchmarks/peers/run.py

bench-record: .venv/ready-dev
	@$(PY) benchmarks/record.py --out docs/figures/record.json

bench-reprocess: .venv/ready-dev
	@$(PY) benchmarks/reprocess.py

kills: .venv/ready-dev
	@$(PY) benchmarks/kills.py

serve-demo: .venv/ready-run
	@$(PY) -m pigtrack serve --demo

bench-web: .venv/ready-dev
	@$(PY) benchmarks/web_load.py

kills-web: .venv/ready-dev
	@$(PY) benchmarks/web_kills.py

docs: .venv/ready-dev
	@for each in tables figures flow pictures screens; do $(PY) docs/make_$$each.py || exit 1; done

notebooks: .venv/ready-dev
	@$(PY) docs/make_notebooks.py

samples: .venv/ready-run
	@$(PY) sample_images/make_samples.py

.venv/created: .ci/make-venv
	@sh .ci/make-venv
	@touch .venv/created

.venv/ready-run: .venv/created locks/run.txt pyproject.toml
	@test -e .venv/ready-dev || $(PY) -m pip install -q --require-hashes -r locks/run.txt
	@test -e .venv/ready-dev || $(PY) -m pip install -q --no-deps -e .
	@touch .venv/ready-run

.venv/ready-dev: .venv/created locks/dev.txt pyproject.toml
	@$(PY) -m pip install -q --require-hashes -r locks/dev.txt
	@$(PY) -m pip install -q --no-deps --no-build-isolation -e .
	@touch .venv/ready-dev

LOCK := uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-annotate --no-header -q

lock: .venv/created
	@$(PY) -m pip install -q uv
	@$(PY) -m $(LOCK) -o locks/run.txt
	@$(PY) -m $(LOCK) --group dev -o locks/dev.txt

clean:
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis dist build
