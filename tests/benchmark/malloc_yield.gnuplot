# Draws docs/plots/malloc_yield.dat. Run it from the root.
name = "malloc_yield"
columns = 6
set ylabel "% of a 200 MiB pool"
set yrange [0:]
load "tests/benchmark/bars.gnuplot"
