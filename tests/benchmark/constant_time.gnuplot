# Draws docs/plots/constant_time.dat. Run it from the root.
set terminal svg size 720,420 font "sans-serif,13" background "white"
set output "docs/plots/constant_time.svg"
set logscale xy
set xlabel "free blocks in the pool, none of which fits"
set ylabel "ns an operation, median of 7"
set xrange [1:1000000]
set yrange [3:]
set key top left
set grid
plot "docs/plots/constant_time.dat" using 1:4 with linespoints title "first fit: allocate", \
     "" using 1:5 with linespoints title "first fit: free", \
     "" using 1:2 with linespoints title "coalescing: allocate", \
     "" using 1:3 with linespoints title "coalescing: free"
