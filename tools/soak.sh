#!/bin/bash
# The long counts, which the everyday ones stand for:
#
#   tools/soak.sh MINUTES
#
# For so long, side by side: the fuzzer (tools/fuzz.sh), and every test that is
# random, again and again with another seed. The seeds count up from a fresh
# one, or from CELLBLOCK_SEED. A failure prints the test and its seed, and its
# output; the others go on. Ends with a line for docs/soak.md, and with 1 if
# anything failed.
set -euo pipefail
cd "$(dirname "$0")/.."
. tools/packages.sh
need_packages "${BUILD_PACKAGES[@]}" "${TEST_PACKAGES[@]}" "${FUZZ_PACKAGES[@]}"

minutes=${1:?how many minutes}
first=${CELLBLOCK_SEED:-$(($(date +%s) * 1000))}

# //tests/allocator:heap_paint_test as tests/allocator/heap_paint_test
mapfile -t tests < <(grep -rl 'TestSeed()' tests --include='*_test.cc' |
  sed 's/\.cc$//' | LC_ALL=C sort)
labels=()
for test in "${tests[@]}"; do labels+=("//${test%/*}:${test##*/}"); done
bazel build "${labels[@]}"
bin=$(bazel info bazel-bin 2>/dev/null)

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/scratch"

(unset CELLBLOCK_SEED && tools/fuzz.sh $((minutes * 60))) >"$work/fuzz" 2>&1 &
fuzz=$!

end=$((SECONDS + minutes * 60))
seed=$first
failed=0
while [ "$SECONDS" -lt "$end" ]; do
  for test in "${tests[@]}"; do
    code=0
    (cd "$bin/$test.runfiles/cellblock" &&
      CELLBLOCK_SEED=$seed TEST_TMPDIR="$work/scratch" "./$test") \
      >"$work/log" 2>&1 </dev/null || code=$?
    if [ "$code" -ne 0 ]; then
      failed=$((failed + 1))
      tail -n 40 "$work/log"
      echo "failed: CELLBLOCK_SEED=$seed $test"
    fi
  done
  seed=$((seed + 1))
done

code=0
wait "$fuzz" || code=$?
[ "$code" -eq 0 ] || cat "$work/fuzz"
inputs=$(awk '/^stat::number_of_executed_units/ { print $2 }' "$work/fuzz")

echo "$(date +%F), $minutes minutes: ${inputs:-0} inputs fuzzed," \
  "$([ "$code" -eq 0 ] && echo none || echo one) failed;" \
  "${#tests[@]} random tests with $((seed - first)) seeds from $first," \
  "$failed failed"
[ "$code" -eq 0 ] && [ "$failed" -eq 0 ]
