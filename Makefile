# SPDX-License-Identifier: Apache-2.0
# The front door. Meson builds; this file knows the build folders' settings
# and is short for what one types. Everything is bounded and says little
# unless it fails.

JOBS = 2
SECONDS = 20
RUNS = 10000
FAXES = 200
IDLE = 10000
PAIRS = 50
EACH = 12
SEED =
PREFIX ?= /usr/local
DESTDIR ?=
STEP = tools/step
SETUP = meson setup --prefix $(PREFIX)
NINJA = ninja -j $(JOBS) -C
TEST = meson test --no-rebuild --num-processes $(JOBS) --print-errorlogs -C
SOURCES = $(wildcard src/*/*.[ch] tests/*/*.[ch] fuzz/*.[ch] bench/*.[ch] \
	model/*.[ch])
PURE = $(wildcard src/base/*.c src/wire/*.c src/core/*.c)
SCRIPTS = check demo packaging/faxwire.bash-completion $(shell grep -lE '^\#!/bin/(ba)?sh' .ci/* tools/* \
	tests/e2e/* bench/* model/* 2>/dev/null)
# A missing man/ is a fault that mandoc reports.
PAGES = $(or $(wildcard man/*.[1-8]),man)
FLAGS = -std=gnu17 -D_GNU_SOURCE -DFAXWIRE_VERSION='"0"' -Isrc

.PHONY: build check lint clang asan fuzz model sim oom coverage e2e page chaos abuse bench demo \
	install clean
build: build/build.ninja
	@$(STEP) build 600 $(NINJA) build

build/build.ninja:
	@$(STEP) configure 120 $(SETUP) build
build-clang/build.ninja:
	@CC=clang $(STEP) configure-clang 120 $(SETUP) build-clang
# gcc 12 sees false -Wconversion faults once UBSan is in: not an error here.
build-asan/build.ninja:
	@$(STEP) configure-asan 120 $(SETUP) build-asan \
		-Db_sanitize=address,undefined -Db_lundef=false \
		-Dwerror=false -Dc_args=-fno-sanitize-recover=all
build-fuzz/build.ninja:
	@CC=clang $(STEP) configure-fuzz 120 $(SETUP) build-fuzz -Dfuzz=true \
		-Db_sanitize=address,undefined -Db_lundef=false \
		-Dc_args=-fno-sanitize-recover=all

check: build
	@$(STEP) check 600 $(TEST) build
	@tools/count build/meson-logs/testlog.json

clang: build-clang/build.ninja
	@$(STEP) clang 600 $(NINJA) build-clang

asan: build-asan/build.ninja
	@$(STEP) build-asan 600 $(NINJA) build-asan
	@$(STEP) asan 900 $(TEST) build-asan --no-suite house \
		--no-suite model
	@tools/count build-asan/meson-logs/testlog.json

# One target alone: make fuzz TARGETS=base_text
fuzz: build-fuzz/build.ninja
	@$(STEP) build-fuzz 600 $(NINJA) build-fuzz
	@tools/fuzz build-fuzz $(SECONDS) $(TARGETS)

# Every race of a call, walked by spin; make model DEEP=--deep walks for minutes.
model: build
	@$(STEP) model 1800 model/run build/model/states $(DEEP)

LINTS = format headers tidy cppcheck analyzer spelling shell man
.PHONY: $(LINTS:%=lint-%)
lint: $(LINTS:%=lint-%)

lint-format:
	@$(STEP) lint/format 60 clang-format --dry-run -Werror $(SOURCES)
# Each header stands alone.
lint-headers:
	@$(STEP) lint/headers 120 sh -ec 'for file; do \
		gcc $(FLAGS) -fsyntax-only -x c "$$file"; done' sh \
		$(filter %.h,$(SOURCES))
lint-tidy: build-clang/build.ninja
	@$(STEP) lint/tidy 600 run-clang-tidy -quiet -j $(JOBS) -p build-clang \
		$(filter src/%.c,$(SOURCES))
lint-cppcheck:
	@$(STEP) lint/cppcheck 300 cppcheck --quiet -j $(JOBS) --std=c11 \
		--enable=warning,performance,portability --inline-suppr \
		--suppress=normalCheckLevelMaxBranches --error-exitcode=1 \
		-D_GNU_SOURCE --include=tools/cppcheck.h -Isrc src
lint-analyzer:
	@$(STEP) lint/analyzer 300 sh -ec 'for file; do \
		gcc $(FLAGS) -O1 -fanalyzer -Werror -c -o /dev/null "$$file"; \
		done' sh $(PURE)
lint-spelling:
	@$(STEP) lint/spelling 60 codespell --skip './build*,./.git,*/corpus/*,*/node_modules' \
		--ignore-words tools/words
lint-shell:
	@$(STEP) lint/shell 60 shellcheck $(SCRIPTS)
lint-man:
	@$(STEP) lint/man 60 sh -ec 'for page; do \
		mandoc -T lint -W warning "$$page"; done' sh $(PAGES)

# Relays and terminals in memory; SEED is the first of RUNS seeds.
sim: build
	@$(STEP) sim 3600 build/tests/sim/sim tests/sim/scenarios/*.scn \
		--runs $(RUNS) --seed $(or $(SEED),1)

# Memory runs out at each allocation in its turn; `make asan` looks for leaks.
oom: build
	@$(STEP) oom 300 build/tests/oom/oom

build-coverage/build.ninja:
	@$(STEP) configure-coverage 120 $(SETUP) build-coverage \
		-Db_coverage=true
# The pure layers by their own unit tests alone: 95 lines of 100.
coverage: build-coverage/build.ninja
	@$(STEP) build-coverage 600 $(NINJA) build-coverage
	@$(STEP) coverage-tests 300 $(TEST) build-coverage --suite base \
		--suite wire --suite core
	@$(STEP) coverage 60 gcovr --root . build-coverage --print-summary \
		--filter 'src/(base|wire|core)/' --fail-under-line 95

e2e: build
	@tests/e2e/run
# The page in a browser; tools/setup page installs that.
page: build
	@tests/page/run
# Longer, or the order of another run: make chaos FAXES=1000 SEED=7
chaos: build
	@timeout 1800 tests/e2e/chaos $(FAXES) $(SEED)
# A relay with 10,000 idle terminals and 50 calls, and those who mean ill.
abuse: build
	@timeout 1200 tests/e2e/abuse $(IDLE) $(PAIRS) $(EACH)
bench: build
	@bench/run
demo: build
	@tools/demo

install: build
	DESTDIR=$(DESTDIR) meson install -C build --no-rebuild --quiet

clean:
	rm -rf build build-clang build-asan build-fuzz build-coverage
