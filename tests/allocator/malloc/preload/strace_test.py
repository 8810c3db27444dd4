#!/usr/bin/python3 -B
# Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
"""Once the pool is there, allocation makes no system call but futex(2) where
threads meet; strace is the witness.

fixtures/quiet.cc says "begin" and "end", and allocates between.
"""

import os
import re

from preload import (MODES, VARIABLES, case, check, equal, execute, fixture,
                     main, preload_environment, program, scratch)

QUIET = fixture("quiet")

LINE = re.compile(r"^(\d+) +(.*)$")
CALL = re.compile(r"^(?:<\.\.\. )?(\w+)(?:\(| resumed>)")
# What asks the kernel for memory that is nobody's file.
MEMORY = {"brk", "madvise", "mremap", "munmap", "mprotect"}


def trace(command, environment):
    """The calls of all threads, as strace saw them: (pid, name, line)."""
    out = os.path.join(scratch(), "trace")
    variables = [word for name, value in environment.items()
                 for word in ("-E", f"{name}={value}")]
    run = execute([program("strace"), "-f", "-s", "16", "-o", out, *variables,
                   *command], env=VARIABLES, timeout=120)
    equal(run.code, 0, f"exit code (stdout {run.out[-200:]!r}, stderr "
                       f"{run.err[-300:]!r})")
    calls = []
    with open(out, encoding="utf-8", errors="replace") as file:
        for line in file:
            pid, text = LINE.match(line.rstrip("\n")).groups()
            call = CALL.match(text)
            if call:
                calls.append((pid, call.group(1), text))
    return run, calls


def between(calls):
    """The calls between the two lines."""
    at = [index for index, (_, name, text) in enumerate(calls)
          if name == "write" and ('"begin\\n"' in text or '"end\\n"' in text)]
    equal(len(at), 2, "lines of the fixture in the trace")
    return [call for call in calls[at[0] + 1:at[1]]
            if not call[2].startswith("<... write resumed>")]


def quiet(mode, what, allowed, pool):
    _, calls = trace([QUIET, what], preload_environment(mode, pool))
    check(sum(name == "mmap" for _, name, _ in calls) > 5,
          "strace sees no mappings of the loader")
    strange = [text for _, name, text in between(calls) if name not in allowed]
    equal(strange, [], "calls between the lines")


for mode in MODES:
    case(quiet, mode, "single", (), "200M",
         name=f"one_thread_makes_no_call_{mode}")
    case(quiet, mode, "threads", ("futex",), "400M",
         name=f"threads_make_no_call_but_futex_{mode}")
    case(quiet, mode, "exhaust", (), "16M",
         name=f"exhaustion_and_recovery_make_no_call_{mode}")
    case(quiet, mode, "exhaust_threads", ("futex",), "16M",
         name=f"exhaustion_of_threads_makes_no_call_but_futex_{mode}")


@case
def the_witness_sees_what_another_malloc_does():
    # The same reading finds the calls of libc's.
    _, calls = trace([QUIET, "single"], VARIABLES)
    names = {name for _, name, _ in between(calls)}
    check(names & {"brk", "mmap"}, f"only {names}")


def asked_for_memory(calls):
    """The calls of a program for memory after the loader is done with its
    libraries, which is when it asks for its limits or its break first."""
    last_file = max(index for index, (_, name, text) in enumerate(calls)
                    if name == "mmap" and "MAP_ANONYMOUS" not in text)
    return [text for _, name, text in calls[last_file + 1:]
            if name in ("brk", "mremap", "madvise") or
            name == "mmap" and "MAP_ANONYMOUS" in text]


LUA = """
local t = {}
for i = 1, 300000 do t[i] = {string.rep('x', i % 300), i} end
local n = 0
for i = 1, #t do n = n + #t[i][1] end
print(n)
"""


def lua_takes_no_memory(mode):
    command = [program("lua5.4"), "-e", LUA]
    plain, calls = trace(command, VARIABLES)
    check(len(asked_for_memory(calls)) > 20, "libc asks for memory, too")
    ours, calls = trace(command, preload_environment(mode, "400M"))
    equal(ours.out, plain.out, "stdout")
    # The pool itself is made before main: mappings of it, and no break.
    equal([text for text in asked_for_memory(calls) if "brk" in text and
           "brk(NULL)" not in text], [], "the break moves")
    made = [text for text in asked_for_memory(calls) if "mmap" in text]
    check(len(made) <= 8, f"{len(made)} mappings: {made}")


for mode in MODES:
    case(lua_takes_no_memory, mode,
         name=f"lua_asks_for_its_pool_and_no_more_{mode}")

main()
