#!/usr/bin/env bash
# Fails when a generated file does not match its source. Needs no Node: the
# templates and the server of the API are generated again, the style sheet is
# held against the hash of what it was made from.
set -euo pipefail
cd "$(dirname "$0")/.."

generated() { find . -path ./node_modules -prune -o \( -name '*_templ.go' -o -name '*.gen.go' \) -print | LC_ALL=C sort | xargs sha256sum; }

before=$(generated)
go tool templ generate -log-level warn
go tool oapi-codegen -config handlers/api/oapi-codegen.yaml handlers/api/openapi.yaml
if ! changed=$(diff <(echo "$before") <(generated)); then
  printf 'These files were stale; run `make generate` and commit the result:\n%s\n' "$(grep -o '\./.*' <<<"$changed" | sort -u)" >&2
  exit 1
fi
if ! scripts/css-inputs.sh | cmp -s - static/css/inputs.sha256; then
  printf 'static/console.css does not match what it is made from; run `make generate` and commit the result.\n' >&2
  exit 1
fi
