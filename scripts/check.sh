#!/usr/bin/env bash
# The whole check before a push: rebuild what is generated, see that nothing
# changed, and run the tests.
set -euo pipefail
cd "$(dirname "$0")/.."

scripts/generate.sh
git diff --exit-code -- '*_templ.go' '*.gen.go' static/console.css static/css/inputs.sha256

unformatted=$(git ls-files '*.go' | xargs gofmt -l)
if [ -n "$unformatted" ]; then
  printf 'not formatted, run gofmt -w on:\n%s\n' "$unformatted" >&2
  exit 1
fi
go mod verify
go mod tidy -diff
scripts/test.sh
