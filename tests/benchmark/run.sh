#!/bin/bash
# Prints the tables of docs/benchmarks.md but for those that other scripts here
# print, as they are named there. Run it on an idle machine.
set -euo pipefail
cd "$(dirname "$0")/../.."
. tools/packages.sh
. tests/benchmark/machine.sh
need_packages "${BUILD_PACKAGES[@]}" "${BENCHMARK_PACKAGES[@]}"
bazel build //tests/benchmark/... 2>/dev/null
bin=$(bazel info bazel-bin 2>/dev/null)/tests/benchmark

print_machine
echo
echo "start-up, scheduled freely"
"$bin/startup_bench" 500
echo
echo "start-up, all on one CPU"
"$bin/startup_bench" 500 0
echo
echo "start-up of a program that starts threads"
"$bin/startup_bench" 500 0 /usr/bin/xz --version
echo
echo "memory calls and traps"
/usr/bin/python3 -B tests/benchmark/trap_bench.py "$(bazel info bazel-bin 2>/dev/null)"
echo
echo "the lock"
"$bin/filter_bench" 25 1
echo
echo "a call into a jail, all on one CPU"
"$bin/jail_bench" 2000 0
echo
echo "a call into a jail, scheduled freely"
"$bin/jail_bench" 2000
echo
echo "cells: speed"
"$bin/cell_speed_bench" best
echo
"$bin/cell_speed_bench" windows
echo
echo "cells: speed with so many free blocks, drawn in docs/plots"
mkdir -p docs/plots
"$bin/cell_speed_bench" constant | tee docs/plots/constant_time.dat
gnuplot tests/benchmark/constant_time.gnuplot
echo
echo "cells: yield of a 200 MiB pool"
"$bin/cell_capacity_bench" yield
echo
"$bin/cell_capacity_bench" overhead
