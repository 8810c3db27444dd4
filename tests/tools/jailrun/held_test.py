#!/usr/bin/python3 -B
# Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
"""A program that holds something at its lock which no filter sees is not run;
one that holds files, pipes and the like is, and the posture counts them."""

import ctypes
import os

from harness import (case, check, contains, equal, fixture, jail, main,
                     scratch, scratch_file)

HELD = fixture("held")
DEGRADE = fixture("degrade")
NONE_OF = ("no io_uring, memory of a process, seccomp listener, userfaultfd, "
           "bpf or perf")
NO_LANDLOCK = ["landlock_create_ruleset=ENOSYS"]
SENT = ["pidfd_getfd=EPERM"]
NO_KCMP = ["kcmp=EPERM"]


def under(failures):
    return [DEGRADE, *failures, "--"] if failures else []


def layer(run):
    found = run.report["posture"]["descriptors"]
    return found["state"], found["detail"]


def runs(words, opened, failures=(), **more):
    run = jail([HELD, *words], under=under(failures), **more)
    run.expect(0, "clean")
    equal(run.out, b"main ran\n", "stdout")
    equal(layer(run), ("enforced", "0, 1, 2 and what --pass-fd names; "
                       f"{opened} more from before main: {NONE_OF}"),
          "posture.descriptors")


def not_run(words, reason, failures=(), **more):
    run = jail([HELD, *words], under=under(failures), **more)
    run.expect(125, "setup_failed")
    equal(run.out, b"", "stdout: main ran")
    contains(run.verdict["reason"], reason, "verdict.reason")
    contains(run.verdict["advice"], "cannot be confined", "verdict.advice")
    contains(run.err, run.verdict["reason"].encode(), "stderr")
    equal(run.report["posture"]["locked"], False, "posture.locked")


for failed_name, failed in {"": [], "_no_kcmp": NO_KCMP, "_sent": SENT,
                            "_sent_no_kcmp": SENT + NO_KCMP}.items():
    case(runs, ["nothing"], "nothing", failed, name="nothing" + failed_name)
    case(runs, ["files"], "7", failed, name="files" + failed_name)


def closed(*numbers):
    def close():
        for number in numbers:
            os.close(number)
    return close


@case
def closed_standard_streams():
    for failed in ([], NO_KCMP):
        for numbers in ((0,), (0, 2)):
            runs(["nothing"], "nothing", failed, preexec_fn=closed(*numbers))
    not_run(["ring"], RING, preexec_fn=closed(0))
    not_run(["ring", "0"], RING, preexec_fn=closed(0))


# A name alone is no memory of a process.
@case
def file_called_mem():
    runs(["mem", scratch_file("mem", b"x")], "1")
    runs(["mem-write", scratch_file("mem", b"x")], "1",
         options=["--rw=" + scratch()])


RING = "an io_uring: what is asked for through it passes no filter"
MEMORY = "the memory of a process"
for not_run_name, not_run_row in {
        "ring": (["ring"], RING),
        "ring_listener_sent": (["ring"], RING, SENT),
        "ring_no_kcmp": (["ring"], RING, NO_KCMP),
        "ring_as_input_no_kcmp": (["ring", "0"], RING, NO_KCMP),
        "ring_as_standard_input": (["ring", "0"], "descriptor 0 open, " + RING),
        "ring_as_standard_error": (["ring", "2"], "descriptor 2 open, " + RING),
        "ring_far_away": (["ring", "900"], "descriptor 900 open, " + RING),
        "ring_unfiled": (["ring-unfiled"], "an io_uring that the kernel serves"),
        "ring_of_a_thread": (["ring-of-thread"], RING),
        "memory": (["mem", "/proc/self/mem"], MEMORY),
        "memory_of_a_thread": (["mem", "/proc/thread-self/mem"], MEMORY),
        "memory_for_writing": (["mem-write", "/proc/self/mem"], MEMORY,
                               NO_LANDLOCK),
        "listener": (["listener"], "a listener to seccomp"),
        "userfaultfd": (["userfaultfd"], "a userfaultfd"),
}.items():
    case(not_run, *not_run_row, name="not_run/" + not_run_name)


# What the user passes is the user's affair; what a constructor makes of it is
# not.
def new_ring():
    libc = ctypes.CDLL(None, use_errno=True)
    ring = libc.syscall(425, 2, ctypes.create_string_buffer(120))
    check(ring >= 0, f"no io_uring: {os.strerror(ctypes.get_errno())}")
    return ring


@case
def passed_on_ring():
    ring = new_ring()
    try:
        for failed in ([], NO_KCMP):
            runs(["nothing"], "nothing", failed, pass_fds=(ring,))
            not_run(["copy", str(ring)], RING, failed, pass_fds=(ring,))
        not_run(["ring", str(ring)], RING, pass_fds=(ring,))
    finally:
        os.close(ring)


# Named twice it is still one: room for no other.
@case
def descriptor_passed_twice():
    runs(["nothing"], "nothing", options=["--pass-fd=0"])
    runs(["files"], "7", options=["--pass-fd=0"])
    not_run(["ring"], RING, options=["--pass-fd=0"])
    file = os.open("/dev/null", os.O_RDONLY)
    try:
        not_run(["ring"], RING, pass_fds=(file,),
                options=[f"--pass-fd={file}", f"--pass-fd={file}"])
    finally:
        os.close(file)


@case
def ring_in_place_of_a_passed_file():
    file = os.open("/dev/null", os.O_RDONLY)
    try:
        runs(["nothing"], "nothing", pass_fds=(file,))
        not_run(["ring", str(file)], f"descriptor {file} open, " + RING,
                pass_fds=(file,))
    finally:
        os.close(file)


@case
def unjailed_is_not_looked_at():
    run = jail([HELD, "ring"], options=["--unjailed"]).expect(0, "clean")
    equal(layer(run), ("off", "0, 1, 2 and what --pass-fd names"),
          "posture.descriptors")


main()
