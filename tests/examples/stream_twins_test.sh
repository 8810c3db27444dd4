#!/bin/bash
# Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

# The stream decoders of the examples as programs: a jailed and an unjailed twin
# say the same of good files, and each what it has to say of broken ones.

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
    cat "$work/output"
  fi
}

# expect NAME TWIN CODE PATTERN FILE: its exit code, and its line.
expect() {
  local code=0
  "examples/$1/$2" "$5" > "$work/output" 2>&1 || code=$?
  check "$1/$2 ${5##*/}: exit code $code" [ "$code" -eq "$3" ]
  check "$1/$2 ${5##*/}: $4" grep -qE -- "$4" "$work/output"
}

sum=$(gzip -c LICENSE | tail -c 8 | od -An -tx4 | awk '{ print $1 }')
whole="clean, $(wc -c < LICENSE) bytes, crc32 0x$sum\$"
gzip -c LICENSE > "$work/zlib"
brotli -c LICENSE > "$work/brotli"
zstd -qc < LICENSE > "$work/zstd"
xz -c LICENSE > "$work/xz"
echo '<a b="c">d</a>' > "$work/expat"

for name in zlib brotli zstd xz expat; do
  head -c 12 "$work/$name" > "$work/cut"
  for twin in jailed unjailed; do
    if [ "$name" = expat ]; then
      expect expat "$twin" 0 'clean, 14 bytes, crc32 ' "$work/expat"
      expect expat "$twin" 1 'line 1: unclosed token' "$work/cut"
    else
      expect "$name" "$twin" 0 "$whole" "$work/$name"
      expect "$name" "$twin" 1 'the input ends too early' "$work/cut"
    fi
  done
  # They differ in the jail: so many lines are in one of them only.
  check "$name: the twins" [ "$(diff "examples/$name/unjailed.cc" \
    "examples/$name/jailed.cc" | grep -c '^[<>]')" -le 30 ]
done

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ] && [ "$passed" -eq 45 ]
