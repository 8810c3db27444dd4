#!/bin/bash
# Prints what decoding in a jail costs, for every decoder of the examples, and
# draws docs/plots/decode.svg; a quarter of an hour, on an idle machine. The
# files to decode are made in FOLDER, or taken from it.
#
#   tests/benchmark/decode_bench.sh FOLDER [ROUNDS]
set -euo pipefail
cd "$(dirname "$0")/../.."
. tools/packages.sh
. tests/benchmark/machine.sh
folder=${1:?where the files to decode are, or are to be}
need_packages "${BUILD_PACKAGES[@]}" "${TEST_PACKAGES[@]}" \
  "${BENCHMARK_PACKAGES[@]}"
bazel build //tests/benchmark:decode_bench 2>/dev/null
bin=$(bazel info bazel-bin 2>/dev/null)/tests/benchmark
/usr/bin/python3 -B tests/benchmark/decode_inputs.py "$folder"

print_machine
echo
table=$(taskset -c 0 "$bin/decode_bench" "$folder" "${2:-40}")
echo "$table"
{
  echo 'row "10 KB" "300 KB" "5 MB" "5 MB, copied"'
  awk '$2 == "10K" { row = $1 " " $4 } $2 == "300K" { row = row " " $4 }
    $2 == "5M" { print row, $4, $5 }' <<<"$table"
} >docs/plots/decode.dat
gnuplot tests/benchmark/decode.gnuplot
