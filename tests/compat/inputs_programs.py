# Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
"""Programs for other interpreters than those of inputs_scripts.py."""

from made import makes


def _script(name, text):
    makes(name)(lambda: text.lstrip("\n").encode())


_script("queens.lua", r'''
local function queens(n)
  local columns, up, down, found, first = {}, {}, {}, 0, nil
  local function place(row, board)
    if row > n then
      found = found + 1
      first = first or table.concat(board, " ")
      return
    end
    for column = 1, n do
      if not (columns[column] or up[row + column] or down[row - column]) then
        columns[column], up[row + column], down[row - column] = true, true, true
        board[row] = column
        place(row + 1, board)
        columns[column], up[row + column], down[row - column] = nil, nil, nil
      end
    end
  end
  place(1, {})
  return found, first
end
for n = 4, 8 do print(n, queens(n)) end
local longest, lines = "", 0
for line in io.lines(arg[1]) do
  lines = lines + 1
  if #line > #longest then longest = line end
end
local grouped = longest:gsub("(%a+) (%a+)", "%2 %1")
print(lines, longest, grouped)
''')

_script("count.tcl", r'''
set file [open [lindex $argv 0]]
fconfigure $file -encoding utf-8
set words [dict create]
while {[gets $file line] >= 0} {
  foreach word [split $line] { dict incr words $word }
}
close $file
fconfigure stdout -encoding utf-8
foreach word [lsort [dict keys $words]] {
  if {[string is alpha $word]} { puts "[string toupper $word] [dict get $words $word]" }
}
puts [expr {2 ** 200 % 1000007}]
puts [clock format 86400 -format "%Y-%m-%d %H:%M:%S" -gmt 1]
puts [regsub -all {(\w)(\w)} "pool and lock" {\2\1}]
''')

_script("count.jim", r'''
set file [open [lindex $argv 0]]
set words {}
while {[gets $file line] >= 0} {
  foreach word [split $line] { dict incr words $word }
}
foreach word [lsort [dict keys $words]] { puts "$word [dict get $words $word]" }
puts [lmap n {1 2 3 4} {expr {$n ** 5}}]
''')

_script("graph.prolog", r'''
edge(a, b, 4). edge(a, c, 1). edge(c, b, 2). edge(b, d, 5). edge(c, d, 8).
edge(d, e, 3). edge(b, e, 11).
path(X, X, 0, [X]).
path(X, Y, Cost, [X | Rest]) :-
    edge(X, Z, First), path(Z, Y, More, Rest), Cost is First + More.
queens(N, Board) :- numlist(1, N, All), permutation(All, Board), safe(Board).
safe([]).
safe([Q | Others]) :- free(Q, Others, 1), safe(Others).
free(_, [], _).
free(Q, [P | Others], D) :-
    Q =\= P + D, Q =\= P - D, D1 is D + 1, free(Q, Others, D1).
main :-
    findall(Cost-Path, path(a, e, Cost, Path), All), msort(All, Sorted),
    forall(member(Cost-Path, Sorted), (write(Cost), write(' '), writeln(Path))),
    queens(6, Board), writeln(Board),
    X is 2 ** 200, writeln(X), atom_length('Größe', Length), writeln(Length).
''')

_script("digest.prolog", r'''
:- use_module(library(readutil)).
:- use_module(library(sha)).
main :-
    current_prolog_flag(argv, [File | _]),
    read_file_to_codes(File, Codes, []), length(Codes, Length), writeln(Length),
    sha_hash(Codes, Hash, [algorithm(sha256)]), hash_atom(Hash, Text), writeln(Text).
''')

_script("primes.scm", r'''
(define (sieve n)
  (let ((marks (make-vector (+ n 1) #t)))
    (let loop ((i 2) (found '()))
      (cond ((> i n) (reverse found))
            ((vector-ref marks i)
             (do ((j (* i i) (+ j i))) ((> j n)) (vector-set! marks j #f))
             (loop (+ i 1) (cons i found)))
            (else (loop (+ i 1) found))))))
(define found (sieve 20000))
(display (length found)) (newline)
(display (expt 3 300)) (newline)
(display (apply + (map (lambda (p) (/ 1 p)) (list-head found 40)))) (newline)
(display (call-with-current-continuation
  (lambda (leave) (for-each (lambda (p) (if (> p 1000) (leave p))) found) 'none)))
(newline)
''')

_script("fib.fs", r'''
: fib ( n -- n ) dup 2 < if drop 1 else dup 1- recurse swap 2 - recurse + then ;
: table 21 0 do i . i fib . cr loop ;
variable total
: collatz ( n -- steps ) 0 swap begin dup 1 <> while
  dup 2 mod if 3 * 1+ else 2 / then swap 1+ swap repeat drop ;
: longest 0 total ! 3000 1 do i collatz total @ max total ! loop total @ . cr ;
table longest bye
''')

