#!/bin/sh
# Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

# examples/seed: each example says that it ended with the right values, and so
# does its exit code.

set -u

work=$(mktemp -d -p "${TEST_TMPDIR:-/tmp}")
trap 'rm -rf "$work"' EXIT
passed=0
failed=0

# expect NAME LINE: that line on standard output, nothing on standard error.
expect() {
  code=0
  "examples/seed/$1" > "$work/output" 2> "$work/errors" || code=$?
  echo "$2" > "$work/expected"
  if [ "$code" -eq 0 ] && [ ! -s "$work/errors" ] &&
    cmp -s "$work/expected" "$work/output"; then
    passed=$((passed + 1))
    echo "ok $1"
  else
    failed=$((failed + 1))
    echo "FAIL $1: exit code $code, printed:"
    cat "$work/output" "$work/errors"
  fi
}

expect stack 'stack: x[0] is 4, 9999 bytes in use'
expect heap 'heap: 9 rounds are right'
expect heap_uninitialized 'heap_uninitialized: 9 rounds are right'
expect heap_prealloc 'heap_prealloc: x[0] is 4, 9999 bytes in use'
expect heap_prealloc_uninitialized \
  'heap_prealloc_uninitialized: x[0] is 4, 9999 bytes in use'
expect calloc 'calloc: x[0] is 4, 9999 bytes in use'
expect static 'static: x[0] is 4, 9999 bytes in use'

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ] && [ "$passed" -eq 7 ]
