#!/usr/bin/python3 -B
# Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
"""--auto-load: runs that find out what a program loads late, where they can be
made without anybody noticing, and what is taken of what they say."""

import os
import subprocess

from harness import (bare, case, check, contains, equal, fixture, jail, main,
                     program, scratch, scratch_file)

SUBJECT = fixture("learn_subject")
ENDS = fixture("ends")
FORGED = fixture("forged_late_loads")
LATE = os.path.realpath(fixture("late_library.so"))
CRASHES = fixture("loaded_crashes.so")


@case
def forged_names_are_not_loaded():
    crash = scratch_file("crash.so", open(CRASHES, "rb").read())
    up = "/usr/lib/../.." + crash
    run = jail([FORGED, "0", crash, up, "/usr/lib/nothing.so", "/usr/lib"],
               options=["--auto-load"], stdin=subprocess.DEVNULL)
    run.expect(0, "clean")
    equal(run.report["loads"]["learned"], [], "learned")
    equal(run.report["loads"]["loaded"], 0, "loaded")
    check({crash, up} <= set(run.report["loads"]["not_trusted"]), "not trusted")
    for line in run.error_lines():
        check(line.startswith("jailrun: --auto-load: "), line)


def learned(command, options, wanted, runs, **more):
    run = jail(command, options=["--auto-load", *options],
               **{"stdin": subprocess.DEVNULL, **more})
    equal(run.report["loads"]["learned"], wanted, "learned")
    equal(run.report["loads"]["learning_runs"], runs, "runs")
    return run


POSIX = ["perl", "-MPOSIX", "-e", "print floor(3.5), -t 0 ? 1 : 2"]


@case
def auto_load_learns():
    run = learned([program("perl"), *POSIX[1:]], [], ["--load=@perl"], 2)
    run.expect(0, "clean")
    equal(run.out, b"32", "stdout")
    equal(run.err, b"jailrun: --auto-load: learned in 2 runs: --load=@perl\n",
          "stderr")
    run = learned([program("perl"), *POSIX[1:]], ["--report=never"],
                  ["--load=@perl"], 2)
    equal(run.err, b"", "stderr")


@case
def auto_load_has_nothing_to_learn():
    run = learned([ENDS, "exit", "7"], [], [], 1).expect(7, "program_error")
    equal(run.err, b"", "stderr")


@case
def auto_load_rewinds_its_input():
    code = "use POSIX; seek(STDIN, 0, 1); print tell(STDIN), ' ', join('', <>)"
    path = scratch_file("input", b"skipped\none\ntwo\n")
    with open(path, "rb", buffering=0) as file:
        file.read(8)
        run = learned([program("perl"), "-e", code], [], ["--load=@perl"], 2,
                      stdin=file)
    equal(run.expect(0, "clean").out, b"8 one\ntwo\n", "stdout")


@case
def auto_load_takes_no_library_of_a_user():
    run = jail([SUBJECT, "load", LATE], options=["--auto-load"],
               stdin=subprocess.DEVNULL).expect(1, "program_error")
    equal(run.report["loads"]["not_trusted"], [LATE], "not trusted")
    contains(run.err.decode(), f"--auto-load: {LATE} is not loaded, since "
             "others than root could have put it there", "stderr")


@case
def auto_load_keeps_what_is_given():
    run = learned([SUBJECT, "load", LATE], ["--load=" + LATE], [], 1)
    equal(run.expect(0, "clean").out, b"done\n", "stdout")
    equal(run.err, b"", "stderr")


@case
def auto_load_ends_each_run_in_time():
    run = jail([ENDS, "loop"], options=["--auto-load", "--timeout=300ms"],
               stdin=subprocess.DEVNULL)
    run.expect(124, "timeout")
    equal(run.report["loads"]["learning_runs"], 1, "runs")


def not_twice(options, why, command=None, **more):
    run = jail(command or [ENDS, "exit"], options=["--auto-load", *options],
               **{"stdin": subprocess.DEVNULL, **more})
    run.expect(125, "setup_failed")
    contains(run.err.decode(),
             "--auto-load: the program cannot be run twice: ", "stderr")
    contains(run.err.decode(), why, "stderr")


NOT_TWICE = {
    "writable": (["--rw=/tmp"], "--rw lets it write"),
    "allowed": (["--allow=socketpair"], "beyond the presets"),
    "service": (["--preset=service"], "beyond the presets"),
    "log": (["--on-violation=log"], "carries out"),
}
for name, (options, why) in NOT_TWICE.items():
    case(not_twice, options, why, name="not_twice_" + name)


@case
def not_twice_of_what_can_be_read_once():
    not_twice([], "standard input is a pipe", stdin=b"x")
    with open(scratch_file("both", b""), "r+b") as file:
        not_twice([], "a file that the program may write to", stdin=file)
    fifo = os.path.join(scratch(), "fifo")
    os.mkfifo(fifo)
    not_twice([], fifo, command=[ENDS, "exit", "in=" + fifo])
    master, terminal = os.openpty()
    not_twice([], "standard input is a terminal", stdin=terminal)
    os.close(master)
    os.close(terminal)


@case
def not_twice_of_what_is_passed():
    with open("/dev/null", "rb") as file:
        not_twice([], "--pass-fd", pass_fds=(file.fileno(),))
    run = bare(["--auto-load", "--unjailed", "--", ENDS]).expect(125)
    contains(run.err, b"--unjailed and --auto-load exclude each other", "stderr")


main()