_script("matrix.lsp", r'''
(define (fib n) (if (< n 2) n (+ (fib (- n 1)) (fib (- n 2)))))
(println (map fib (sequence 0 18)))
(println (det '((2 1 3) (4 1 6) (7 8 10))) " " (invert '((2 1) (7 4))))
(println (join (sort (map upper-case (find-all {\w+} "serve from the pool"))) "-"))
(println (bigint (pow 2 10)) " " (* 123456789012345678901234567890L 987654321L))
(exit)
''')

_script("inventory.js", r'''
function Tree() { this.root = null; }
Tree.prototype.add = function (key) {
  var made = {key: key, left: null, right: null}, at = this.root;
  if (!at) { this.root = made; return; }
  for (;;) {
    var side = key < at.key ? "left" : "right";
    if (!at[side]) { at[side] = made; return; }
    at = at[side];
  }
};
Tree.prototype.each = function (f) {
  (function walk(at) { if (at) { walk(at.left); f(at.key); walk(at.right); } })(this.root);
};
var tree = new Tree(), seed = 42, sum = 0;
for (var i = 0; i < 20000; i++) {
  seed = (seed * 1103515245 + 12345) % 2147483648;
  tree.add(seed % 100003);
}
tree.each(function (key) { sum = (sum * 31 + key) % 1000000007; });
print(sum, JSON.stringify({a: [1, "zwei", null], b: Math.round(Math.PI * 1e6)}));
print("lock the pool".replace(/(\w+) (\w+)/, "$2 $1"), parseInt("ff", 16));
''')

_script("orders.php", r'''
<?php
$rows = json_decode(file_get_contents($argv[1]), true);
$cities = [];
foreach ($rows as $row) { $cities[$row["city"]][] = $row["weight"]; }
ksort($cities);
foreach ($cities as $city => $weights) {
  printf("%s %d %.3f\n", $city, count($weights), array_sum($weights) / count($weights));
}
echo hash("sha256", serialize($rows)), " ", crc32(json_encode($rows)), "\n";
echo preg_replace_callback('/\b(\p{L})(\p{L}+)/u',
  fn ($found) => $found[2] . $found[1], "Größe und Lage der Räume"), "\n";
echo strlen(gzcompress(str_repeat("pool ", 9999))), " ", date("Y-m-d", 86400), "\n";
''')

_script("ledger.awk", r'''
BEGIN { FS = "," }
NR > 1 { rows[$3]++; weight[$3] += $4; if ($5 == "True") good[$3]++ }
END {
  for (city in rows) cities[++n] = city
  for (i = 2; i <= n; i++)
    for (j = i; j > 1 && cities[j - 1] > cities[j]; j--) {
      kept = cities[j]; cities[j] = cities[j - 1]; cities[j - 1] = kept
    }
  for (i = 1; i <= n; i++) {
    city = cities[i]
    printf "%s %d %.3f %.1f%%\n", city, rows[city], weight[city] / rows[city],
      100 * good[city] / rows[city]
  }
}
''')

_script("sorted.gawk", r'''
BEGIN { FPAT = "([^,]+)|(\"[^\"]+\")"; PROCINFO["sorted_in"] = "@val_num_desc" }
NR > 1 { total[$3] += $4; names[gensub("[0-9]+", "", "g", $2)]++ }
END {
  for (city in total) printf "%s %.2f\n", city, total[city]
  for (name in names) print name, names[name], length(name)
  print strftime("%Y-%m-%d", 86400, 1), and(12, 10), strtonum("0x1f")
  print asort(total), toupper("größe")
}
''')

_script("letters.gawk", r'''
@load "ordchr"
{
  for (at = 1; at <= length($0); at++) sum[ord(substr($0, at, 1)) % 16]++
}
END { for (n = 0; n < 16; n++) printf "%s%d%s", chr(65 + n), sum[n], n < 15 ? " " : "\n" }
''')

_script("pi.bc", r'''
scale = 400
4 * a(1)
define f(n) { if (n < 2) return (1); return (n * f(n - 1)) }
f(150)
e(1)
sqrt(2)
''')

_script("roots.dc", r'''
200k 2v p 10o 7 3 ^ p 2o 1023 p Ao
[lx 1 + d sx lp * sp lx 80 >m]sm
0 sx 1 sp lmx lp p
3 5 1000007 | p 17 4 ~ f
''')

_script("archive.sh", r'''
count=0 longest=
while IFS= read -r line; do
  count=$((count + 1))
  [ ${#line} -gt ${#longest} ] && longest=$line
  case $line in
    *pool*) pools=$((${pools:-0} + 1)) ;;
  esac
done < "$1"
set -- $longest
printf '%s lines, %s pools, %s words, the last is %s\n' "$count" "$pools" $# \
  "$(( $# * 2 ))"
i=0
while [ $i -lt 20 ]; do
  printf '%03o ' $((i * i))
  i=$((i + 1))
done
echo
''')
