#!/bin/bash
# Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

# SeedParity_Row18: what is wrong with a cell does not compile where Clang's
# -Werror=consumed can see it, and where it cannot, or is not asked, the program
# dies at run time with a report. Each file in compile_fail/ says at its head
# what it expects of both (see mistake.h there); all were built without that
# flag, by the compiler of this build, into `mistakes`.

set -u

passed=0
failed=0

# check NAME COMMAND...: the command's output, if it fails.
check() {
  local name=$1 output
  shift
  if output=$("$@" 2>&1); then
    passed=$((passed + 1))
    echo "ok: SeedParity_Row18 $name"
  else
    failed=$((failed + 1))
    echo "FAIL: SeedParity_Row18 $name"
    echo "$output"
  fi
}

# expected KIND FILE: the lines "// KIND: TEXT" of the file, without the kind.
expected() {
  sed -n "s,^// $1: ,,p" "$2"
}

# compiles_as_said FILE: with an error for each line that it expects, in this
# order, and with no other word of the compiler.
compiles_as_said() {
  local said wanted count code=0
  said=$(clang++ -std=c++20 -I. -Wall -Wextra -Werror -Werror=consumed \
    -fsyntax-only "$1" 2>&1) || code=$?
  wanted=$(expected Clang "$1")
  echo "$said"
  [ -n "$wanted" ] || return 1
  if [ "$wanted" = nothing ]; then
    [ "$code" -eq 0 ] && [ -z "$said" ]
    return
  fi
  [ "$code" -eq 1 ] || return 1
  count=$(grep -cE ': (error|warning): ' <<<"$said")
  [ "$count" -eq "$(wc -l <<<"$wanted")" ] || return 1
  while IFS= read -r line; do
    case $said in
      *": error: "*"$line"*) said=${said#*"$line"} ;;
      *) return 1 ;;
    esac
  done <<<"$wanted"
}

# runs_as_said FILE: to its end, or to abort() with the report that it expects.
runs_as_said() {
  local said wanted code=0
  said=$(tests/allocator/mistakes "$(basename "$1" .cc)" 2>&1) || code=$?
  wanted=$(expected Run "$1")
  echo "exit code $code: $said"
  [ -n "$wanted" ] || return 1
  if [ "$wanted" = ends ]; then
    [ "$code" -eq 0 ] && [ -z "$said" ]
    return
  fi
  [ "$code" -eq 134 ] && [ "${said#*cellblock: "$wanted"}" != "$said" ]
}

ulimit -c 0
check "there is a clang++" command -v clang++
fixtures=0
for file in tests/allocator/compile_fail/*.cc; do
  name=$(basename "$file" .cc)
  [ "$name" = main ] && continue
  fixtures=$((fixtures + 1))
  check "$name: Clang says $(expected Clang "$file" | head -n 1)" \
    compiles_as_said "$file"
  [ "$(expected Run "$file")" = not ] && continue
  check "$name: without it, the run says $(expected Run "$file")" \
    runs_as_said "$file"
done
check "all fixtures are there" test "$fixtures" -eq 21

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
