# Reads `go test -v` and keeps what a person wants to read: one line for each
# package that passed, everything for one that failed, and every skipped test
# with its reason. A skipped test fails the run: `make test` promises all.
{ lines[count++] = $0 }
/^ *--- SKIP: / { skipped++ }
/^(ok|FAIL|\?|---)[ \t]*[ \t].*latchkey/ && !/^---/ {
  failed = /^FAIL/
  for (i = 0; i < count; i++) {
    if (i == count - 1) print lines[i]
    else if (failed && lines[i] !~ /^=== (RUN|PAUSE|CONT|NAME)/ && lines[i] !~ /^ *--- PASS/ && lines[i] != "PASS") print lines[i]
    else if (lines[i] ~ /^ *--- SKIP: /) { print lines[i - 1]; print lines[i] } # the reason comes first
  }
  count = 0
  fflush()
}
END {
  for (i = 0; i < count; i++) if (lines[i] !~ /^=== (RUN|PAUSE|CONT|NAME)/) print lines[i]
  if (skipped) { print skipped " tests were skipped; none may be" > "/dev/stderr"; exit 1 }
}
