#!/bin/bash
# Prints what long runs of unmodified programs take in a jail, beside the same
# plain, and what memory a jail takes beside its pool; ten minutes, on an idle
# machine. What the programs work on is made in FOLDER, or taken from it.
#
#   tests/benchmark/long_runs_bench.sh FOLDER [ROUNDS [WORD]]
#
# With WORD, only the programs that have it in their names.
set -euo pipefail
cd "$(dirname "$0")/../.."
. tools/packages.sh
. tests/benchmark/machine.sh
folder=${1:?where what the programs work on is, or is to be}
shift
need_packages "${BUILD_PACKAGES[@]}" "${TEST_PACKAGES[@]}"
bazel build //tests/benchmark:measure_run //tools/jailrun 2>/dev/null
bin=$(bazel info bazel-bin 2>/dev/null)

print_machine
echo
exec /usr/bin/python3 -B tests/benchmark/long_runs_bench.py "$bin" "$folder" "$@"
