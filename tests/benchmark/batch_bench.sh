#!/bin/bash
# Prints how many inputs a second `jailrun batch` does, beside fork, exec and wait
# alone, and beside xargs and GNU parallel with the plain program; some minutes,
# on an idle machine.
#
#   tests/benchmark/batch_bench.sh [ROUNDS [INPUTS]]
set -euo pipefail
cd "$(dirname "$0")/../.."
. tools/packages.sh
. tests/benchmark/machine.sh
need_packages "${BUILD_PACKAGES[@]}" libjpeg-turbo-progs parallel
bazel build //tests/benchmark:batch_floor //tools/jailrun 2>/dev/null
bin=$(bazel info bazel-bin 2>/dev/null)

print_machine
echo
exec /usr/bin/python3 -B tests/benchmark/batch_bench.py "$bin" "$@"
