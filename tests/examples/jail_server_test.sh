#!/bin/bash
# Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

# examples/jail:server: each request is answered by a process of its own, which
# is logged with its verdict; no more of them are at work than it says.

set -u

work=$(mktemp -d -p "${TEST_TMPDIR:-/tmp}")
trap 'rm -rf "$work"' EXIT
passed=0
failed=0

check() {
  if "${@:2}"; then
    passed=$((passed + 1))
  else
    failed=$((failed + 1))
    echo "FAIL $1"
    tail "$work/answers" "$work/log"
  fi
}

gzip -c LICENSE > "$work/whole.gz"
head -c 1000 "$work/whole.gz" > "$work/cut.gz"
head -c 8000000 /dev/zero | gzip -c > "$work/bomb.gz"

SeedParity_Row45_EachRequestHasAProcessOfItsOwnAndItsVerdictIsLogged() {
  for _ in $(seq 40); do
    echo "$work/whole.gz"
    echo "$work/cut.gz"
  done > "$work/requests"
  echo "$work/bomb.gz" >> "$work/requests"
  examples/jail/server < "$work/requests" > "$work/answers" 2> "$work/log"
  check "exit code" [ $? -eq 0 ]
  check "answers" [ "$(wc -l < "$work/answers")" -eq 81 ]
  check "whole files" \
    [ "$(grep -c "whole.gz: 11358 bytes$" "$work/answers")" -eq 40 ]
  check "cut files" \
    [ "$(grep -c 'cut.gz: .*ends too early' "$work/answers")" -eq 40 ]
  check "the bomb" grep -q 'bomb.gz: the output is longer than' "$work/answers"
  check "verdicts" [ "$(wc -l < "$work/log")" -eq 81 ]
  check "clean" [ "$(grep -c ': clean, [0-9]* bytes in, 11358 out$' \
    "$work/log")" -eq 40 ]
  check "refused" [ "$(grep -c ': refused, 1000 bytes in' "$work/log")" -eq 40 ]
  check "too long" [ "$(grep -c ': output_limit, ' "$work/log")" -eq 1 ]
  check "workers" [ "$(grep -oE '^worker [0-9]+' "$work/log" | sort -u |
    wc -l)" -eq 81 ]
}

# As many get ready meanwhile; and one template for each of both.
SeedParity_Row45_NoMoreAreAtWorkThanItSays() {
  local most=0 now
  yes "$work/bomb.gz" | head -n 60 > "$work/requests"
  examples/jail/server < "$work/requests" > "$work/answers" 2> "$work/log" &
  local server=$!
  while kill -0 "$server" 2> /dev/null; do
    now=$(cat /proc/"$server"/task/*/children 2> /dev/null | wc -w)
    [ "$now" -gt "$most" ] && most=$now
  done
  wait "$server"
  check "bombs" [ "$(grep -c ': output_limit, ' "$work/log")" -eq 60 ]
  check "some were seen, no more than 16: $most" \
    [ "$most" -gt 0 -a "$most" -le 16 ]
}

# As `bazel run` has it, which starts it in another folder.
NamesAreTakenWhereItIsCalled() {
  (cd "$work" && ls ./*.gz) |
    BUILD_WORKING_DIRECTORY=$work examples/jail/server \
      > "$work/answers" 2> "$work/log"
  check "a relative name" grep -q '^./whole.gz: 11358 bytes$' "$work/answers"
  check "all are answered" [ "$(wc -l < "$work/answers")" -eq 3 ]
  (echo whole.gz; echo "$work/whole.gz") | examples/jail/server \
    > "$work/answers" 2> "$work/log"
  check "one that is not there" grep -q '^whole.gz: cannot be opened' \
    "$work/answers"
  check "it goes on" grep -q 'whole.gz: 11358 bytes$' "$work/answers"
}

SeedParity_Row45_EachRequestHasAProcessOfItsOwnAndItsVerdictIsLogged
SeedParity_Row45_NoMoreAreAtWorkThanItSays
NamesAreTakenWhereItIsCalled
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ] && [ "$passed" -eq 16 ]
