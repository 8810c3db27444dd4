#!/bin/bash
# Prints every table of docs/benchmarks.md. Run it on an idle machine.
set -euo pipefail
cd "$(dirname "$0")/../.."
. tools/packages.sh
need_packages "${BUILD_PACKAGES[@]}" bubblewrap
bazel build //tests/benchmark/... 2>/dev/null
bin=$(bazel info bazel-bin 2>/dev/null)/tests/benchmark

echo "$(date -u +%F), $(uname -sr), $(nproc) CPUs,$(sed -n 's/^model name.*://p' /proc/cpuinfo | head -n 1)"
echo
echo "start-up, scheduled freely"
"$bin/startup_bench" 500
echo
echo "start-up, all on one CPU"
"$bin/startup_bench" 500 0
