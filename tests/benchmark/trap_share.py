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
    """Traps, microseconds of CPU time, and the share."""
    trial = Trial(command)
    report = trial.jailed(trial.options).run.report
    traps = report["calls"]["trapped"]
    used = report["time"]["user_us"] + report["time"]["system_us"]
    return traps, used, traps * nanoseconds / 1000 / max(used, 1)


def main():
    tables = os.path.abspath("tests/compat/tables")
    nanoseconds = float(sys.argv[2])
    word = sys.argv[3] if len(sys.argv) > 3 else ""
    os.chdir(sys.argv[1])
    most = counted = over = 0
    print("| command | traps | CPU, ms | share |")
    print("| --- | ---: | ---: | ---: |")
    for category, commands in read_tables(tables).items():
        for command in commands:
            if command.fails or word not in category:
                continue
            traps, used, share = share_of(command, nanoseconds)
            counted += 1
            most = max(most, traps)
            if share > LIMIT:
                over += 1
                print(f"| {command.name} | {traps} | {used / 1000:.1f} "
                      f"| {share:.1%} |")
    shutil.rmtree(scratch(), ignore_errors=True)
    print(f"\n{counted} commands, {over} over {LIMIT:.0%}; "
          f"{most} traps at most")


if __name__ == "__main__":
    main()
