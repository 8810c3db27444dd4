#!/bin/bash
# Prints every table of malloc beside its peers and a floor, and draws what is
# in docs/plots; a quarter of an hour, on an idle machine. With --quick, one
# round and one seed, in two minutes.
set -euo pipefail
cd "$(dirname "$0")/../.."
. tools/packages.sh
. tests/benchmark/machine.sh
need_packages "${BUILD_PACKAGES[@]}" "${BENCHMARK_PACKAGES[@]}"
bazel build -c opt //tests/benchmark/... \
  //allocator/malloc:libcellblock_malloc.so \
  //allocator/malloc:libcellblock_malloc_unchecked.so 2>/dev/null
bin=$(bazel info -c opt bazel-bin 2>/dev/null)

print_machine
echo
exec /usr/bin/python3 -B tests/benchmark/malloc_bench.py "$bin" "$@"
