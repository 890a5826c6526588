#!/usr/bin/env bash
# Measures on SQLite, and on PostgreSQL where its server binaries are installed.
# Arguments go to the program: scripts/bench.sh -applications 100000
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/machine.sh

postgres=()
if [ -n "$(find_postgres)" ]; then
  scratch=$(mktemp -d)
  trap 'stop_postgres "$scratch/postgres"; rm -rf "$scratch"' EXIT
  postgres=(-postgres "$(start_postgres "$scratch/postgres")")
fi
go run ./bench ${postgres[@]+"${postgres[@]}"} "$@"
