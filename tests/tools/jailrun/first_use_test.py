#!/usr/bin/python3 -B
# Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
"""That libc has what it puts off until first use. Where a program may not open
files it has to be there before the lock; randomness and threads such a program
does not have."""

import os

from harness import case, check, contains, equal, execute, fixture, jail, main

ENVIRONMENT = dict(os.environ, LC_ALL="C.UTF-8")
FIRST_USES = ["print", "locale", "convert", "time", "sort", "processors",
              "errors", "random", "exit_thread", "cancel_thread"]


def first_use(command, preset):
    plain = execute(command, env=ENVIRONMENT).expect(0)
    run = jail(command, options=["--preset=" + preset], env=ENVIRONMENT)
    run.expect(0, "clean")
    equal(run.out, plain.out, "stdout")


for preset, missing in (("decoder", ()),
                        ("strict", ("random", "exit_thread", "cancel_thread"))):
    for use in FIRST_USES:
        if use not in missing:
            case(first_use, [fixture("first_use"), use], preset,
                 name=f"first_{use}_{preset}")
    case(first_use, [fixture("first_backtrace")], preset,
         name=f"first_backtrace_{preset}")


@case
def what_nothing_needs_is_not_loaded():
    run = jail(["/bin/cat", "/proc/self/maps"]).expect(0, "clean")
    check(b"libgcc_s" not in run.out, f"cat has mapped {run.out!r}")
    contains(run.out, b"libc.so", "what cat has mapped")


@case
def the_time_zone_is_the_programs_own():
    command = [fixture("first_use"), "zone"]
    without = {name: value for name, value in os.environ.items()
               if name != "TZ"}
    for preset, zone in (("decoder", b"none"), ("strict", b":/etc/localtime")):
        run = jail(command, options=["--preset=" + preset], env=without)
        equal(run.expect(0).out, zone, preset)
        run = jail(command, options=["--preset=" + preset],
                   env={**without, "TZ": "Asia/Kolkata"})
        equal(run.expect(0).out, b"Asia/Kolkata", preset)
    equal(jail([fixture("first_use"), "time"], options=["--preset=strict"],
               env={**without, "TZ": "Asia/Kolkata"}).expect(0).out,
          b"2023-11-15 03:43:20 +0530 IST\n", "time")


main()
