# make demo   write a bass for an example song, and drums for an example recording
# make test   run the tests
# make lint   ruff and mypy
# PYTHON is the interpreter that the virtual environment is made from, VENV the folder it goes to.

PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
SONG := examples/night_drive.mid
RESULT := demo/night_drive.bass.mid
HEARD := demo/night_drive.bass.wav
RECORDING := examples/neon_groove.ogg
RECORDED := demo/neon_groove.drums.wav

.DEFAULT_GOAL := help
.PHONY: help demo test lint

help:
	@sed -n '/^$$/q; s/^# //p' Makefile

demo: $(VENV)/.installed
	@mkdir -p $(dir $(RESULT))
	$(BIN)/msub insert $(SONG) --instrument bass --seed 7 --overwrite --out $(RESULT) --listen $(HEARD)
	$(BIN)/msub insert $(RECORDING) --stem drums --seed 7 --overwrite --out $(RECORDED)
	@echo "The song without a bass:     $(SONG)"
	@echo "The same with a bass:        $(RESULT), to listen to: $(HEARD)"
	@echo "The recording without drums: $(RECORDING)"
	@echo "The same with drums:         $(RECORDED)"

test: $(VENV)/.installed-dev
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n auto --maxprocesses 4 --dist loadfile

lint: $(VENV)/.installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

$(BIN)/python:
	$(PYTHON) -m venv $(VENV)

# The stamps are older than pyproject.toml when what is installed no longer matches it. An existing virtual
# environment is used as it is, whatever its age.
$(VENV)/.installed: pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install --editable '.[render]'
	@touch $@

$(VENV)/.installed-dev: pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install --editable '.[dev]'
	@touch $(VENV)/.installed $@
