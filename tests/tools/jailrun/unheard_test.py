#!/usr/bin/python3 -B
# Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
"""Where no listener can be had, a program is locked by a filter that needs
none: it refuses the same calls with the same errno, and kills at the same ones.
What is lost is said: which call it was, and how often what was refused.

The fixture `degrade` makes this kernel one without a listener, or holds another
one for real; see degraded_test.py.
"""

import functools
import re

from harness import (case, check, contains, equal, execute, fixture, jail,
                     layer_states, main, part, program, runfile, scratch,
                     scratch_file)

CRIME = fixture("crime")
DEGRADE = fixture("degrade")
ENDS = fixture("ends")
EXHAUST = fixture("exhaust")
MEMORY = fixture("memory_checks")
OFFENCES = fixture("offences")
TRY = fixture("try_files")

# seccomp(2)'s flags.
NEW_LISTENER = "seccomp:1/8"
TSYNC_ESRCH = "seccomp:1/16"

OTHER = "another supervisor listens to this process's calls"
REFUSED = "another filter on this process refuses it a listener"
TOO_OLD = "this kernel has no listener for all threads (Linux 5.7)"
LOST = (": the filter kills a forbidden call, and nobody can name it; it "
        "answers what it refuses by itself, uncounted")

UNHEARD = {
    "before 5.0: no NEW_LISTENER": ([NEW_LISTENER + "=EINVAL"], TOO_OLD),
    "before 5.7: no TSYNC_ESRCH": ([TSYNC_ESRCH + "=EINVAL"], TOO_OLD),
    "a profile that knows of one already": ([NEW_LISTENER + "=EBUSY"], OTHER),
    "a profile that refuses a listener": ([NEW_LISTENER + "=EPERM"], REFUSED),
    "another listener that is really there": (["--listener"], OTHER),
    "another listener, and no pidfd_getfd":
        (["--listener", "pidfd_getfd=EPERM"], OTHER),
    "before 5.0, and no pidfd_getfd":
        ([NEW_LISTENER + "=EINVAL", "pidfd_getfd=EPERM"], TOO_OLD),
    "another listener in a container": (["--container", "--listener"], OTHER),
    "a container that refuses a listener":
        (["--container", NEW_LISTENER + "=EPERM"], REFUSED),
}
PRESETS = ("strict", "worker", "decoder", "service")


def under(failures):
    return [DEGRADE, *failures, "--"]


@functools.cache
def heard(options):
    """The posture on this kernel as it is."""
    return layer_states(jail(["/usr/bin/true"], options=options).expect(0, "clean"))


def expect_posture(run, why, options=()):
    equal(run.report["posture"]["locked"], True, "posture.locked")
    wanted = dict(heard(tuple(options)))
    wanted["violation_notify"] = ("unsupported", why + LOST)
    seen = layer_states(run)
    for layer, state in wanted.items():
        if layer != "landlock_read" or not run.report["posture"]["named_paths"]:
            equal(seen[layer], state, "posture." + layer)


def ends_as_usual(failures, why):
    for preset in PRESETS:
        options = ["--preset=" + preset]
        for name, code, verdict in (("true", 0, "clean"),
                                    ("false", 1, "program_error")):
            run = jail(["/usr/bin/" + name], options=options,
                       under=under(failures)).expect(code, verdict)
            equal(run.err, b"", f"stderr with --preset={preset}")
            expect_posture(run, why, options)
    run = jail([ENDS, "exit", "0"], under=under(failures)).expect(0, "clean")
    equal(run.out, b"main ran\n", "stdout")
    run = jail([ENDS, "signal", "15"], under=under(failures))
    run.expect(143, "crashed")
    jail([ENDS, "loop"], options=["--timeout=300ms"],
         under=under(failures)).expect(124, "timeout")


