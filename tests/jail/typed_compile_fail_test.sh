#!/bin/bash
# Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

# A function that cannot be called in a jail does not compile, and the compiler
# says why. Each file in compile_fail/ says at its head what both compilers say.

set -u

passed=0
failed=0

# check NAME COMMAND...: the command's output, if it fails.
check() {
  local name=$1 output
  shift
  if output=$("$@" 2>&1); then
    passed=$((passed + 1))
    echo "ok: $name"
  else
    failed=$((failed + 1))
    echo "FAIL: $name"
    echo "$output"
  fi
}

options=(-std=c++20 -Wall -Wextra -Werror)
header=tests/jail/compile_fail/wrap_it.h
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
mkdir -p "$scratch/$(dirname "$header")"

# What all fixtures include is compiled once for each compiler. g++ finds that
# by itself.
compile_header() {
  "$1" "${options[@]}" -I. -x c++-header "$header" -o "$scratch/$header.$2"
}
by_gcc() { g++ "${options[@]}" -I"$scratch" -I. -fsyntax-only "$1"; }
by_clang() {
  clang++ "${options[@]}" -I. -include-pch "$scratch/$header.pch" \
    -fsyntax-only "$1"
}

# compiles_as_said COMPILER FILE: not at all, and with these words in an error;
# or without a word.
compiles_as_said() {
  local said wanted code=0
  wanted=$(sed -n 's,^// Says: ,,p' "$2")
  said=$("$1" "$2" 2>&1) || code=$?
  echo "$said"
  [ -n "$wanted" ] || return 1
  if [ "$wanted" = nothing ]; then
    [ "$code" -eq 0 ] && [ -z "$said" ]
    return
  fi
  [ "$code" -eq 1 ] && grep -F "$wanted" <<<"$said" | grep -q 'error: '
}

check "the header, by g++" compile_header g++ gch
check "the header, by clang++" compile_header clang++ pch
fixtures=0
for file in tests/jail/compile_fail/*.cc; do
  fixtures=$((fixtures + 1))
  for compiler in by_gcc by_clang; do
    check "$(basename "$file" .cc), ${compiler/_/ }" \
      compiles_as_said "$compiler" "$file"
  done
done
check "all fixtures are there" test "$fixtures" -eq 22

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
