# Draws docs/plots/malloc_programs.dat. Run it from the root.
name = "malloc_programs"
columns = 8
set ylabel "least time, glibc's is 1"
set yrange [0:]
load "tests/benchmark/bars.gnuplot"
