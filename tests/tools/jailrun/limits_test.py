#!/usr/bin/python3 -B
# Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
"""--cpu, --fsize and --stack bound a program whatever it does about it, and the
report says which limit ended it."""

import os
import resource
import signal
import subprocess

from harness import (case, check, contains, equal, execute, fixture, jail,
                     jailrun_path, main, scratch)

LIMITS = fixture("limits")
DEGRADE = fixture("degrade")
CPU = "the CPU limit of 1 s has passed"
SIZE = "a file was to grow beyond the limit on its size"


def layer(run, name):
    found = run.report["posture"][name]
    return found["state"], found["detail"]


def shown(run):
    """The limits that fixtures/limits.cc prints: name to (soft, hard)."""
    limits = {}
    for line in run.expect(0, "clean").out.decode().splitlines():
        name, soft, hard = line.split()
        limits[name] = (int(soft), int(hard))
    return limits


def by_cpu(words, seconds, options=("--cpu=1",), **more):
    run = jail([LIMITS, *words], options=options, **more)
    run.expect(124, "timeout")
    equal(run.verdict["by_cpu_limit"], True, "verdict.by_cpu_limit")
    equal(run.verdict["reason"], CPU, "verdict.reason")
    contains(run.verdict["advice"], "--cpu", "verdict.advice")
    equal(run.verdict["permanent"], False, "verdict.permanent")
    contains(run.err, ("jailrun: " + CPU).encode(), "stderr")
    times = run.report["time"]
    used = (times["user_us"] + times["system_us"]) / 1e6
    check(seconds / 2 <= used < seconds + 1, f"{used} s were used")
    return run


@case
def cpu_limit_ends_what_spins():
    run = by_cpu(["spin"], 1)
    equal(run.verdict["signal"], signal.SIGXCPU, "verdict.signal")
    equal(layer(run, "cpu_limit"),
          ("enforced", "ended when 1 s of CPU time are used, by SIGKILL a "
           "second later"), "posture.cpu_limit")


@case
def caught_signal_gains_a_second():
    run = by_cpu(["spin-caught"], 2)
    equal(run.verdict["signal"], signal.SIGKILL, "verdict.signal")
    equal(run.out, b"caught\n", "stdout")


@case
def ignored_signal_gains_a_second():
    run = by_cpu(["spin-ignored"], 2)
    equal(run.verdict["signal"], signal.SIGKILL, "verdict.signal")


@case
def program_that_tidies_up_ends_by_itself():
    run = jail([LIMITS, "spin-caught-exit", "3"], options=["--cpu=1"])
    run.expect(3, "program_error")
    equal(run.verdict["by_cpu_limit"], False, "verdict.by_cpu_limit")


@case
def threads_are_counted_together():
    by_cpu(["spin-threads"], 1)


@case
def limits_are_not_raised_after_the_lock():
    run = by_cpu(["raise"], 1)
    equal(run.out, b"stack EPERM\ncpu EPERM\nfsize EPERM\n", "stdout")


@case
def hard_limit_is_not_raised_before_the_lock():
    run = by_cpu(["raise-before"], 2)
    equal(run.verdict["signal"], signal.SIGKILL, "verdict.signal")


@case
def cpu_limit_holds_before_the_lock():
    run = by_cpu(["spin-before"], 1)
    equal(run.report["posture"]["locked"], False, "posture.locked")


@case
def cpu_limit_holds_without_a_jail():
    run = by_cpu(["spin"], 1, options=["--cpu=1", "--unjailed"])
    equal(layer(run, "cpu_limit")[0], "enforced", "posture.cpu_limit")
    equal(layer(run, "rlimits")[0], "off", "posture.rlimits")


@case
def parts_of_a_second_are_rounded_up():
    for word, seconds in (("1", 1), ("1s", 1), ("1ms", 1), ("1001ms", 2),
                          ("1.5", 2), ("2m", 120), ("1h", 3600)):
        limits = shown(jail([LIMITS, "show"], options=["--cpu=" + word]))
        equal(limits["cpu"], (seconds, seconds + 1), "--cpu=" + word)


