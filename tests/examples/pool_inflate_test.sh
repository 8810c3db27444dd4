#!/bin/sh
# Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

# examples/pool:inflate: a real file through zlib on a pool comes out as it
# went in; a pool that is too small and a file that is cut short are told.

set -eu

work=$(mktemp -d -p "${TEST_TMPDIR:-/tmp}")
trap 'rm -rf "$work"' EXIT

gzip -c LICENSE > "$work/whole.gz"
examples/pool/inflate < "$work/whole.gz" > "$work/output" 2> "$work/errors"
cmp "$work/output" LICENSE
grep -Eq '^inflate: peak [1-9][0-9]* bytes, needed [1-9]' "$work/errors"

code=0
examples/pool/inflate small < "$work/whole.gz" > "$work/output" \
  2> "$work/errors" || code=$?
[ "$code" -eq 1 ] || { echo "FAIL: exit code $code" >&2; exit 1; }
[ ! -s "$work/output" ]
grep -q '^inflate: insufficient memory$' "$work/errors"

head -c 1000 "$work/whole.gz" > "$work/cut.gz"
code=0
examples/pool/inflate < "$work/cut.gz" > "$work/output" 2> "$work/errors" ||
  code=$?
[ "$code" -eq 1 ] || { echo "FAIL: exit code $code" >&2; exit 1; }
grep -q '^inflate: the input ends too early$' "$work/errors"
echo "PASS"