# Each row: a call that is refused, by the preset that has files and by the one
# that writes them.
REFUSED = [
    ("socket", 41, "1", "1", "0"),
    ("memfd_create", 319, "=x", "0"),
    ("shmget", 29, "0", "4096", "0600"),
    ("membarrier", 324, "0", "0", "0"),
    ("futex", 202, "buffer", "3"),
    ("ioctl", 16, "1", "0x5412", "0"),
    ("fcntl F_SETFL", 72, "1", "4", "020000"),
    ("fcntl F_SETOWN", 72, "1", "8", "1"),
    ("getxattr", 191, "=/", "=user.x", "0", "0"),
    ("prctl PR_SET_NAME", 157, "15", "=name"),
    ("prlimit64 of another", 302, "1", "7", "0", "buffer"),
    ("setrlimit", 160, "7", "buffer"),
    ("wait4", 61, "-1"),
    ("copy_file_range", 326, "0", "0", "1", "0", "1"),
    ("epoll_create1", 291, "0"),
    ("eventfd2", 290, "0"),
    ("open for writing", 2, "=/dev/zero", "1"),
    ("openat for writing", 257, "-100", "=/dev/zero", "2"),
    ("openat O_TMPFILE", 257, "-100", "=/tmp", "020200002", "0600"),
    ("rename", 82, "=/no/a", "=/no/b"),
    ("unlink", 87, "=/no/a"),
    ("chmod", 90, "=/no/a", "0600"),
    ("ftruncate", 77, "1", "0"),
    ("clone3", 435, "buffer", "88"),
    ("madvise", 28, "0", "4096", "4"),
    ("openat", 257, "-100", "=/dev/null", "0"),
    ("high half of socket", 41, "0x100000001", "1", "0"),
    ("high half of openat", 257, "-100", "=/dev/zero", "0x100000001"),
    ("high half of ioctl", 16, "1", "0x100005421", "0"),
]


def answers_the_same(failures, why):
    """As a supervisor would have, call by call; nothing is counted."""
    for options in ([], ["--rw=" + scratch()], ["--preset=service"]):
        for name, number, *arguments in REFUSED:
            words = [CRIME, "raw", str(number), *arguments]
            wanted = jail(words, options=options)
            run = jail(words, options=options, under=under(failures))
            what = f"{name} with {options}"
            equal(run.code, wanted.code, "exit code of " + what)
            equal(re.findall(rb"^result .*", run.out, re.MULTILINE),
                  re.findall(rb"^result .*", wanted.out, re.MULTILINE), what)
            equal(run.report["calls"]["refused"], [], "calls.refused")
            expect_posture(run, why, options)


# Calls that end it, with a supervisor or without.
FORBIDDEN = [
    ("internet_socket",), ("fork",), ("vfork",), ("execve",), ("clone",),
    ("system",), ("undo_protection",), ("int80",), ("x32",),
    ("raw", "62", "1", "0"), ("raw", "101", "0"), ("raw", "317", "0"),
    ("raw", "157", "4", "1"), ("raw", "425", "8", "buffer"),
    ("raw", "41", "0x100000002", "1", "0"),
]


def kills_and_says_what_is_lost(failures, why):
    for words in FORBIDDEN:
        run = jail([CRIME, *words], under=under(failures))
        run.expect(159, "violation")
        check(b"result" not in run.out, f"{words}: {run.out}")
        check(b"main ran\n" in run.out or b"call " in run.out, "main ran")
        equal(run.verdict["signal"], 31, "verdict.signal")
        violation = run.report["violation"]
        equal(violation["syscall"], None, "violation.syscall")
        equal(violation["option"], None, "violation.option")
        contains(violation["reason"], why, "violation.reason")
        equal(run.error_lines()[:3],
              ["jailrun: forbidden call: which one is not known",
               "jailrun:   it was killed by the filter at once: " + why,
               run.error_lines()[2]], "stderr")
        contains(run.error_lines()[2], "jailrun doctor", "the advice")
        expect_posture(run, why)


def kills_in_every_thread(failures, why):
    for act, number in (("in_thread", "1"), ("together", "8"),
                        ("leaderless", "1"), ("crowd", "8")):
        run = jail([OFFENCES, act, number], under=under(failures))
        run.expect(159, "violation")
        check(b"ESCAPED" not in run.out, f"{act}: {run.out}")
        expect_posture(run, why)


# Where memory is asked for so often that the pool is used up many times over:
# in one row a day, and in the others a few times.
OFTEN = [row for row, _ in part(list(UNHEARD.values()), len(UNHEARD))]


