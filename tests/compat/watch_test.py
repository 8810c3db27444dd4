#!/usr/bin/python3 -B
# Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
"""watch.cc sees who ran unlocked, whatever jailrun says, and is in nobody's
way."""

import os
import signal
import sys

_HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [_HERE, os.path.join(_HERE, "../tools/jailrun")]

# pylint: disable=wrong-import-position
from harness import (Failure, case, check, contains, equal, execute, jail,
                     jailrun_path, main, program, runfile, scratch_file)
from watched import watched

JAILRUN = [jailrun_path()]


def refuses(run, path, wanted):
    """The check of a run fails, for that reason."""
    try:
        run.check_locked(path)
    except Failure as failure:
        contains(str(failure), wanted, "why")
        return
    raise Failure("a run that was not locked passes for locked")


@case
def a_locked_run_is_seen_to_be():
    run = watched(JAILRUN, [program("sha256sum"), "/etc/passwd"])
    equal(run.code, 0, "exit code")
    run.check_locked(program("sha256sum"))


@case
def a_run_without_the_lock_is_found_out():
    run = watched([*JAILRUN, "--unjailed"], [program("sha256sum")])
    equal(run.code, 0, "exit code")
    refuses(run, program("sha256sum"), "Seccomp")


@case
def a_second_process_is_found_out():
    run = watched([*JAILRUN, "--unjailed"],
                  ["/bin/sh", "-c", "sha256sum </dev/null; true"])
    equal(run.code, 0, "exit code")
    refuses(run, "/bin/sh", "beside the launcher")


@case
def another_program_is_found_out():
    run = watched(JAILRUN, [program("sha256sum"), "/etc/passwd"])
    refuses(run, program("sort"), "the program")


@case
def no_new_privs_alone_is_not_a_lock():
    run = watched([*JAILRUN, "--unjailed"],
                  [program("setpriv"), "--no-new-privs", program("env")])
    process, = (other for other in run.processes if not other["launcher"])
    equal(process["no_new_privs"], 1, "NoNewPrivs")
    refuses(run, program("env"), "executions")


@case
def a_process_that_was_killed_is_seen_too():
    run = watched([*JAILRUN, "--timeout=300ms"],
                  [program("perl"), "-e", "1 while 1"])
    equal(run.code, 124, "exit code")
    run.check_locked(program("perl"))


@case
def a_violation_ends_as_without_it():
    words = ["/bin/sh", "-c", "id; echo done"]
    run = watched(JAILRUN, words)
    alone = jail(words, pool=None)
    equal(run.code, alone.code, "exit code")
    equal(run.report["verdict"], alone.report["verdict"], "verdict")


@case
def streams_and_signals_are_the_programs():
    path = scratch_file("lines", b"b\na\n")
    with open(path, "rb") as stdin:
        run = watched(JAILRUN, [program("sort"), "-"], stdin=stdin)
    equal((run.code, run.out, run.err), (0, b"a\nb\n", b""), "outcome")
    run = watched(JAILRUN, [program("perl"), "-e",
                            "$SIG{ALRM} = sub { print qq(rang\\n); exit 3 };"
                            "alarm 1; 1 while 1"])
    equal((run.code, run.out), (3, b"rang\n"), "outcome")


@case
def its_own_end_is_the_commands():
    watch = runfile("tests/compat/watch")
    equal(execute([watch, "1", "/bin/sh", "-c", "exit 7"]).code, 7, "code")
    killed = execute([watch, "1", "/bin/sh", "-c", "kill -TERM $$"])
    equal(killed.code, -signal.SIGTERM, "signal")


main()
