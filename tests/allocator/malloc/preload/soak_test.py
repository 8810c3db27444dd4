#!/usr/bin/python3 -B
# Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
"""Threads at work on blocks of every size, each of whose bytes is looked at.
fixtures/soak.cc says how to run it for longer; CELLBLOCK_SEED is its seed."""

import re

from preload import MODES, case, check, equal, fixture, main, preloaded

SOAK = fixture("soak")
SAID = re.compile(r"(CELLBLOCK_SEED=\d+)\n(\d+) operations of (\d+) threads, "
                  r"(\d+) refused\n")


def soak(mode, threads, pool, refused):
    run = preloaded([SOAK, "5", str(threads), "60"], mode=mode, pool=pool,
                    timeout=60)
    equal(run.code, 0, f"exit code (stdout {run.out!r}, stderr {run.err!r})")
    said = SAID.fullmatch(run.out.decode())
    check(said, f"it says {run.out!r}")
    print(said.group(1), flush=True)
    check(int(said.group(2)) > 10000, f"only {said.group(2)} operations")
    check((int(said.group(4)) > 0) == refused,
          f"{said.group(4)} requests were refused")


for each in MODES:
    # With room for all, and with too little.
    case(soak, each, 1, "200M", False, name=f"one_thread_{each}")
    case(soak, each, 6, "200M", False, name=f"six_threads_{each}")
    case(soak, each, 6, "48M", True, name=f"six_threads_without_room_{each}")

main()
