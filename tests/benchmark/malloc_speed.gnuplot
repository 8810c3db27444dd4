# Draws docs/plots/malloc_speed.dat. Run it from the root.
name = "malloc_speed"
columns = 8
set ylabel "ns a pair of malloc and free, least"
set logscale y
set yrange [3:]
load "tests/benchmark/bars.gnuplot"
