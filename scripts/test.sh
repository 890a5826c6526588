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

# The rooms where goroutines share things are watched by the race detector. It
# slows SQLite and password hashing several times, so the rooms above them, which
# share nothing of their own, are tested without.
concurrent='^latchkey/(access|store|token|web)(/|$)'
packages=$(go list "${@:-./...}")
raced=$(grep -E "$concurrent" <<<"$packages" || true)
plain=$(grep -vE "$concurrent|/e2e$" <<<"$packages" || true)
browser=$(grep -E '/e2e$' <<<"$packages" || true)

go vet $packages
test_lines() { go test -v -timeout 20m "$@" 2>&1 | awk -f scripts/test-lines.awk; }
status=0
if [ -n "$raced" ]; then test_lines -race $raced || status=1; fi
if [ -n "$plain" ]; then test_lines $plain || status=1; fi
# -count=1: the binary under test is built by the test, which the cache of test
# results does not see.
if [ -n "$browser" ]; then test_lines -count=1 $browser || status=1; fi
exit $status
