#!/bin/bash
# Fuzzes with libFuzzer and the sanitizers, starting from the kept inputs:
#
#   tools/fuzz.sh SECONDS [NAME...]          the corpora stay as they are
#   tools/fuzz.sh SECONDS --keep [NAME...]   and are then made anew of what is
#                                            worth most
#   tools/fuzz.sh --list                     the names
#
# Each fuzzer that is named, or all, gets that many seconds. The seed is fresh,
# or CELLBLOCK_SEED; it is printed. What fails is printed in base64 as well:
# `base64 -d` makes a file of it again, and the fuzzer runs a file that it is
# given. Ends with "N passed, N failed", a fuzzer being one.
set -euo pipefail
cd "$(dirname "$0")/.."
. tools/packages.sh

# Name, label, corpus, the longest input, and how many the corpus may have.
table='
heap        //tests/allocator:heap_fuzzer   tests/allocator/corpus/heap   512 170
evaluator   //tests/jail:evaluator_fuzzer   tests/jail/corpus/evaluator   512 170
policy_file //tests/jail:policy_file_fuzzer tests/jail/corpus/policy_file 512 100
channel     //tests/jail/call:channel_fuzzer tests/jail/corpus/channel 512 60
elf         //tests/tools:elf_fuzzer        tests/tools/corpus/elf       4096 100
'

# row NAME: the rest of its row.
row() { awk -v name="$1" '$1 == name { $1 = ""; print }' <<<"$table"; }

mapfile -t names < <(awk 'NF { print $1 }' <<<"$table")
if [ "${1:-}" = --list ]; then
  printf '%s\n' "${names[@]}"
  exit
fi
seconds=${1:?how many seconds}
shift
keep=no
if [ "${1:-}" = --keep ]; then
  keep=yes
  shift
fi
[ $# -eq 0 ] || names=("$@")
labels=()
for name in "${names[@]}"; do
  read -r label _ < <(row "$name") || {
    echo "no fuzzer $name" >&2
    exit 1
  }
  labels+=("$label")
done
need_packages "${BUILD_PACKAGES[@]}" "${FUZZ_PACKAGES[@]}"

bazel build --config=fuzz "${labels[@]}"
bin=$(bazel info --config=fuzz bazel-bin 2>/dev/null)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# 31 bits, and not 0, which means none.
seed=${CELLBLOCK_SEED:-$((1 + $(od -An -N4 -tu4 /dev/urandom) % 2147483647))}
echo "CELLBLOCK_SEED=$seed"

# fuzzer_of LABEL: where it was built.
fuzzer_of() {
  local path=${1#//}
  echo "$bin/${path/://}"
}

# fuzz FUZZER CORPUS LONGEST FOLDER: what is found goes into a folder of its own.
fuzz() {
  local fuzzer=$1 corpus=$2 longest=$3 folder=$4 code=0 input
  mkdir -p "$folder/found" "$folder/failed"
  # The first folder is written to, the second is only read.
  "$fuzzer" -seed="$seed" -max_total_time="$seconds" -max_len="$longest" \
    -timeout=10 -print_final_stats=1 -artifact_prefix="$folder/failed/" \
    "$folder/found" "$corpus" >"$folder/log" 2>&1 || code=$?
  grep -E '^#[0-9]+\s+DONE|^stat::number_of_executed_units' "$folder/log" ||
    true
  [ "$code" -ne 0 ] || return 0
  grep -vE '^#[0-9]+\s+(NEW|REDUCE|RELOAD|pulse)|NEW_FUNC' "$folder/log" |
    tail -n 60
  for input in "$folder"/failed/*; do
    [ -f "$input" ] && echo "$(basename "$input"): $(base64 -w0 "$input")"
  done
  return 1
}

# keep FUZZER CORPUS LONGEST MOST FOLDER: makes the corpus of what was found.
keep() {
  local fuzzer=$1 corpus=$2 longest=$3 most=$4 folder=$5 input
  mkdir "$folder/edges" "$folder/all"
  # Every edge of the code, then what most adds to how often each is taken.
  "$fuzzer" -set_cover_merge=1 -use_counters=0 -max_len="$longest" \
    "$folder/edges" "$folder/found" "$corpus" 2>/dev/null
  "$fuzzer" -set_cover_merge=1 -max_len="$longest" \
    "$folder/all" "$folder/found" "$corpus" 2>/dev/null
  rm -f "$corpus"/*
  cp "$folder"/edges/* "$corpus/"
  while read -r input && [ "$(ls "$corpus" | wc -l)" -lt "$most" ]; do
    cp "$folder/all/$input" "$corpus/"
  done < <(ls -tr "$folder/all")
  echo "the corpus: $(ls "$corpus" | wc -l) inputs"
}

# At a time as many as there are CPUs, and then what each has said in turn.
for name in "${names[@]}"; do
  read -r label corpus longest most < <(row "$name")
  fuzzer=$(fuzzer_of "$label")
  while [ "$(jobs -rp | wc -l)" -ge "$(nproc)" ]; do wait -n || true; done
  {
    code=0
    fuzz "$fuzzer" "$corpus" "$longest" "$work/$name" >"$work/$name.said" ||
      code=$?
    echo "$code" >"$work/$name.code"
  } &
done
wait

passed=0
failed=0
for name in "${names[@]}"; do
  read -r label corpus longest most < <(row "$name")
  echo "== $name"
  cat "$work/$name.said"
  if [ "$(cat "$work/$name.code")" -ne 0 ]; then
    failed=$((failed + 1))
    continue
  fi
  passed=$((passed + 1))
  if [ "$keep" = yes ]; then
    keep "$(fuzzer_of "$label")" "$corpus" "$longest" "$most" "$work/$name"
  fi
done
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
