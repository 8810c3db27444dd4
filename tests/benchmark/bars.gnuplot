# Bars for each row of docs/plots/NAME.dat, one for each of its `columns`.
# Loaded by the scripts that set both.
data = "docs/plots/".name.".dat"
set terminal svg size 960,480 font "sans-serif,12" background "white"
set output "docs/plots/".name.".svg"
set datafile missing "-"
set style data histograms
set style fill solid
set linetype 5 linecolor rgb "#a00000"
set linetype 6 linecolor rgb "#e04040"
set linetype 7 linecolor rgb "#ffa0a0"
set linetype 8 linecolor rgb "#404040"
set xtics rotate by 35 right nomirror
set key outside top center horizontal
set grid ytics
plot for [i=2:columns+1] data using i:xtic(1) title columnheader(i)
