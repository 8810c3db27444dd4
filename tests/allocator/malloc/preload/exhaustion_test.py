#!/usr/bin/python3 -B
# Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
"""A full pool: what each call answers, and that a thousand times full loses
nothing. The checks are in fixtures/exhaustion.cc."""

import os
import re

from preload import (MODES, case, check, equal, fixture, fixture_cases, main,
                     preloaded)

EXHAUSTION = fixture("exhaustion")
# In full with CELLBLOCK_FULL, which tools/soak.sh sets; else a fifth.
IN_FULL = 1000
ROUNDS = IN_FULL if "CELLBLOCK_FULL" in os.environ else IN_FULL // 5

fixture_cases(EXHAUSTION, pool="8M")

# KIND: the pool, and the least share of it that has to be usable: in the
# default mode, which rounds sizes up, and in the hardened one, which does not.
KINDS = {
    "small": ("4M", 0.97, 0.77),
    "odd": ("16M", 0.97, 0.94),
    "medium": ("16M", 0.93, 0.85),
    "pages": ("16M", 0.98, 0.95),
    "large": ("64M", 0.98, 0.97),
    "mixed": ("16M", 0.98, 0.97),
}

# The means are of the first and the last quarter of the rounds: of few they
# differ by more than a hundredth at times, with where blocks happen to lie.
SAID = re.compile(
    r"first (\d+) least (\d+) early (\d+) late (\d+) (\w+)\n$")


# How the last rounds compare with the first ones. In the hardened mode some
# blocks of each round wait in quarantines, and keep what lies beside them apart:
# the yield goes up and down with where they are.
LATE = {"default": 0.999, "hardened": 0.99}

# How far below the first a single round may be. What threads get depends on how
# they alternate; and in the hardened mode, where blocks lie in random order, a
# block counts for what was asked for, however large it is.
LEAST = {("default", 1): 0.999, ("default", 4): 0.996,
         ("hardened", 1): 0.97, ("hardened", 4): 0.94}


def yields(mode, kind, threads, count):
    """Of the first round, of the worst, and the means of the first and the last
    quarter."""
    run = preloaded([EXHAUSTION, "rounds", kind, str(threads), str(count)],
                    mode=mode, pool=KINDS[kind][0], timeout=120)
    equal(run.code, 0, f"exit code (stderr {run.err!r})")
    found = SAID.search(run.out.decode())
    check(found, f"it says {run.out!r}")
    equal(found.group(5), "whole", "the content of the blocks")
    return map(int, found.groups()[:4])


def rounds(mode, kind, threads):
    pool, *shares = KINDS[kind]
    share = shares[mode == "hardened"]
    first, least, early, late = yields(mode, kind, threads, ROUNDS)
    if late < LATE[mode] * early and ROUNDS < IN_FULL:
        # What is lost again and again shows in all of them too.
        first, least, early, late = yields(mode, kind, threads, IN_FULL)
    size = int(pool[:-1]) << 20
    check(share * size <= first <= size, f"of {size} the first was {first}")
    what = f"first {first}, least {least}, means {early} and {late}"
    check(late >= LATE[mode] * early, f"more and more is lost: {what}")
    check(least >= LEAST[mode, threads] * first,
          f"a round had much less: {what}")


for mode in MODES:
    for threads in (1, 4):
        for kind in KINDS:
            case(rounds, mode, kind, threads,
                 name=f"{ROUNDS}_rounds_of_{kind}_blocks_lose_nothing_"
                      f"{threads}_threads_{mode}")

main()
