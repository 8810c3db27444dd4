#!/usr/bin/python3 -B
# Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
"""What allocator/malloc/heap_access.h gives to a program that the malloc is
preloaded to, and to one that it is linked to; and to one without it: null."""

from preload import (MODES, VARIABLES, case, check, equal, execute, fixture,
                     main, names_of, preload_environment, short)

POOL = {"CELLBLOCK_POOL": "64M"}
PRELOADED, LINKED, STATIC = (
    fixture("heap_access" + form) for form in ("", "_linked", "_static"))


def passes(path, name, environment):
    ended = execute([path, name], environment)
    check(ended.code == 0 and f"ok {name}\n".encode() in ended.out,
          f"ended with {ended.code}: {short(ended.out[-300:])} "
          f"{short(ended.err)}")


for mode, variables in MODES.items():
    for each in names_of(LINKED):
        if each == "is_absent":
            continue
        case(passes, PRELOADED, each, preload_environment(mode, pool="64M"),
             name=f"{each}_preloaded_{mode}")
        for form, path in (("linked", LINKED), ("static", STATIC)):
            case(passes, path, each, {**VARIABLES, **POOL, **variables},
                 name=f"{each}_{form}_{mode}")

case(passes, PRELOADED, "is_absent", VARIABLES, name="is_absent_without_it")


@case
def it_is_not_absent_with_it():
    ended = execute([LINKED, "is_absent"], VARIABLES)
    equal(ended.code, 1, "exit code of is_absent where it is there")


main()
