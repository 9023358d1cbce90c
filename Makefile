# Everything a newcomer needs: `make run`, `make test`. Go and a C compiler are expected; the rest is installed when missing.
GO     ?= go
# What the tests drive: a real Chromium. On other systems install it yourself and put it into PATH.
DEBIAN  = chromium
SUDO    = $(if $(filter 0,$(shell id -u)),,sudo)
LINT    = github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.15.0

.PHONY: run test check fmt e2e deps soak bench

run: ## a living room at http://127.0.0.1:8080
	$(GO) run . demo

test: deps ## what must pass everywhere
	$(GO) build ./...
	$(GO) vet ./...
	$(GO) test ./internal/arch
	$(GO) test -race -shuffle=on -timeout 14m ./...

e2e: deps ## the evening in a real browser; pictures in e2e/artefacts
	$(GO) test -race -count=1 -v -timeout 10m ./e2e

check: ## what a maintainer runs before a commit: format, lint, and types (for which alone Node is needed)
	$(GO) run $(LINT) fmt --diff
	$(GO) run $(LINT) run
	cd client/web && npm ci --silent --no-audit --no-fund && npx tsc -p .

fmt:
	$(GO) run $(LINT) fmt

bench: ## Porchlight beside its peers, about an hour on two cores; figures in bench/results.json (bench/README.md)
	cd bench && $(GO) run . -json results.json

soak: ## races that show once in a hundred
	$(GO) test -race -count=100 ./server/room ./server/web ./client

deps: ## what the tests need and the machine lacks
	@command -v chromium >/dev/null || command -v chromium-browser >/dev/null || command -v google-chrome >/dev/null || { \
	  command -v apt-get >/dev/null || { echo "The browser tests need Chromium in PATH." >&2; exit 1; }; \
	  $(SUDO) apt-get update -qq && $(SUDO) env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $(DEBIAN); }
