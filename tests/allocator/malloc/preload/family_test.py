#!/usr/bin/python3 -B
# Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
"""What every member of malloc's family promises, under the preload. The checks
are in fixtures/family.cc; CELLBLOCK_SEED changes their random histories."""

from preload import case, equal, fixture, fixture_cases, main, preloaded

fixture_cases(fixture("family"))


@case
def figures_of_int_are_saturated():
    name = "every_form_of_the_figures_is_of_the_pool"
    run = preloaded([fixture("family"), name], pool="3G")
    equal((run.code, run.out), (0, f"ok {name}\n".encode()), "its end")


main()
