#!/usr/bin/python3 -B
# Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
"""Threads that come and go leave nothing behind, and their ends may allocate.
The checks are in fixtures/threads.cc."""

from preload import (MODES, case, equal, fixture, fixture_cases, main,
                     preloaded)

THREADS = fixture("threads")

fixture_cases(THREADS, timeout=120)


def main_ends_by_pthread_exit(mode):
    for _ in range(5):
        run = preloaded([THREADS, "leave_main"], mode=mode)
        equal((run.code, run.out, run.err), (0, b"went on\n", b""), "its end")


def a_detached_thread_outlives_main(mode):
    for _ in range(50):
        run = preloaded([THREADS, "outlive_main"], mode=mode)
        equal((run.code, run.out, run.err), (0, b"", b""), "its end")


for mode in MODES:
    case(main_ends_by_pthread_exit, mode,
         name=f"main_ends_by_pthread_exit_{mode}")
    case(a_detached_thread_outlives_main, mode,
         name=f"a_detached_thread_outlives_main_{mode}")

main()
