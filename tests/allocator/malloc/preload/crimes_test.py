#!/usr/bin/python3 -B
# Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
"""Mistakes with the heap end the program, with a line that names them, in a
process of its own each. The crimes are in fixtures/crimes.cc."""

import re
import signal

from preload import (MODES, VARIABLES, case, check, equal, execute, fixture,
                     main, preloaded)

CRIMES = fixture("crimes")

# What is told, in full, of an address.
REPORTS = {
    "double free": "it is in free memory, freed before or never handed out",
    "foreign free": "it is not in this pool",
    "interior free": "it is inside a live block, not at its start",
    "misaligned free": "no block of this pool can start there",
    "overflow": "what stands behind the block was overwritten",
}

# Two threads may tell it, of whichever address.
BY_TWO = ("free_at_the_same_time",)


def crime(mode, name, report, size):
    run = preloaded([CRIMES, name, size], mode=mode, pool="64M")
    check(b"unnoticed" not in run.out, f"unnoticed; stderr {run.err!r}")
    equal(run.code, -signal.SIGABRT, f"its end (stderr {run.err!r})")
    address = "0x[0-9a-f]+"
    if name not in BY_TWO:
        found = re.fullmatch(r"at (0x[0-9a-f]+)\n", run.out.decode())
        check(found, f"it says {run.out!r}, and on stderr {run.err!r}")
        address = found.group(1)
    line = f"cellblock: {report} of {address}: {REPORTS[report]}\n"
    check(re.fullmatch(f"({line}){{1,{2 if name in BY_TWO else 1}}}",
                       run.err.decode()),
          f"not {report} of {address}: {run.err!r}")


for line in execute([CRIMES, "list"], env=VARIABLES).out.decode().splitlines():
    crime_name, reported, promised, sizes = line.split("|")
    for each in MODES if promised == "both" else [promised]:
        for crime_size in sizes.split():
            case(crime, each, crime_name, reported, crime_size,
                 name=f"{crime_name}_{crime_size}_bytes_{each}")

main()
