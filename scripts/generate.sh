#!/bin/sh
# Rebuilds what is generated and committed: the _templ.go files, the server of the
# API and static/console.css.
# Running it twice changes nothing. Node is needed here and nowhere else.
set -eu
cd "$(dirname "$0")/.."

go tool templ generate -log-level warn
go tool oapi-codegen -config handlers/api/oapi-codegen.yaml handlers/api/openapi.yaml

# npm ci installs exactly what package-lock.json pins; it is skipped while that is already in place.
if ! cmp -s package-lock.json node_modules/.installed-lock 2>/dev/null; then
  npm ci --no-audit --no-fund --loglevel=error
  cp package-lock.json node_modules/.installed-lock
fi
node_modules/.bin/tailwindcss --input static/css/source.css --output static/console.css --minify

# The check without Node compares this hash (scripts/check-generated.sh).
scripts/css-inputs.sh >static/css/inputs.sha256
