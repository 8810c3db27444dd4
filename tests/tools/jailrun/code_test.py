#!/usr/bin/python3 -B
# Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
"""A program that could write code at its lock and run it is not run, and is
told which memory that is."""

from harness import case, contains, equal, execute, fixture, jail, main

CODE = fixture("code")
STACK = fixture("code_execstack")
DEGRADE = fixture("degrade")
# Before Linux 6.11 the kernel cannot be asked, and its text is read.
TEXT = [DEGRADE, "ioctl:1=0xc0686611=ENOTTY", "--"]
BOTH = "is writable and executable"
SHARED = "is executable and shared"
MAKES_CODE = "a program that makes code while it runs cannot be confined"


def layer(run):
    return run.report["posture"]["no_writable_code"]["state"]


def runs(program, words, code, under=()):
    run = jail([program, *words], under=under)
    run.expect(code, "program_error" if code else "clean")
    equal(run.out, b"main ran\n", "stdout")
    equal(layer(run), "enforced", "posture.no_writable_code")


def not_run(program, words, begin, why, advice, under=()):
    plain = execute([program, *words])
    equal(plain.out, b"main ran\n", "stdout without a jail")
    run = jail([program, *words], under=under).expect(125, "setup_failed")
    equal(run.out, b"", "stdout: main ran")
    reason = run.verdict["reason"]
    equal(reason[:len(begin)], begin, "verdict.reason")
    contains(reason, " at 0x", "verdict.reason")
    contains(reason, why, "verdict.reason")
    contains(run.verdict["advice"], advice, "verdict.advice")
    contains(run.err, reason.encode(), "stderr")
    equal(layer(run), "off", "posture.no_writable_code")


for way, words_under in {"asked": (), "read": TEXT}.items():
    for name, row in {
            "nothing": (CODE, ["nothing"], 0),
            "fixed": (CODE, ["fixed"], 42),
    }.items():
        case(runs, *row, words_under, name=f"{way}/runs/{name}")
    for name, row in {
            "both": (CODE, ["both"], "memory", BOTH, MAKES_CODE),
            "data": (CODE, ["data"], "/", BOTH, MAKES_CODE),
            "twice": (CODE, ["twice"], "/memfd:code", SHARED, MAKES_CODE),
            "shared": (CODE, ["shared"], "/memfd:code", SHARED, MAKES_CODE),
            "executable_stack": (STACK, ["nothing"], "[stack]", BOTH,
                                 "relink that without -z execstack"),
            "executable_stack_and_more": (STACK, ["both"], "[stack]", BOTH,
                                          "relink that without -z execstack"),
    }.items():
        case(not_run, *row, words_under, name=f"{way}/not_run/{name}")


@case
def unjailed_is_not_looked_at():
    run = jail([CODE, "both"], options=["--unjailed"])
    run.expect(42, "program_error")
    equal(layer(run), "off", "posture.no_writable_code")


main()
