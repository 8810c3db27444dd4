#!/bin/bash
# The long counts, which the everyday ones stand for:
#
#   tools/soak.sh MINUTES
#   tools/soak.sh hostile [THOUSANDS]
#   tools/soak.sh bad_input
#   tools/soak.sh bit_flips [FIRST [LAST]]
#   tools/soak.sh batch
#
# The second is a hostile worker against its host, which has AddressSanitizer
# (tests/jail/call/hostile_worker_test.cc): so many thousand rounds, or 1000 of
# them; that takes an hour or two. The third is 10,000 bad files for each decoder
# of the examples, in a jail and without one (tests/examples/bad_input_test.cc);
# that takes ten minutes, and ends with a table for docs/bad_input.md. The fourth
# is 10,000 bad files for each of five unmodified decoders, under jailrun and
# plain (tests/compat/bit_flips): all shards, 0 to 99, or those that are named;
# half an hour or more. The fifth is `jailrun batch` over 10,000 files that is
# killed ten times (tests/tools/jailrun/batch_soak_test.py); some minutes.
#
# The first is everything else. For so long, side by side: the fuzzers of
# tools/fuzz.sh, which share the time; malloc under four threads in both its
# modes, with the heap checked at the end
# (tests/allocator/malloc/preload/fixtures/soak.cc); and every test that is
# random, again and again with another seed. Then, once, the tests that have
# fewer rounds every day, in full: of malloc and of jailrun from outside, of what
# many calls leave behind (tests/jail/call/leak_live_test.cc), and of the image
# service under load (tests/examples/service), which take half an hour more; and
# clang reads every test by itself (tools/second_compiler.py).
# The seeds count up from a fresh one, or from CELLBLOCK_SEED. A failure prints
# the test and its seed, and its output; the others go on. Ends with a line for
# docs/soak.md, and with 1 if anything failed.
set -euo pipefail
cd "$(dirname "$0")/.."
. tools/packages.sh
need_packages "${BUILD_PACKAGES[@]}" "${TEST_PACKAGES[@]}" "${FUZZ_PACKAGES[@]}"

minutes=${1:?how many minutes}
first=${CELLBLOCK_SEED:-$(($(date +%s) * 1000))}

# hostile THOUSANDS: a process for each ten of them, with a seed of its own.
hostile() {
  local test=tests/jail/call/hostile_worker_test left=$1 seed=$first failed=0
  local bin log factor rounds=0 began=$SECONDS
  bazel build --config=asan "//${test%/*}:${test##*/}"
  bin=$(bazel info --config=asan bazel-bin 2>/dev/null)
  log=$(mktemp)
  while [ "$left" -gt 0 ]; do
    factor=$((left < 10 ? left : 10))
    if (cd "$bin/$test.runfiles/cellblock" &&
      CELLBLOCK_SEED=$seed CELLBLOCK_FACTOR=$factor "./$test") \
      >"$log" 2>&1 </dev/null
    then
      rounds=$((rounds + 1000 * factor))
    else
      failed=$((failed + 1))
      tail -n 40 "$log"
      echo "failed: CELLBLOCK_SEED=$seed CELLBLOCK_FACTOR=$factor $test"
    fi
    left=$((left - factor))
    seed=$((seed + 1))
  done
  rm -f "$log"
  echo "$(date +%F), $(((SECONDS - began) / 60)) minutes: $rounds rounds of a" \
    "hostile worker with seeds from $first, $failed failed"
  [ "$failed" -eq 0 ]
}

# Every input of the seed, which is the everyday one unless CELLBLOCK_SEED is set.
bad_input() {
  local test=tests/examples/bad_input_test bin log began=$SECONDS code=0
  bazel build "//${test%/*}:${test##*/}"
  bin=$(bazel info bazel-bin 2>/dev/null)
  log=$(mktemp)
  (cd "$bin/$test.runfiles/cellblock" && CELLBLOCK_FULL=1 "./$test") \
    >"$log" 2>&1 </dev/null || code=$?
  [ "$code" -eq 0 ] || cat "$log"
  grep '^|' "$log" || true
  echo "$(date +%F), $(((SECONDS - began) / 60)) minutes:" \
    "$(awk -F'|' '/^\| [a-z0-9]+ \| [0-9]/ { n += $3 } END { print n + 0 }' \
      "$log") bad files with seed ${CELLBLOCK_SEED:-1}," \
    "$([ "$code" -eq 0 ] && echo every verdict || echo NOT every verdict) as" \
    "without a jail"
  rm -f "$log"
  [ "$code" -eq 0 ]
}

# bit_flips FIRST LAST: a process for each shard; their tables are added up.
bit_flips() {
  local test=tests/compat/bit_flips/bit_flips_test shard bin log rows
  local failed=0 began=$SECONDS
  bazel build "//${test%/*}:${test##*/}"
  bin=$(bazel info bazel-bin 2>/dev/null)
  log=$(mktemp)
  rows=$(mktemp)
  for ((shard = $1; shard <= $2; ++shard)); do
    if ! (cd "$bin/$test.runfiles/cellblock" &&
      CELLBLOCK_SHARD=$shard "./$test") >"$log" 2>&1 </dev/null
    then
      failed=$((failed + 1))
      cat "$log"
    fi
    grep '^|' "$log" >>"$rows" || true
  done
  awk -F' *[|] *' '
    /^[|] decoder/ { header = $0; columns = NF; next }
    !($2 in row) { names[++count] = $2; row[$2] }
    {
      for (i = 3; i < columns - 1; ++i) sum[$2, i] += $i
      if ($i > longest[$2]) longest[$2] = $i
      inputs += $3
    }
    END {
      print header
      for (n = 1; n <= count; ++n) {
        line = "| " names[n]
        for (i = 3; i < columns - 1; ++i) line = line " | " sum[names[n], i]
        print line " | " longest[names[n]] + 0 " |"
      }
      print inputs " bad files"
    }' "$rows"
  rm -f "$log" "$rows"
  echo "$(date +%F), $(((SECONDS - began) / 60)) minutes: shards $1 to $2 with" \
    "seed ${CELLBLOCK_SEED:-1}, $failed shards failed"
  [ "$failed" -eq 0 ]
}

