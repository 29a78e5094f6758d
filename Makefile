# `make` alone says what there is. Arguments go through ARGS: make run ARGS="--agents 0"

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

# rustup's directory, for shells that were open while Rust was installed.
export PATH := $(PATH):$(or $(CARGO_HOME),$(HOME)/.cargo)/bin
# SQL is checked against .sqlx; `make update` brings that up to date.
export SQLX_OFFLINE := true

ARGS ?=
# Rows of the benchmarks, e.g. make bench P=P9 or P=P1,P4; all when left out.
P ?=
# The profile of `make run`: dev is there in half the time and shares its build with the tests.
PROFILE ?= dev

.PHONY: help
help: ## Say what there is
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: setup
setup: ## Find or install Postgres, nats-server and a C compiler
	@bash scripts/setup

.PHONY: run
run: setup ## Start everything: Postgres, NATS, Pantheon and simulated agents
	@cargo run --locked --profile $(PROFILE) --bin pantheon -- dev $(ARGS) || [ $$? = 130 ]

.PHONY: test
test: setup ## Run all tests, on a real Postgres and a real nats-server
	@bash scripts/test $(ARGS)

.PHONY: check
check: ## Hold the tree against its rules: format, lints, documents, SQL, generated files, the API, licences
	@bash scripts/setup --check
	@bash scripts/check

.PHONY: fuzz
fuzz: ## Try every operation of the API's document on a running node (a part of `make check`)
	@bash scripts/setup --check
	@bash scripts/fuzz $(ARGS)

.PHONY: update
update: ## Regenerate what is generated: .sqlx and the contracts
	@bash scripts/setup --check
	@bash scripts/update

.PHONY: bench
bench: setup ## Measure, side by side with the peers
	@cargo build --locked --release --bin pantheon --bin pantheon-bench --package pantheon --package pantheon-bench
	@cargo run --locked --release --package pantheon-bench -- $(if $(P),--only $(P)) $(ARGS)

.PHONY: bench-quick
bench-quick: setup ## The same with smaller counts, in less than five minutes
	@$(MAKE) bench ARGS="--quick $(ARGS)"

.PHONY: release
release: setup ## Build the optimised binary
	@cargo build --locked --release --bin pantheon
