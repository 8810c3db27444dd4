#!/usr/bin/python3 -B
# Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
"""Threads at work on blocks of every size, each of whose bytes is looked at.
fixtures/soak.cc says how to run it for longer; CELLBLOCK_SEED is its seed."""

import re

from preload import (MODES, case, check, equal, execute, fixture, main,
                     preload_environment)

SAID = re.compile(r"(CELLBLOCK_SEED=\d+)\n(valid\n)?"
                  r"(\d+) operations of (\d+) threads, (\d+) refused\n")


def soak(mode, threads, pool, refused):
    # Linked, so that the whole heap is checked at the end.
    environment = preload_environment(mode, pool)
    del environment["LD_PRELOAD"]
    run = execute([fixture("soak_linked"), "3", str(threads), "60"],
                  env=environment, timeout=60)
    equal(run.code, 0, f"exit code (stdout {run.out!r}, stderr {run.err!r})")
    said = SAID.fullmatch(run.out.decode())
    check(said and said.group(2), f"it says {run.out!r}")
    print(said.group(1), flush=True)
    check(int(said.group(3)) > 10000, f"only {said.group(3)} operations")
    check((int(said.group(5)) > 0) == refused,
          f"{said.group(5)} requests were refused")


for each in MODES:
    # With room for all, and with too little.
    case(soak, each, 4, "200M", False, name=f"four_threads_{each}")
    case(soak, each, 6, "48M", True, name=f"six_threads_without_room_{each}")

main()