def memory_is_from_the_pool(failures, why):
    # Every 8 bytes hold their own offset.
    offsets = scratch_file("offsets", b"".join(
        at.to_bytes(8, "little") for at in range(0, 3 * 4096 + 1000, 8)))
    run = jail([MEMORY, "all" if failures in OFTEN else "brief", offsets],
               pool="8M", under=under(failures))
    run.expect(0, "clean")
    check(run.out.count(b"ok ") > 20 and b"FAIL" not in run.out,
          f"memory_checks: {run.out}")
    expect_posture(run, why)
    run = jail([EXHAUST, "return", "3"], pool="4M", under=under(failures))
    run.expect(123, "exhausted")
    contains(run.err, b"the pool is exhausted", "stderr")


def real_programs(failures, _):
    plain = open(runfile("tests/tools/jailrun/harness.py"), "rb").read() * 50
    packed = execute([program("xz"), "-c"], stdin=plain).expect(0).out
    run = jail([program("xz"), "-dc"], stdin=packed, under=under(failures))
    equal(run.expect(0, "clean").out, plain, "stdout")
    run = jail([program("python3"), "-I", "-c", "import json; print(json)"],
               under=under(failures)).expect(0, "clean")
    contains(run.out, b"<module 'json'", "stdout")


# The options that change the table, or look at the filter.
def allowances(failures, why):
    options = ["--allow=@network"]
    run = jail([CRIME, "internet_socket"], options=options,
               under=under(failures)).expect(0, "clean")
    check(b"result -1" not in run.out, f"no socket: {run.out}")
    run = jail([CRIME, "raw", "101", "0"], options=options,
               under=under(failures)).expect(159, "violation")
    expect_posture(run, why, options)


def policy_file(failures, why):
    file = scratch_file(
        "unheard.toml", b'''
inherit = "decoder"
allow = ["getxattr"]
[[rule]]
call = "getuid"
action = "errno"
error = "EPERM"
reason = "need not know"
[[rule]]
call = "socket"
action = "refuse"
error = "EXDEV"
arguments = [{ index = 0, equals = 2 }]
reason = "goes on without"
''')
    options = ["--policy=" + file]
    for words, answer in ((["41", "2", "1", "0"], b"-18"),
                          (["41", "1", "1", "0"], b"-13"),
                          (["102"], b"-1"),
                          (["191", "=/", "=user.x", "0", "0"], b"-61")):
        run = jail([CRIME, "raw", *words], options=options,
                   under=under(failures)).expect(0, "clean")
        contains(run.out, b"result " + answer + b"\n", f"call {words}")
        equal(run.report["calls"]["refused"], [], "calls.refused")
    run = jail([CRIME, "raw", "41", "10", "1", "0"], options=options,
               under=under(failures)).expect(159, "violation")
    expect_posture(run, why, options)


def null_device(failures, _):
    for options, answers in (([], b"EBADF\nEROFS\n"),
                             (["--rw=" + scratch()], b"ok\nok\n")):
        run = jail([TRY], options=options, under=under(failures),
                   stdin=b"both /dev/null\nwrite /dev/null\n")
        equal(run.expect(0, "clean").out, answers, "answers")


def files(failures, _):
    inside = scratch_file("inside")
    run = jail([CRIME, "raw", "257", "-100", "=" + inside, "1"],
               options=["--rw=" + inside],
               under=under(failures)).expect(0, "clean")
    check(b"result -" not in run.out, f"--rw: {run.out}")
    secret = scratch_file("secret", b"text")
    run = jail([TRY], stdin=f"read {secret}\n".encode(),
               under=under(failures)).expect(0, "clean")
    equal(run.out, b"EACCES\n", "Landlock")


def canary(failures, why):
    options = ["--canary"]
    run = jail([ENDS, "exit", "0"], options=options,
               under=under(failures)).expect(0, "clean")
    equal(layer_states(run)["canary"][0], "enforced", "posture.canary")
    expect_posture(run, why, options)


for label, (failed, lost) in UNHEARD.items():
    for function in (ends_as_usual, kills_and_says_what_is_lost,
                     kills_in_every_thread, memory_is_from_the_pool,
                     real_programs, allowances, policy_file, null_device, files,
                     canary):
        case(function, failed, lost,
             name=f"{label.replace(' ', '_')}/{function.__name__}")
    # The same filter in each: once for each reason.
    if failed in ([NEW_LISTENER + "=EINVAL"], ["--listener"]):
        case(answers_the_same, failed, lost,
             name=f"{label.replace(' ', '_')}/answers_the_same")

if __name__ == "__main__":
    main()
