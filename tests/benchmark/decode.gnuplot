# Draws docs/plots/decode.dat. Run it from the root.
name = "decode"
columns = 4
set ylabel "time in a jail over time without one"
set yrange [0:]
set arrow from graph 0, first 1 to graph 1, first 1 nohead front
load "tests/benchmark/bars.gnuplot"
