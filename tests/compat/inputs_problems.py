# Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
"""Problems for solvers."""

import itertools
import random

from made import makes, makes_by


def _cnf(variables, clauses):
    return (f"p cnf {variables} {len(clauses)}\n" + "".join(
        " ".join(map(str, clause)) + " 0\n" for clause in clauses)).encode()


@makes("random.cnf")
def random_cnf():
    """Solvable: a solution was chosen first."""
    draw = random.Random(31)
    count = 150
    values = [draw.random() < 0.5 for _ in range(count)]
    clauses = []
    while len(clauses) < 620:
        chosen = draw.sample(range(count), 3)
        signs = [draw.random() < 0.5 for _ in chosen]
        if any(values[at] == sign for at, sign in zip(chosen, signs)):
            clauses.append([at + 1 if sign else -at - 1
                            for at, sign in zip(chosen, signs)])
    return _cnf(count, clauses)


@makes("holes.cnf")
def holes_cnf():
    """Seven pigeons, six holes."""
    holes = 6

    def at(pigeon, hole):
        return pigeon * holes + hole + 1
    clauses = [[at(pigeon, hole) for hole in range(holes)]
               for pigeon in range(holes + 1)]
    clauses += [[-at(one, hole), -at(other, hole)] for hole in range(holes)
                for one, other in itertools.combinations(range(holes + 1), 2)]
    return _cnf((holes + 1) * holes, clauses)


def _knapsack():
    draw = random.Random(32)
    return [(draw.randrange(20, 90), draw.randrange(15, 80), draw.randrange(5, 60))
            for _ in range(25)]


@makes("knapsack.lp")
def knapsack_lp():
    """In CPLEX's format."""
    items = list(enumerate(_knapsack()))
    worth = " + ".join(f"{worth} x{n}" for n, (worth, _, _) in items)
    weight = " + ".join(f"{weight} x{n}" for n, (_, weight, _) in items)
    room = " + ".join(f"{room} x{n}" for n, (_, _, room) in items)
    names = " ".join(f"x{n}" for n, _ in items)
    return (f"Maximize\n worth: {worth}\nSubject To\n weight: {weight} <= 400\n"
            f" room: {room} <= 300\n pair: x1 + x2 <= 1\nBinary\n {names}\n"
            "End\n").encode()


@makes("knapsack.lpsolve")
def knapsack_lpsolve():
    """In lp_solve's own format."""
    items = list(enumerate(_knapsack()))
    worth = " + ".join(f"{worth} x{n}" for n, (worth, _, _) in items)
    weight = " + ".join(f"{weight} x{n}" for n, (_, weight, _) in items)
    room = " + ".join(f"{room} x{n}" for n, (_, _, room) in items)
    bounds = "".join(f"x{n} <= 1;\n" for n, _ in items)
    names = ", ".join(f"x{n}" for n, _ in items)
    return (f"max: {worth};\nc1: {weight} <= 400;\nc2: {room} <= 300;\n{bounds}"
            f"int {names};\n").encode()


@makes("transport.mod")
def transport_mod():
    return """
set PLANTS; set TOWNS;
param stock {p in PLANTS}; param need {t in TOWNS}; param cost {PLANTS, TOWNS};
var x {p in PLANTS, t in TOWNS} >= 0;
var open {p in PLANTS} binary;
minimize total: sum {p in PLANTS, t in TOWNS} cost[p, t] * x[p, t]
  + sum {p in PLANTS} 900 * open[p];
s.t. supply {p in PLANTS}: sum {t in TOWNS} x[p, t] <= stock[p] * open[p];
s.t. demand {t in TOWNS}: sum {p in PLANTS} x[p, t] >= need[t];
solve;
printf {p in PLANTS, t in TOWNS: x[p, t] > 0}: "%s -> %s: %g\\n", p, t, x[p, t];
data;
set PLANTS := north south west; set TOWNS := a b c d e;
param stock := north 350 south 500 west 420;
param need := a 80 b 120 c 150 d 90 e 200;
param cost : a b c d e := north 9 6 3 7 5  south 4 8 6 9 6  west 7 5 8 3 4;
end;
""".encode()


makes_by("transport.mps", "glpsol", "--check", "--math", "{transport.mod}",
         "--wfreemps", "{}")


@makes("puzzle.smt2")
def puzzle_smt2():
    """Eight queens on integers, and what bit-vectors do."""
    rows = range(8)
    text = "(set-logic ALL)\n(set-option :produce-models true)\n"
    text += "".join(f"(declare-const q{n} Int)(assert (and (<= 0 q{n}) (< q{n} 8)))\n"
                    for n in rows)
    for one, other in itertools.combinations(rows, 2):
        text += (f"(assert (and (distinct q{one} q{other}) (distinct (- q{one} q{other})"
                 f" {other - one}) (distinct (- q{other} q{one}) {other - one})))\n")
    text += "(check-sat)\n(get-value (" + " ".join(f"q{n}" for n in rows) + "))\n"
    return text.encode()


@makes("vectors.smt2")
def vectors_smt2():
    return """
(set-logic QF_BV)
(declare-fun a () (_ BitVec 16))
(declare-fun b () (_ BitVec 16))
(declare-fun c () (_ BitVec 16))
(assert (= (bvmul a b) #xbeef))
(assert (bvugt a #x0001))
(assert (bvugt b #x0001))
(assert (= c (bvxor (bvshl a #x0003) (bvlshr b #x0002))))
(assert (not (= (bvadd a (bvsub b a)) b)))
(check-sat)
(exit)
""".encode()


@makes("points.qhull")
def points():
    draw = random.Random(33)
    rows = [f"{draw.gauss(0, 1):.6f} {draw.gauss(0, 1):.6f} {draw.gauss(0, 1):.6f}\n"
            for _ in range(1500)]
    return f"3\n{len(rows)}\n{''.join(rows)}".encode()


makes_by("graphs.g6", "nauty-geng", "-c", "-q", "7")


@makes("numbers.gp")
def numbers_gp():
    return """
default(realprecision, 200);
print(Pi * exp(1));
print(factor(2^128 + 1));
print(bnfinit(x^3 - x^2 - 54*x + 169).cyc);
print(ellap(ellinit([0, 0, 1, -7, 6]), 10007));
print(zeta(3) - sum(n = 1, 200, 1. / n^3));
print(polroots(x^5 - x - 1)[1]);
print(matdet(matrix(20, 20, i, j, 1 / (i + j - 1))));
print(primepi(10^6));
""".encode()


@makes("composite.txt")
def composite():
    return b"1000000016000000063\n(2^89-1)*(10^18+9)*1000003\n"


@makes("equations.smt2")
def equations_smt2():
    return """
(set-logic QF_LRA)
(declare-const x Real)
(declare-const y Real)
(declare-const z Real)
(assert (> (+ (* 3 x) (* 2 y) (- z)) 1))
(assert (< (- (* 2 x) (* 2 y) (* (- 4) z)) 7))
(assert (or (> x (+ y 5)) (< z (- x 11))))
(assert (= (+ x y z) 10))
(check-sat)
(get-model)
""".encode()
