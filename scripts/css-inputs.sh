#!/usr/bin/env bash
# Prints one hash over everything that static/console.css is made from, and one
# of the file itself. scripts/generate.sh keeps the answer beside the source, so
# that a stale style sheet is noticed on a machine without Node.
set -euo pipefail
cd "$(dirname "$0")/.."

inputs() {
  printf '%s\n' package-lock.json static/css/source.css tailwind.config.js
  find views -name '*.templ' -o -name '*.go' ! -name '*_templ.go' # the globs of tailwind.config.js
}
printf 'inputs %s\n' "$(inputs | LC_ALL=C sort | xargs sha256sum | sha256sum | cut -d' ' -f1)"
printf 'output %s\n' "$(sha256sum <static/console.css | cut -d' ' -f1)"
