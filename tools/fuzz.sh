#!/bin/bash
# Fuzzes the pool with libFuzzer and the sanitizers, starting from the corpus:
#
#   tools/fuzz.sh SECONDS          the corpus stays as it is
#   tools/fuzz.sh SECONDS --keep   and is then made anew of what is worth most
#
# The seed is fresh, or CELLBLOCK_SEED; it is printed. What fails is printed in
# base64 as well: `base64 -d` makes a file of it again, and the fuzzer runs a
# file that it is given. Ends with "N passed, N failed".
set -euo pipefail
cd "$(dirname "$0")/.."
. tools/packages.sh
need_packages "${BUILD_PACKAGES[@]}" "${FUZZ_PACKAGES[@]}"

seconds=${1:?how many seconds}
corpus=tests/allocator/corpus/heap
# As many inputs as the corpus may have.
most=170

bazel build --config=fuzz //tests/allocator:heap_fuzzer
fuzzer=$(bazel info --config=fuzz bazel-bin 2>/dev/null)/tests/allocator/heap_fuzzer
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/found" "$work/edges" "$work/all" "$work/failed"

# 31 bits, and not 0, which means none.
seed=${CELLBLOCK_SEED:-$((1 + $(od -An -N4 -tu4 /dev/urandom) % 2147483647))}
echo "CELLBLOCK_SEED=$seed"
code=0
# The first folder is written to, the second is only read.
"$fuzzer" -seed="$seed" -max_total_time="$seconds" -max_len=512 -timeout=10 \
  -print_final_stats=1 -artifact_prefix="$work/failed/" \
  "$work/found" "$corpus" >"$work/log" 2>&1 || code=$?
grep -E '^#[0-9]+\s+DONE|^stat::number_of_executed_units' "$work/log" || true

if [ "$code" -ne 0 ]; then
  grep -vE '^#[0-9]+\s+(NEW|REDUCE|RELOAD|pulse)|NEW_FUNC' "$work/log" |
    tail -n 60
  for input in "$work"/failed/*; do
    [ -f "$input" ] && echo "$(basename "$input"): $(base64 -w0 "$input")"
  done
  echo "0 passed, 1 failed"
  exit 1
fi

if [ "${2:-}" = --keep ]; then
  # Every edge of the code, then what most adds to how often each is taken.
  "$fuzzer" -set_cover_merge=1 -use_counters=0 "$work/edges" \
    "$work/found" "$corpus" 2>/dev/null
  "$fuzzer" -set_cover_merge=1 "$work/all" "$work/found" "$corpus" 2>/dev/null
  rm -f "$corpus"/*
  cp "$work"/edges/* "$corpus/"
  while read -r input && [ "$(ls "$corpus" | wc -l)" -lt "$most" ]; do
    cp "$work/all/$input" "$corpus/"
  done < <(ls -tr "$work/all")
  echo "the corpus: $(ls "$corpus" | wc -l) inputs"
fi
echo "1 passed, 0 failed"
