#!/bin/bash
# Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

# Each example with a jailed and an unjailed twin: both make of a file what an
# independent decoder makes of it, both refuse it when it is cut off, in the same
# words, and in their sources they differ in the jail (twin_sources.py). What they
# decode is in twins.table.

set -u

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

# expect KIND REFERENCE: into $expected, what both have to say of $f; made once
# where it does not depend on that.
expect() {
  expected=${known["$1 $2"]:-}
  [ -z "$expected" ] || return
  expected=$(eval "$2" 2>> errors |
    python3 "$here/tests/examples/picture_line.py" "$1" 2>> errors)
  [[ $2 = *'$f'* ]] || known["$1 $2"]=$expected
}

declare -A codes rows known
cd "$work" || exit 1
djpeg "$here/examples/data/mandelbrot.jpg" > picture.ppm
ppmtopgm picture.ppm > grey.pgm
pgmramp -lr 480 320 > alpha.pgm
pamstack -quiet -tupletype RGB_ALPHA picture.ppm alpha.pgm > rgba.pam
pnmquant -quiet 128 picture.ppm > few.ppm
pamdepth 65535 picture.ppm > deep.ppm
ppmmake rgb:30/60/90 4000 3000 > large.ppm
pbmmake -black 4000 3000 > large.pbm
{ echo P6 4000 3000 255; head -c 36000000 /dev/urandom; } > noise.ppm
cp "$here/LICENSE" text

while IFS= read -r row; do
  [[ $row = *' :: '* && $row != '#'* ]] || continue
  IFS=$'\t' read -r folder f make kind reference <<< "${row// :: /$'\t'}"
  rows[$folder]=yes
  eval "$make" > "$f" 2> errors
  check "$folder/$f: is made" [ -s "$f" ]
  expect "$kind" "$reference"
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
# Others have a test of their own.
mapfile -t folders < <(sed -n 's/^    "\([a-z0-9]*\)",$/\1/p' \
  tests/examples/twins.bzl)
check "there are twins" [ "${#folders[@]}" -gt 10 ]
for folder in "${folders[@]}"; do
  check "$folder has rows" [ "${rows[$folder]:-no}" = yes ]
  unset "rows[$folder]"
  check "$folder: sources" python3 tests/examples/twin_sources.py "$folder"
  echo "no $folder" > "$work/other"
  run "$work/other"
  check "$folder: another file is refused" both_are 1
  check "$folder: in the same words" same_words "$work/other"
  run /dev/zero
  for twin in jailed unjailed; do
    check "$folder: $twin: without an end" [ "$(cat "$work/$twin")" = \
      "/dev/zero: is longer than 67108864 bytes, and this program takes no more" ]
  done
  check "$folder: without an end" both_are 1
done
check "every row has twins: ${!rows[*]}" [ ${#rows[@]} -eq 0 ]

# As `bazel run` has it, which starts a program in another folder.
cp examples/data/mandelbrot.jpg "$work/here.jpg"
for twin in jailed unjailed; do
  BUILD_WORKING_DIRECTORY=$work examples/jpeg/$twin here.jpg > "$work/$twin"
  check "jpeg: $twin: a name where it is called" \
    grep -q '^here.jpg: clean, 480 x 320' "$work/$twin"
  BUILD_WORKING_DIRECTORY=/ examples/jpeg/$twin "$work/here.jpg" \
    > "$work/$twin"
  check "jpeg: $twin: an absolute name" grep -q ': clean, ' "$work/$twin"
done

for twin in jailed unjailed; do
  code=0
  examples/jpeg/$twin "$work/here.jpg" 2> "$work/errors" >&- || code=$?
  check "jpeg: $twin: standard output is closed: exit code $code" [ $code -eq 1 ]
  check "jpeg: $twin: standard output is closed" \
    grep -q '^standard output: Bad file descriptor$' "$work/errors"
done

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ] && [ "$passed" -gt 200 ]
