#!/usr/bin/env bash
# Runs every test: both engines, a real browser, nothing skipped. Installs
# Debian's chromium and PostgreSQL when they are missing; needs Go alone.
#
#   scripts/test.sh                 everything
#   scripts/test.sh ./token ./e2e   these packages
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/machine.sh

need_everything

scratch=$(mktemp -d)
cleanup() { stop_postgres "$scratch/postgres"; rm -rf "$scratch"; }
trap cleanup EXIT
LATCHKEY_TEST_POSTGRES=$(start_postgres "$scratch/postgres") || { cat "$scratch/postgres.log" >&2; exit 1; }
LATCHKEY_TEST_CHROMIUM=$(find_chromium)
export LATCHKEY_TEST_POSTGRES LATCHKEY_TEST_CHROMIUM

packages=$(go list "${@:-./...}")
# The browser tests wait for a browser rather than race each other, and the
# detector would slow the server under them several times.
browser=$(grep -E '/e2e$' <<<"$packages" || true)
others=$(grep -vE '/e2e$' <<<"$packages" || true)

go vet $packages
test_lines() { go test -v -timeout 20m "$@" 2>&1 | awk -f scripts/test-lines.awk; }
status=0
if [ -n "$others" ]; then test_lines -race $others || status=1; fi
# -count=1: the binary under test is built by the test, which the cache of test
# results does not see.
if [ -n "$browser" ]; then test_lines -count=1 $browser || status=1; fi
exit $status
