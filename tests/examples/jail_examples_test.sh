#!/bin/bash
# Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

# examples/jail: what comes out of a jail is what comes out without one; what a
# hostile input does is told in one line, by the name of its end.

set -u

work=$(mktemp -d -p "${TEST_TMPDIR:-/tmp}")
trap 'rm -rf "$work"' EXIT
passed=0
failed=0

# expect NAME CODE INPUT ERRORS [ARGUMENT]: the example's exit code, and a line
# like that on standard error, or none; its output is then in $work/output.
expect() {
  local name=$1 code=0
  "examples/jail/$name" "${@:5}" < "$3" > "$work/output" 2> "$work/errors" ||
    code=$?
  check "$name: exit code $code" [ "$code" -eq "$2" ]
  if [ -n "$4" ]; then
    check "$name: errors" grep -qE -- "$4" "$work/errors"
  else
    check "$name: no errors" [ ! -s "$work/errors" ]
  fi
}

check() {
  if "${@:2}"; then
    passed=$((passed + 1))
  else
    failed=$((failed + 1))
    echo "FAIL $1"
    cat "$work/errors"
  fi
}

gzip -c LICENSE > "$work/whole.gz"
head -c 1000 "$work/whole.gz" > "$work/cut.gz"
head -c 20000000 /dev/zero | gzip -c > "$work/bomb.gz"
echo "no gzip" > "$work/text"

for twin in inflate inflate_unjailed; do
  expect "$twin" 0 "$work/whole.gz" ''
  check "$twin: output" cmp LICENSE "$work/output"
  expect "$twin" 1 "$work/cut.gz" 'the input ends too early'
  expect "$twin" 1 "$work/text" 'incorrect header check'
done
# What cannot be written is an error, also where the number of standard output
# was free for others to take.
for program in inflate inflate_unjailed verified; do
  code=0
  "examples/jail/$program" < "$work/whole.gz" 2> "$work/errors" >&- || code=$?
  check "$program: standard output is closed: exit code $code" [ $code -eq 1 ]
  check "$program: standard output is closed" \
    grep -q '^standard output: Bad file descriptor$' "$work/errors"
done
# One that has no end is not read to it.
for program in inflate inflate_unjailed typed verified; do
  expect "$program" 1 /dev/zero \
    '^the input is longer than 16777216 bytes, and this program takes no more$'
done
# One that is as long as it may be.
head -c 16777216 /dev/urandom > "$work/noise"
expect verified 0 "$work/noise" '^16777216 bytes packed into [0-9]+, and verified$'
# The twins differ in the jail: so many lines are in one of them only.
check "the twins" [ "$(diff examples/jail/inflate_unjailed.cc \
  examples/jail/inflate.cc | grep -c '^[<>]')" -le 30 ]
expect inflate_unjailed 0 "$work/bomb.gz" ''
expect inflate 1 "$work/bomb.gz" 'the output is longer than 16777216 bytes'
check "no part of a bomb comes out" [ ! -s "$work/output" ]

djpeg examples/data/mandelbrot.jpg | pnmtopng > "$work/picture.png" 2> /dev/null
expect typed 0 "$work/picture.png" ''
check "typed: output" grep -qx '480 x 320, [1-9][0-9]* of them bright' \
  "$work/output"
expect typed 1 "$work/text" 'the decoder refused the input'

expect verified 0 LICENSE '^11358 bytes packed into [0-9]+, and verified$'
gunzip < "$work/output" > "$work/text_again"
check "verified: output" cmp LICENSE "$work/text_again"
expect verified 1 LICENSE 'it differs at byte 5679 of 11358' lie
check "nothing unverified comes out" [ ! -s "$work/output" ]

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ] && [ "$passed" -eq 47 ]
