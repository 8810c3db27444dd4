# Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
"""Runs of jailrun that watch.cc looks at from outside."""

import json
import os
import tempfile

from harness import check, equal, execute, runfile, scratch, short

# Numbers that no test uses for its own purposes.
_REPORT_FD = 200
_WATCH_FD = 201


def _interpreter(program):
    """What the kernel runs: of a script, the program in its first line."""
    with open(program, "rb") as file:
        first = file.readline(256)
    return first[2:].split()[0].decode() if first[:2] == b"#!" else program


class WatchedRun:
    """How a run ended, what jailrun says of it, and what the kernel says of
    each of its processes."""

    def __init__(self, run, report, processes):
        self.code = run.code
        self.out = run.out
        self.err = run.err
        check(report, f"no JSON report; stderr: {short(run.err)}")
        check(processes, f"nothing was watched; stderr: {short(run.err)}")
        self.report = json.loads(report.decode("utf-8", "surrogateescape"))
        self.processes = json.loads(processes)

    def check_locked(self, program):
        """One process ran the program, under a filter that it cannot take
        off, and but for the launcher and what explains its report there was no
        other."""
        launcher, = (process for process in self.processes
                     if process["launcher"])
        explains = os.path.join(os.path.dirname(launcher["program"]),
                                "jailrun-explain")
        others = [process for process in self.processes
                  if not process["launcher"] and
                  process["program"] != explains]
        told = f"processes {self.processes}"
        equal(len(others), 1, f"processes beside the launcher ({told})")
        process = others[0]
        equal(process["program"], os.path.realpath(_interpreter(program)),
              f"the program ({told})")
        equal(process["executed"], 1, f"executions ({told})")
        equal(process["seccomp"], 2, f"Seccomp ({told})")
        equal(process["no_new_privs"], 1, f"NoNewPrivs ({told})")
        check((process["filters"] or 0) > (launcher["filters"] or 0),
              f"no filter of its own ({told})")


def watched(launcher, argv, **more):
    """Runs `launcher`, jailrun with its options, on a program."""
    with (tempfile.TemporaryFile(dir=scratch()) as report,
          tempfile.TemporaryFile(dir=scratch()) as processes):
        os.dup2(report.fileno(), _REPORT_FD)
        os.dup2(processes.fileno(), _WATCH_FD)
        try:
            run = execute([runfile("tests/compat/watch"), str(_WATCH_FD),
                           *launcher, f"--json-fd={_REPORT_FD}", "--", *argv],
                          pass_fds=(_REPORT_FD, _WATCH_FD), **more)
        finally:
            os.close(_REPORT_FD)
            os.close(_WATCH_FD)
        report.seek(0)
        processes.seek(0)
        return WatchedRun(run, report.read(), processes.read())
