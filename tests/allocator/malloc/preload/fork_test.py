#!/usr/bin/python3 -B
# Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
"""fork(2), vfork(2), system(3) and popen(3) while threads allocate. The checks
are in fixtures/forks.cc."""

from preload import (MODES, case, equal, fixture, fixture_cases, main,
                     preloaded)

FORKS = fixture("forks")

fixture_cases(FORKS, pool="100M", timeout=120)


# Of a library whose constructor may run before ours, or after it: what it
# registers for fork(2) allocates before, or after, what ours has.
def handlers_of_a_library_allocate(mode, **where):
    run = preloaded([FORKS, "forks_of_a_thread_while_others_allocate"],
                    mode=mode, timeout=120, **where)
    equal((run.code, run.err), (0, b""), f"its end, after {run.out!r}")


for each in MODES:
    for place in ("before", "after"):
        case(lambda each=each, place=place: handlers_of_a_library_allocate(
            each, **{place: [fixture("libneighbour.so")]}),
             name=f"fork_handlers_of_a_library_{place}_it_allocate_{each}")

main()