# A signal alone is not believed.
def sent_signal(number):
    run = jail([LIMITS, "signal", str(int(number))], options=["--cpu=1"])
    run.expect(128 + number, "crashed")
    equal(run.verdict["by_cpu_limit"], False, "verdict.by_cpu_limit")
    equal(run.verdict["reason"], None, "verdict.reason")


for sent in (signal.SIGXCPU, signal.SIGKILL):
    case(sent_signal, sent, name=f"sent_{sent.name}_is_no_cpu_limit")


@case
def wall_time_is_the_other_limit():
    run = jail([LIMITS, "spin"], options=["--cpu=5", "--timeout=200ms"])
    run.expect(124, "timeout")
    equal(run.verdict["by_cpu_limit"], False, "verdict.by_cpu_limit")
    contains(run.err, b"the time limit has passed", "stderr")


def limited(kind, soft, hard):
    return lambda: resource.setrlimit(kind, (soft, hard))


@case
def lower_limit_of_the_caller_stays():
    run = jail([LIMITS, "spin"], options=["--cpu=50"],
               preexec_fn=limited(resource.RLIMIT_CPU, 1, 2))
    run.expect(124, "timeout")
    equal(run.verdict["reason"], CPU, "verdict.reason")
    contains(run.verdict["advice"], "ulimit -t", "verdict.advice")
    equal(layer(run, "cpu_limit")[1],
          "ended when 1 s of CPU time are used, by SIGKILL a second later",
          "posture.cpu_limit")
    run = jail([LIMITS, "show"], options=["--fsize=1G"],
               preexec_fn=limited(resource.RLIMIT_FSIZE, 1 << 20, 1 << 21))
    equal(shown(run)["fsize"], (1 << 20, 1 << 21), "fsize")
    equal(layer(run, "file_size_limit")[1], "no file grows beyond 1 MiB",
          "posture.file_size_limit")


@case
def core_files_are_off_and_may_be_turned_off():
    run = jail([LIMITS, "core"]).expect(0, "clean")
    equal(run.out, b"off done\non EPERM\nfiles off EPERM\nlook done\n0 0\n",
          "what becomes of setting limits")


# Files.
def target(name):
    path = os.path.join(scratch(), name)
    if os.path.exists(path):
        os.remove(path)
    return path


def grow(how, number, path, limit="64K", **more):
    return jail([LIMITS, how, str(number), path],
                options=["--rw=" + scratch(), "--fsize=" + limit], **more)


def ended_by_size(run):
    run.expect(128 + signal.SIGXFSZ, "crashed")
    equal(run.verdict["signal"], signal.SIGXFSZ, "verdict.signal")
    equal(run.verdict["reason"], SIZE, "verdict.reason")
    equal(run.verdict["permanent"], True, "verdict.permanent")
    contains(run.verdict["advice"], "--fsize=64K", "verdict.advice")
    contains(run.err, ("jailrun:   " + SIZE).encode(), "stderr")
    equal(layer(run, "file_size_limit"),
          ("enforced", "no file grows beyond 64 KiB"),
          "posture.file_size_limit")


@case
def file_grows_to_its_limit():
    path = target("full")
    grow("grow", 65536, path).expect(0, "clean")
    equal(os.path.getsize(path), 65536, "bytes")


@case
def file_grows_no_further():
    path = target("over")
    ended_by_size(grow("grow", 65537, path))
    equal(os.path.getsize(path), 65536, "bytes")


@case
def file_is_not_extended_further():
    path = target("extended")
    ended_by_size(grow("extend", 65537, path))
    equal(os.path.getsize(path), 0, "bytes")


@case
def ignored_signal_leaves_an_errno():
    path = target("ignored")
    run = grow("grow-errno", 65537, path).expect(90, "program_error")
    equal(run.err, b"EFBIG\n", "stderr")
    equal(os.path.getsize(path), 65536, "bytes")


