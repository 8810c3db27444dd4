#!/usr/bin/python3 -B
# Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
"""What a trapped call costs, beside libc's symbol in the jail and both outside.

    trap_bench.py BUILT [ROUNDS]

BUILT is Bazel's folder of what is built: //tests/benchmark:trap_calls and
//tools/jailrun. Each round runs the calls plain and in a jail, in turn; the
figures are the least of all rounds. The last line is what one trap costs.
"""

import os
import subprocess
import sys


def measured(command, least):
    done = subprocess.run(command, stdout=subprocess.PIPE, check=True)
    for line in done.stdout.decode().splitlines():
        figures, name = line.split("\t")
        old = least.setdefault(name, (float("inf"), float("inf")))
        least[name] = tuple(map(min, old, map(float, figures.split())))


def main():
    built = sys.argv[1]
    rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 10
    subject = os.path.join(built, "tests/benchmark/trap_calls")
    jailrun = os.path.join(built, "tools/jailrun/jailrun")
    plain, jailed = {}, {}
    for _ in range(rounds):
        measured([subject], plain)
        measured([jailrun, "--pool=64M", "--", subject], jailed)
    print("| ns | kernel | in a jail, by libc's symbol | x kernel "
          "| by number | x kernel |")
    print("| --- |" + " ---: |" * 5)
    for name, (kernel, _) in plain.items():
        trapped, symbol = jailed[name]
        print(f"| {name} | {kernel:.0f} | {symbol:.0f} "
              f"| {symbol / kernel:.2f} | {trapped:.0f} "
              f"| {trapped / kernel:.1f} |")
    by_number, symbol = jailed["mprotect, twice"]
    print(f"\none trap: {(by_number - symbol) / 2:.0f} ns more than its symbol")


if __name__ == "__main__":
    main()
