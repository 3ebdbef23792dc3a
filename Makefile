# Everything is downloaded through the Go module proxy or npm, or built into
# ${PONDER_CACHE:-~/.cache/ponder}; nothing is installed into the system but the
# Debian packages that "make test" names: those to build Ollama if it has to, and
# coq, graphviz, libxml2-utils, python3, nodejs, npm, chromium and its fonts if they are
# missing.
SHELL := /bin/bash
.DELETE_ON_ERROR:

GO ?= go
FUZZTIME ?= 10s
BENCH ?= .
PKGS ?= ./...
# Packages whose tests keep provers busy: they have the machine to themselves.
PROOFS := /(env/coq|env/lean|prove)(/|$$)
STATICCHECK := $(GO) run honnef.co/go/tools/cmd/staticcheck@v0.8.2

.PHONY: help
help: ## show this list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/\1\t\2/p' $(MAKEFILE_LIST) | expand -t 12

.PHONY: build
build: ## build ./ponder
	$(GO) build -o ponder ./cmd/ponder

.PHONY: test
test: lint coq languages ## run every check and test, with -race but for a thousand searches that take minutes without it, then the time limits of the page by themselves; gets an Ollama first (one on PATH, or built once: minutes, may apt-get C++ headers)
	scripts/with-ollama.sh $(GO) test -race -timeout 40m -tags ollama $$($(GO) list $(PKGS) | grep -vE '$(PROOFS)')
	scripts/with-ollama.sh $(GO) test -race -p 1 -timeout 40m -tags ollama $$($(GO) list $(PKGS) | grep -E '$(PROOFS)')
	scripts/with-ollama.sh $(GO) test -timeout 40m -tags ollama -run TestThousandSearchesInBadWeather .
	$(GO) test -run 'TestHundredThousandNodes' ./cmd/ponder -quiet-machine

.PHONY: coq
coq: ## install Debian's coq if it is missing: proofs are tested against it
	scripts/get-debian.sh coq

.PHONY: languages
languages: ## install Debian's python3 and nodejs if they are missing: plug-ins in Python and JavaScript are tested
	@command -v python3 >/dev/null || scripts/get-debian.sh python3
	@command -v node >/dev/null || scripts/get-debian.sh nodejs

.PHONY: pictures
pictures: ## draw the pictures of README and docs anew, in a real browser
	$(GO) test -count 1 -run 'TestPictures' ./cmd/ponder -pictures $(CURDIR)/docs/pictures

.PHONY: lint
lint: ## check formatting, go vet, staticcheck (fetched by go run), with and without the tag ollama
	@unformatted=$$(gofmt -l .); [[ -z $$unformatted ]] || { echo "not formatted (make fmt): $$unformatted"; exit 1; }
	$(GO) vet $(PKGS)
	$(GO) vet -tags ollama $(PKGS)
	$(STATICCHECK) $(PKGS)
	$(STATICCHECK) -tags ollama $(PKGS)

.PHONY: fmt
fmt: ## format all Go files
	gofmt -w .

.PHONY: fuzz
fuzz: ## fuzz each target for FUZZTIME (10s)
	@set -euo pipefail; \
	for pkg in $$($(GO) list $(PKGS)); do \
	  list=$$($(GO) test -list '^Fuzz' $$pkg); \
	  for target in $$(grep '^Fuzz' <<<"$$list" || true); do \
	    echo "$$target of $$pkg"; \
	    $(GO) test -run '^$$' -fuzz "^$$target\$$" -fuzztime $(FUZZTIME) $$pkg; \
	  done; \
	done

.PHONY: bench
bench: ## run the benchmarks that match BENCH (all); a real-model one needs scripts/with-ollama.sh
	$(GO) test -run '^$$' -bench '$(BENCH)' -benchmem $(PKGS)

.PHONY: clean
clean: ## remove what was built here (the Ollama in the cache stays)
	rm -rf ponder build
