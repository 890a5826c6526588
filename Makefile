# Everything that is done with this tree by hand. `make` alone lists it.
.DEFAULT_GOAL := help
.PHONY: help run dev build generate test bench screenshots check

help: ## List what there is
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: ## Serve the console from this tree
	go run .

dev: ## Serve it and rebuild on every change: templates, styles, Go
	scripts/dev.sh

build: ## Build bin/latchkey
	go build -trimpath -o bin/latchkey .

generate: ## Rebuild what is generated and committed (needs Node for the styles)
	scripts/generate.sh

test: ## Run every test, on both engines and in a real browser; installs what is missing
	scripts/test.sh

bench: ## Measure ours beside a bare program, in one run, as ratios
	scripts/bench.sh

screenshots: ## Draw the pictures of the README anew
	scripts/screenshots.sh

check: ## Generated files fresh, gofmt, vet, module file, tests
	scripts/check.sh
