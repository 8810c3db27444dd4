#!/usr/bin/python3 -B
# Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
"""What CELLBLOCK_HARDENED=1 promises beyond the default mode. The checks are in
fixtures/hardened.cc; crimes_test.py has the rest."""

from preload import (case, check, equal, fixture, fixture_cases, main,
                     preloaded)

HARDENED = fixture("hardened")

fixture_cases(HARDENED, modes=["hardened"], timeout=120)


def places(mode):
    run = preloaded([HARDENED, "places"], mode=mode)
    equal(run.code, 0, f"exit code (stderr {run.err!r})")
    return run.out


@case
def places_differ_from_run_to_run():
    seen = {places("hardened") for _ in range(5)}
    equal(len(seen), 5, "different orders of addresses in five runs")


@case
def places_are_the_same_in_the_default_mode():
    # The comparison above is one of the order, not of where the pool lies.
    seen = {places("default") for _ in range(5)}
    check(len(seen) == 1, f"{len(seen)} different orders")


main()
