#!/bin/sh
# Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

# How many instructions malloc, free and operator new take where nothing is out
# of the ordinary: from the start of the function to its first `ret`, which is
# the path without a jump. What leaves the path jumps over that.

set -eu

checked=allocator/malloc/libcellblock_malloc.so
unchecked=allocator/malloc/libcellblock_malloc_unchecked.so
failures=0
passed=0

# The bounds are those of g++. Bazel has clang keep the frame pointer: three
# instructions on every path, and it takes one more for free.
case $(readelf -p .comment "$checked") in
  *clang*) more=4 ;;
  *) more=0 ;;
esac

# instructions LIBRARY FUNCTION
instructions() {
  objdump --disassemble="$2" --no-show-raw-insn --no-addresses "$1" |
    awk -v start="<$2>:" '
      $1 == start { inside = 1; next }
      inside && NF > 0 { count++ }
      inside && $1 == "ret" { print count; exit }'
}

# expect LIBRARY FUNCTION MOST
expect() {
  count=$(instructions "$1" "$2")
  most=$(($3 + more))
  echo "$(basename "$1"): $2 $count, at most $most"
  if [ -n "$count" ] && [ "$count" -gt 5 ] && [ "$count" -le "$most" ]; then
    passed=$((passed + 1))
  else
    echo "FAIL: $2 of $(basename "$1") takes ${count:-no} instructions" >&2
    failures=$((failures + 1))
    objdump --disassemble="$2" --no-show-raw-insn "$1" | tail -n 40 >&2
  fi
}

expect "$checked" malloc 15
expect "$checked" free 24
expect "$checked" _Znwm 15
expect "$checked" _ZnwmSt11align_val_t 25
expect "$unchecked" malloc 13
expect "$unchecked" free 17
expect "$unchecked" _Znwm 13
expect "$unchecked" _ZnwmSt11align_val_t 23

echo "$passed passed, $failures failed"
[ "$failures" -eq 0 ]
