#!/bin/bash
# Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

# Each example with a jailed and an unjailed twin: both make of a file what an
# independent decoder makes of it, both refuse it when it is cut off, in the same
# words, and in their sources they differ in the jail. What they decode is in
# twins.table.

set -u

# The lines that are in one of two twins only.
most_lines=30

here=$PWD
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
    cat "$work/jailed" "$work/unjailed" "$work/errors" 2>/dev/null
  fi
}

# run FILE: what both twins of $folder print of it, and their exit codes.
run() {
  local twin
  for twin in jailed unjailed; do
    "$here/examples/$folder/$twin" "$1" > "$work/$twin" 2>&1
    codes[$twin]=$?
  done
}

both_are() { [ "${codes[jailed]}${codes[unjailed]}" = "$1$1" ]; }

# What the jailed twin says of a refusal contains the unjailed twin's words.
same_words() {
  local words
  words=$(sed "s|^$1: ||" "$work/unjailed")
  grep -qF "INVALID_ARGUMENT and the words \"$words\"" "$work/jailed"
}

declare -A codes rows
cd "$work" || exit 1
djpeg "$here/examples/data/mandelbrot.jpg" > picture.ppm
ppmtopgm picture.ppm > grey.pgm
pgmramp -lr 480 320 > alpha.pgm
pamstack -quiet -tupletype RGB_ALPHA picture.ppm alpha.pgm > rgba.pam
pnmquant -quiet 128 picture.ppm > few.ppm
pamdepth 65535 picture.ppm > deep.ppm
cp "$here/LICENSE" text

while IFS= read -r row; do
  [[ $row = *' :: '* && $row != '#'* ]] || continue
  IFS=$'\t' read -r folder f make kind reference <<< "${row// :: /$'\t'}"
  rows[$folder]=yes
  eval "$make" > "$f" 2> errors
  check "$folder/$f: is made" [ -s "$f" ]
  expected=$(eval "$reference" 2>> errors |
    python3 "$here/tests/examples/picture_line.py" "$kind" 2>> errors)
  run "$f"
  check "$folder/$f: both are clean" both_are 0
  for twin in jailed unjailed; do
    check "$folder/$f: $twin: is $expected" \
      [ "$(cat $twin)" = "$f: clean, $expected" ]
  done
  head -c $(($(stat -c %s "$f") * 3 / 5)) "$f" > "cut_$f"
  run "cut_$f"
  check "$folder/$f, cut off: is refused" both_are 1
  check "$folder/$f, cut off: in the same words" same_words "cut_$f"
done < "$here/tests/examples/twins.table"

cd "$here" || exit 1
for folder in examples/*/jailed; do
  folder=$(basename "$(dirname "$folder")")
  check "$folder has rows" [ "${rows[$folder]:-no}" = yes ]
  unset "rows[$folder]"
  check "$folder: sources" [ "$(diff "examples/$folder/unjailed.cc" \
    "examples/$folder/jailed.cc" | grep -c '^[<>]')" -le "$most_lines" ]
  echo "no $folder" > "$work/other"
  run "$work/other"
  check "$folder: another file is refused" both_are 1
  check "$folder: in the same words" same_words "$work/other"
done
check "every row has twins: ${!rows[*]}" [ ${#rows[@]} -eq 0 ]

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ] && [ "$passed" -gt 200 ]
