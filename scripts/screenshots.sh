#!/usr/bin/env bash
# Draws docs/images anew, from the sample organisation at a fixed time.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/machine.sh
[ -n "$(find_chromium)" ] || install_packages chromium
LATCHKEY_TEST_CHROMIUM=$(find_chromium) LATCHKEY_SCREENSHOTS=$PWD/docs/images go test -count=1 -run '^TestScreenshots$' ./e2e