batch() {
  local test=tests/tools/jailrun/batch_soak_test bin log began=$SECONDS code=0
  bazel build "//${test%/*}:${test##*/}"
  bin=$(bazel info bazel-bin 2>/dev/null)
  log=$(mktemp)
  (cd "$bin/$test.runfiles/cellblock" &&
    CELLBLOCK_FULL=1 CELLBLOCK_SEED=$first "./$test") \
    >"$log" 2>&1 </dev/null || code=$?
  [ "$code" -eq 0 ] || cat "$log"
  rm -f "$log"
  echo "$(date +%F), $(((SECONDS - began) / 60)) minutes: 10,000 files and ten kills" \
    "with seed $first, $([ "$code" -eq 0 ] && echo every || echo NOT every)" \
    "verdict and output right"
  [ "$code" -eq 0 ]
}

case "$minutes" in
  batch)
    batch
    exit
    ;;
  bit_flips)
    bit_flips "${2:-0}" "${3:-${2:-99}}"
    exit
    ;;
  hostile)
    hostile "${2:-1000}"
    exit
    ;;
  bad_input)
    bad_input
    exit
    ;;
esac

# //tests/allocator:heap_paint_test as tests/allocator/heap_paint_test
mapfile -t tests < <(grep -rl 'TestSeed()' tests --include='*_test.cc' |
  sed 's/\.cc$//' | LC_ALL=C sort)
labels=()
for test in "${tests[@]}"; do labels+=("//${test%/*}:${test##*/}"); done
preload=tests/allocator/malloc/preload
full=("$preload"/{exhaustion_test,fork_test,threads_test}
  tests/tools/jailrun/{exhaustion_test,threads_test,unheard_test}
  tests/jail/call/leak_live_test
  tests/examples/service/service_load_test)
for test in "${full[@]}"; do labels+=("//${test%/*}:${test##*/}"); done
bazel build "${labels[@]}" //$preload:soak_test
bin=$(bazel info bazel-bin 2>/dev/null)

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/scratch"

mapfile -t fuzzers < <(tools/fuzz.sh --list)
# As many at a time as there are CPUs.
turns=$(((${#fuzzers[@]} + $(nproc) - 1) / $(nproc)))
(unset CELLBLOCK_SEED &&
  tools/fuzz.sh $((minutes * 60 / turns))) >"$work/fuzz" 2>&1 &
fuzz=$!

soaks=()
for hardened in 0 1; do
  CELLBLOCK_SEED=$first CELLBLOCK_POOL=200M CELLBLOCK_HARDENED=$hardened \
    "$bin/$preload/soak_linked" $((minutes * 60)) 4 60 \
    >"$work/soak$hardened" 2>&1 &
  soaks+=($!)
done

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

operations=0
for hardened in 0 1; do
  if ! wait "${soaks[$hardened]}" || ! grep -q '^valid$' "$work/soak$hardened"
  then
    failed=$((failed + 1))
    cat "$work/soak$hardened"
    echo "failed: malloc under threads, CELLBLOCK_HARDENED=$hardened"
  fi
  operations=$((operations +
    $(awk '/ operations of / { print $1 }' "$work/soak$hardened") + 0))
done

for test in "${full[@]}"; do
  (cd "$bin/$test.runfiles/cellblock" &&
    CELLBLOCK_FULL=1 CELLBLOCK_SEED=$first TEST_TMPDIR="$work/scratch" \
      "./$test") >"$work/log" 2>&1 </dev/null && continue
  failed=$((failed + 1))
  cat "$work/log"
  echo "failed: CELLBLOCK_FULL=1 CELLBLOCK_SEED=$first $test"
done

# Sources that are generated are taken from a build.
mapfile -t all_tests < <(bazel query 'tests(//...)' 2>/dev/null)
bazel build "${all_tests[@]}"
CELLBLOCK_FULL=1 tools/second_compiler.py 'tests(//...)' >"$work/log" 2>&1 || {
  failed=$((failed + 1))
  cat "$work/log"
  echo "failed: CELLBLOCK_FULL=1 tools/second_compiler.py 'tests(//...)'"
}

code=0
wait "$fuzz" || code=$?
[ "$code" -eq 0 ] || cat "$work/fuzz"
inputs=$(awk '/^stat::number_of_executed_units/ { n += $2 } END { print n + 0 }' \
  "$work/fuzz")

echo "$(date +%F), $minutes minutes: $inputs inputs fuzzed," \
  "$([ "$code" -eq 0 ] && echo none || echo some) failed;" \
  "$operations operations of malloc under threads;" \
  "${#tests[@]} random tests with $((seed - first)) seeds from $first," \
  "$failed failed"
[ "$code" -eq 0 ] && [ "$failed" -eq 0 ]
