#!/usr/bin/python3 -B
# Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
"""MemorySnapshot (jail/call/memory_snapshot.h) in a program that lives on a
pool, preloaded and linked, in every mode of it, and on libc's malloc."""

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "../../allocator/malloc/preload"))

from preload import (MODES, VARIABLES, case, check, execute, main, names_of,
                     preload_environment, runfile, short)

FIXTURES = ("snapshot_memory", "snapshot_process")
POOL = "8M"
WAYS = {**MODES, "zeroed": {"CELLBLOCK_FILL": "zeroed"}}


def passes(path, name, environment):
    ended = execute([path, name], environment, timeout=100)
    check(ended.code == 0 and f"ok {name}\n".encode() in ended.out,
          f"ended with {ended.code}: {short(ended.out[-300:])} "
          f"{short(ended.err)}")


def fixture(name):
    return runfile("tests/jail/call/" + name)


for fixtures in FIXTURES:
    plain, linked = fixture(fixtures), fixture(fixtures + "_linked")
    for each in names_of(plain):
        for way, variables in WAYS.items():
            case(passes, plain, each,
                 preload_environment(pool=POOL, **variables),
                 name=f"{each}_preloaded_{way}")
            case(passes, linked, each,
                 {**VARIABLES, **variables, "CELLBLOCK_POOL": POOL},
                 name=f"{each}_linked_{way}")
        case(passes, plain, each, VARIABLES, name=f"{each}_libc")


@case
def what_it_costs_is_printed():
    for stack in ("8", "1"):
        ended = execute([fixture("snapshot_cost"), stack],
                        {**VARIABLES, "CELLBLOCK_POOL": "64M"})
        check(ended.code == 0, f"ended with {ended.code}: {ended.err!r}")
        print(ended.out.decode(), end="", flush=True)


main()