@case
def standard_output_to_a_file_counts():
    path = target("output")
    command = [jailrun_path(), "--fsize=64K", LIMITS, "grow", "65537", "-"]
    with open(path, "wb") as output:
        ended = subprocess.run(command, stdout=output, stderr=subprocess.PIPE,
                               check=False, timeout=20)
    equal(ended.returncode, 128 + signal.SIGXFSZ, "exit code")
    equal(os.path.getsize(path), 65536, "bytes")


@case
def pipe_is_no_file():
    run = jail([LIMITS, "grow", "200000", "-"], options=["--fsize=0"])
    equal(len(run.expect(0, "clean").out), 200000, "bytes")


@case
def limit_of_the_caller_is_told():
    run = jail([LIMITS, "grow", "65537", target("inherited")],
               options=["--rw=" + scratch()],
               preexec_fn=limited(resource.RLIMIT_FSIZE, 65536, 65536))
    run.expect(128 + signal.SIGXFSZ, "crashed")
    contains(run.verdict["advice"], "ulimit -f", "verdict.advice")


# The stack.
@case
def stack_is_as_asked():
    for word, size in (("128K", 128 << 10), ("64M", 64 << 20)):
        run = jail([LIMITS, "show"], options=["--stack=" + word])
        equal(shown(run)["stack"], (size, size), "--stack=" + word)
    contains(layer(run, "rlimits")[1], "stack at most 64 MiB", "rlimits")
    use = [LIMITS, "stack", str(20 << 20)]
    jail(use, options=["--stack=64M"]).expect(0, "clean")
    jail(use).expect(128 + signal.SIGSEGV, "crashed")


@case
def stack_beyond_the_callers_limit_is_refused():
    run = jail([LIMITS, "show"], options=["--stack=16M"],
               preexec_fn=limited(resource.RLIMIT_STACK, 4 << 20, 8 << 20))
    run.expect(125, "setup_failed")
    contains(run.err, b"--stack=16M: the limit on stacks here is 8M", "stderr")
    equal(run.out, b"", "stdout")


# What is not asked for, and what is not understood.
@case
def off_names_its_option():
    run = jail([LIMITS, "show"])
    limits = shown(run)
    for kind, name in ((resource.RLIMIT_CPU, "cpu"),
                       (resource.RLIMIT_FSIZE, "fsize")):
        equal(limits[name], resource.getrlimit(kind), name)
    for name, option in (("cpu_limit", "--cpu"),
                         ("file_size_limit", "--fsize")):
        state, detail = layer(run, name)
        equal(state, "off", name)
        contains(detail, option, name)
    equal(layer(run, "rlimits")[0], "enforced", "posture.rlimits")


def refused(option, why):
    run = execute([jailrun_path(), option, "--", LIMITS, "show"])
    equal((run.code, run.out), (125, b""), option)
    contains(run.err, f"jailrun: {option}".encode(), "stderr")
    contains(run.err, why.encode(), "stderr")


for bad_option, bad_why in {
        "--cpu=0": "use a time above 0",
        "--cpu=x": "use a time above 0",
        "--cpu=-1": "use a time above 0",
        "--cpu=9000h": "up to a year",
        "--fsize=x": "does not start with a number",
        "--fsize=-1": "does not start with a number",
        "--fsize=8E": "size suffix",
        "--stack=4K": "the least is 128K",
        "--stack=65G": "the most is 64G",
        "--stack=x": "does not start with a number",
}.items():
    case(refused, bad_option, bad_why, name=f"refused_{bad_option}")


def cannot_be_set(number, option):
    run = jail([LIMITS, "show"], options=[option],
               under=[DEGRADE, f"prlimit64:1={number}:2/0xffffffff=EPERM",
                      "--"])
    run.expect(125, "setup_failed")
    equal(run.verdict["reason"],
          "cannot lower the resource limits: Operation not permitted",
          "verdict.reason")
    equal(run.out, b"", "stdout: main ran")


case(cannot_be_set, resource.RLIMIT_CPU, "--cpu=1", name="fails/cpu")
case(cannot_be_set, resource.RLIMIT_FSIZE, "--fsize=1M", name="fails/fsize")

main()
