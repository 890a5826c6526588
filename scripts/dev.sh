#!/usr/bin/env bash
# Three watchers as one: Tailwind rebuilds the style sheet, templ regenerates
# the templates and starts the server again after every change, and its proxy on
# port 7331 reloads the browser. Ctrl+C ends all of them.
set -euo pipefail
cd "$(dirname "$0")/.."

scripts/generate.sh
trap 'kill $(jobs -p) 2>/dev/null' EXIT

node_modules/.bin/tailwindcss --input static/css/source.css --output static/console.css --watch=always &
go tool templ generate --watch --log-level warn \
  --watch-pattern '(.+\.go$)|(.+\.templ$)|(static/.+\.(css|js|svg)$)|(.+\.sql$)' \
  --ignore-pattern 'node_modules|static/css' \
  --proxy http://127.0.0.1:8080 --open-browser=false \
  --cmd 'go run .'
