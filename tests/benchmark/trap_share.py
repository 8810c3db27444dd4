#!/usr/bin/python3 -B
# Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
"""Which share of their CPU time the programs of tests/compat spend in traps.

    trap_share.py BUILT NANOSECONDS [WORD]

BUILT is Bazel's folder of what is built: //tests/compat:watch and
//tools/jailrun. NANOSECONDS is what one trap costs, as trap_bench.py says. With
WORD, only the categories that have it in their names. Each command that works
is run once in the jail. One that is over 1 % is printed; the last lines count.
"""

import os
import shutil
import sys

sys.path[:0] = [os.path.join(os.path.dirname(os.path.abspath(__file__)), part)
                for part in ("../compat", "../tools/jailrun")]

# pylint: disable=wrong-import-position
from compat_test import Trial
from harness import scratch
from tables import read_tables

LIMIT = 0.01


def share_of(command, nanoseconds):
    """Traps, microseconds of CPU time, and the share. None if it did not work,
    which the tests say more of."""
    trial = Trial(command)
    run = trial.jailed(trial.options).run
    if run.code != command.code or not run.report["posture"]["locked"]:
        return None
    traps = run.report["calls"]["trapped"]
    used = run.report["time"]["user_us"] + run.report["time"]["system_us"]
    return traps, used, traps * nanoseconds / 1000 / max(used, 1)


def main():
    tables = os.path.abspath("tests/compat/tables")
    nanoseconds = float(sys.argv[2])
    word = sys.argv[3] if len(sys.argv) > 3 else ""
    os.chdir(sys.argv[1])
    shares = {}
    print("| command | traps | CPU, ms | share |")
    print("| --- | ---: | ---: | ---: |")
    for category, commands in read_tables(tables).items():
        for command in commands:
            if command.fails or word not in category:
                continue
            found = shares[command.name] = share_of(command, nanoseconds)
            if found is not None and found[2] > LIMIT:
                print(f"| {command.name} | {found[0]} | {found[1] / 1000:.1f} "
                      f"| {found[2]:.1%} |")
    shutil.rmtree(scratch(), ignore_errors=True)
    worked = [found for found in shares.values() if found is not None]
    over = [found for found in worked if found[2] > LIMIT]
    print(f"\n{len(worked)} commands, {len(over)} over {LIMIT:.0%}; "
          f"{max(found[0] for found in worked)} traps at most, "
          f"{max(found[2] for found in worked):.2%} of the time at most")
    if len(worked) < len(shares):
        print("did not work:", *(name for name, found in shares.items()
                                 if found is None), sep="\n  ")


if __name__ == "__main__":
    main()
