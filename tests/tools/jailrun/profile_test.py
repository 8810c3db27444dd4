#!/usr/bin/python3 -B
# Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
"""What --profile tells is what the program did."""

import json
import os
import re
import signal
import subprocess

from harness import (Failure, case, check, contains, equal, execute, fixture,
                     jail, jailrun_path, main, program, scratch)

MIB = 1 << 20

SUBJECT = fixture("profile_subject")


def profiled(act, *options, code=0, verdict_class="clean", **more):
    run = jail([SUBJECT, act], ["--profile", "--report=never", *options],
               **more)
    run.expect(code, verdict_class)
    profile = run.report["profile"]
    check_form(profile, run.report)
    return run, profile


def check_form(profile, report):
    """What holds of every profile."""
    pool = report["pool"]["bytes"]
    samples = profile["samples"]
    check(2 <= len(samples) <= 500, f"{len(samples)} samples")
    equal([one["at_us"] for one in samples],
          sorted(one["at_us"] for one in samples), "times of samples")
    equal(samples[0]["at_us"], 0, "time of the first")
    # By two clocks.
    check(samples[-1]["at_us"] <= 1.01 * report["time"]["wall_us"] + 1000,
          f"the last is at {samples[-1]['at_us']}, beyond the run")
    for one in samples:
        check(one["in_use_bytes"] <= one["high_water_bytes"] <= pool,
              f"a sample that cannot be: {one}")
        check(one["largest_free_bytes"] <= pool - one["in_use_bytes"],
              f"more free than there is: {one}")
    peak = profile["peak"]
    equal([one["when"] for one in profile["strips"]], ["peak", "end"],
          "strips")
    for strip, wanted in zip(profile["strips"], (
            peak["in_use_bytes"], samples[-1]["in_use_bytes"])):
        cells = strip["used_permille"]
        check(0 < len(cells) <= 512, f"{len(cells)} cells")
        check(all(0 <= cell <= 1000 for cell in cells), f"cells: {cells}")
        check(pool <= len(cells) * strip["cell_bytes"],
              "the cells are not all of the pool")
        used = sum(cells) * strip["cell_bytes"] / 1000
        # Each is rounded down.
        most = len(cells) * strip["cell_bytes"] / 1000
        check(wanted - most <= used <= wanted,
              f"the strip at {strip['when']} has {used}, not {wanted}")
    check(peak["in_use_bytes"] >= max(one["in_use_bytes"] for one in samples),
          f"the peak is none: {peak['in_use_bytes']}")
    check(peak["in_use_bytes"] <= report["pool"]["peak_bytes"],
          "more in use than the pool says")
    for one in profile["sizes"]:
        check(one["bytes_asked"] <= one["allocations"] * one["to_bytes"],
              f"more asked for than it had: {one}")


def live_at(profile, function):
    """Bytes and count of what was asked for by a function."""
    found = [stack for stack in profile["peak"]["stacks"]
             if stack["frames"]
             and stack["frames"][0]["function"] == function]
    return (sum(stack["bytes"] for stack in found),
            sum(stack["count"] for stack in found))


def near(got, wanted, share, what):
    check(abs(got - wanted) <= share * wanted,
          f"{what}: got {got}, wanted {wanted} within {share:.0%}")


def size_of(profile, bytes_):
    for one in profile["sizes"]:
        if one["from_bytes"] <= bytes_ <= one["to_bytes"]:
            return one
    raise Failure(f"no size of {bytes_}: {profile['sizes']}")


# The fixture's peak: 4096 blocks of 1024 bytes are sampled every 4096 bytes,
# 1024 samples, which are within 1/8 of the truth but once in 10,000 runs.
PEAK_OPTIONS = (
    ("default", ()),
    ("strict", ("--preset=strict",)),
    ("zero", ("--zero",)),
)


def peak(*options, pool="200M"):
    _, profile = profiled("peak", *options, pool=pool)
    found = profile["peak"]
    equal(found["sample_every_bytes"], 4096, "sample_every_bytes")
    equal(found["dropped"], 0, "dropped")
    near(found["in_use_bytes"], 12 * MIB, 0.02, "in use at the peak")
    small, count = live_at(profile, "TakeSmall")
    near(small, 4 * MIB, 0.125, "small blocks at the peak")
    near(count, 4096, 0.125, "their count")
    equal(live_at(profile, "TakeBig"), (8 * MIB, 1), "the big block")
    equal(live_at(profile, "TakeLate"), (0, 0), "what came later")
    # libc may have one or two of that size.
    of_1000 = size_of(profile, 1000)
    check(4096 <= of_1000["allocations"] <= 4100, f"allocations: {of_1000}")
    check(2048 <= of_1000["frees"] <= 2052, f"frees: {of_1000}")
    check(4096000 <= of_1000["bytes_asked"] <= 4100 * 1024,
          f"bytes asked for: {of_1000}")
    equal(size_of(profile, 8 * MIB)["frees"], 1, "frees of 8 MiB")
    last = profile["samples"][-1]
    near(last["in_use_bytes"], 3 * MIB, 0.02, "in use at the end")
    check(last["high_water_bytes"] >= 12 * MIB, f"high water: {last}")


for label, words in PEAK_OPTIONS:
    case(peak, *words, name="peak/" + label)
case(lambda: peak(pool="16M"), name="peak/small_pool")


@case
def stacks_lead_to_main():
    _, profile = profiled("peak")
    for stack in profile["peak"]["stacks"]:
        names = [frame["function"] for frame in stack["frames"]]
        if names and names[0] == "TakeSmall":
            check("main" in names, f"no main among {names}")
            check(stack["frames"][0]["module"].endswith("profile_subject"),
                  f"module: {stack['frames'][0]}")
            return
    raise Failure("TakeSmall is in no stack")


@case
def half_freed_memory_shows_in_the_last_strip():
    _, profile = profiled("peak", pool="16M")
    first, last = profile["strips"]
    both = [(before, after) for before, after
            in zip(first["used_permille"], last["used_permille"])
            if before == 1000]
    halves = sum(1 for _, after in both if 450 <= after <= 550)
    # 4 MiB of small blocks.
    check(halves * last["cell_bytes"] >= 3.5 * MIB,
          f"{halves} cells are half full: {last['used_permille']}")


@case
def threads_are_recorded():
    _, profile = profiled("threads")
    one = size_of(profile, 1000)
    check(one["allocations"] >= 8 * 21 * 512, f"allocations: {one}")
    check(one["frees"] >= 8 * 20 * 512, f"frees: {one}")
    equal(profile["peak"]["dropped"], 0, "dropped")
    small, _ = live_at(profile, "TakeSmall")
    # At least what all keep; at most all that one can have at once.
    check(0.875 * 4 * MIB <= small <= 1.125 * 8 * MIB, f"small: {small}")


@case
def mappings_are_recorded():
    _, profile = profiled("mappings")
    found = profile["peak"]
    near(found["in_use_bytes"], 16 * MIB, 0.02, "in use at the peak")
    stacks = [stack for stack in found["stacks"] if stack["bytes"] == 16 * MIB]
    equal(len(stacks), 1, f"stacks of 16 MiB: {found['stacks']}")
    contains(str(stacks[0]["frames"]), "main", "who mapped it")
    near(profile["samples"][-1]["in_use_bytes"], 8 * MIB, 0.02, "at the end")
    equal(size_of(profile, MIB)["frees"], 8, "mappings that came back")


@case
def realloc_is_a_free_and_an_allocation():
    _, profile = profiled("reallocs")
    sizes = [1 << shift for shift in range(5, 21)]
    for size in sizes:
        one = size_of(profile, size)
        check(one["allocations"] >= 1 and one["frees"] >= 1, f"{size}: {one}")
    equal(size_of(profile, MIB)["bytes_asked"], MIB, "bytes asked at the end")


# How it ends does not matter: the profile is there.
ENDS = (
    ("exhaust", (), 123, "exhausted", "TakeLate", 14 * MIB),
    ("violate", (), 159, "violation", "TakeBig", 8 * MIB),
    ("crash", (), 139, "crashed", "TakeBig", 8 * MIB),
    ("hang", ("--timeout=1",), 124, "timeout", "TakeBig", 8 * MIB),
)


def ends(act, options, code, verdict_class, holder, least):
    run, profile = profiled(act, *options, code=code, pool="16M",
                            verdict_class=verdict_class)
    held, _ = live_at(profile, holder)
    check(held >= least, f"{holder} holds {held}")
    equal(profile["calls"]["missing"], None, "missing calls")
    if act == "violate":
        frames = run.report["violation"]["backtrace"]
        contains(str(frames), "main", "the violation's backtrace")


for act_, *rest in ENDS:
    case(ends, act_, *rest, name="end/" + act_)


@case
def deep_stacks_are_cut():
    _, profile = profiled("deep")
    stacks = [stack for stack in profile["peak"]["stacks"]
              if stack["bytes"] == 8 * MIB]
    equal(len(stacks), 1, "stacks of 8 MiB")
    names = [frame["function"] for frame in stacks[0]["frames"]]
    equal(names, ["TakeBig"] + ["Descend"] * 47, "frames")


def from_handler(act):
    _, profile = profiled(act)
    stacks = [stack for stack in profile["peak"]["stacks"]
              if stack["bytes"] == 8 * MIB]
    equal(len(stacks), 1, "stacks of 8 MiB")
    names = [frame["function"] for frame in stacks[0]["frames"]]
    equal(names[:2], ["TakeBig", "OnSignal"], "the innermost")
    return names


@case
def handlers_lead_to_what_they_interrupted():
    names = from_handler("handler")
    check("main" in names, f"no main among {names}")
    check("__restore_rt" not in names, f"the return is no caller: {names}")


@case
def an_odd_stack_is_followed_no_further_than_it_is_known():
    from_handler("odd_stack")


# strace is the witness. jailrun's own set-up differs between two runs in how
# often it waits; what follows the lock does not.

LINE = re.compile(r"^(\d+) +(?:<\.\.\. )?(\w+)(\(| resumed>)(.*)$")
LOCK = "SECCOMP_SET_MODE_FILTER"


def traced_calls(command):
    """What strace counts of the program, before and after its lock."""
    out = os.path.join(scratch(), "calls")
    execute([program("strace"), "-f", "-s", "0", "-o", out, jailrun_path(),
             "--pool=200M", "--", *command], timeout=60).expect(0)
    counts = ({}, {})
    locked = False
    first = None
    started = False
    with open(out, encoding="utf-8", errors="replace") as file:
        for line in file:
            found = LINE.match(line)
            if not found:
                continue
            pid, name, kind, rest = found.groups()
            first = first or pid
            if name == "execve" and command[0] in rest:
                started = True
            if pid == first or not started:
                continue
            if kind == "(":
                name = re.sub(r"^syscall_0x([0-9a-f]+)$",
                              lambda m: f"syscall_{int(m.group(1), 16)}", name)
                part = counts[1 if locked else 0]
                part[name] = part.get(name, 0) + 1
            if name == "seccomp" and not rest.endswith("<unfinished ...>"):
                locked = True
    return counts


@case
def calls_are_those_that_strace_sees():
    _, profile = profiled("calls")
    calls = profile["calls"]
    equal(calls["missing"], None, "missing")
    before, after = traced_calls([SUBJECT, "calls"])
    counted = {one["syscall"]: one["count"] for one in calls["after_lock"]}
    equal(counted, after, "after the lock")
    counted = {one["syscall"]: one["count"] for one in calls["before_lock"]}
    for counts in (counted, before):
        counts.pop("futex", None)
    # The profile's own memory is mapped, and sealed.
    changed = {name for name in counted.keys() | before.keys()
               if counted.get(name) != before.get(name)}
    check(changed <= {"mmap", "syscall_462", "mseal"},
          f"before the lock: {counted} and {before}")


@case
def calls_of_the_program_are_counted_exactly():
    _, profile = profiled("calls")
    calls = {one["syscall"]: one for one in profile["calls"]["after_lock"]}
    equal(calls["getpid"]["count"], 10, "getpid")
    equal(calls["read"]["count"], 7, "read")
    equal((calls["fadvise64"]["count"], calls["fadvise64"]["refused"]), (3, 3),
          "fadvise64")
    equal([name for name in calls if calls[name]["refused"]], ["fadvise64"],
          "calls that are refused")
    equal(calls["exit_group"]["count"], 1, "exit_group")


@case
def threads_calls_are_counted():
    _, profile = profiled("threads")
    calls = {one["syscall"]: one["count"]
             for one in profile["calls"]["after_lock"]}
    equal(calls["clone"], 8, "clone")
    equal(calls["exit"], 8, "exit")


@case
def a_program_that_is_traced_already_goes_uncounted():
    run = jail([SUBJECT, "calls"], ["--profile"],
               under=[program("strace"), "-f", "-o", "/dev/null"])
    run.expect(0, "clean")
    calls = run.report["profile"]["calls"]
    contains(calls["missing"], "ptrace", "missing")
    equal((calls["before_lock"], calls["after_lock"]), (None, None), "calls")


# After the lock the program can write over all that was recorded.

@case
def counts_that_were_cut_short_are_not_told():
    """Whoever traces the program is killed while it runs."""
    script = ("import os, re, signal, time\n"
              "status = open('/proc/self/status').read()\n"
              "print(re.search(r'TracerPid:\\t(\\d+)', status)[1], flush=True)\n"
              "time.sleep(1)\n")
    command = [jailrun_path(), "--profile", "--report=never", "--json-fd=1",
               "--", "/usr/bin/python3", "-c", script]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as run:
        tracer = int(run.stdout.readline())
        check(tracer > 1, f"nobody traces it: {tracer}")
        os.kill(tracer, signal.SIGKILL)
        report = json.loads(run.stdout.read())
    equal(report["verdict"]["class"], "clean", "verdict")
    calls = report["profile"]["calls"]
    contains(calls["missing"], "was killed", "missing")
    equal(calls["before_lock"], None, "calls before the lock")


def forged(how):
    run = jail([fixture("forged_profile"), how, "5"], ["--profile"],
               timeout=60)
    run.expect(5)
    profile = run.report["profile"]
    pool = run.report["pool"]["bytes"]
    samples = profile["samples"]
    check(len(samples) <= 500, f"{len(samples)} samples")
    equal([one["at_us"] for one in samples],
          sorted(one["at_us"] for one in samples), "times of samples")
    for one in samples:
        check(all(one[key] <= pool for key in one if key != "at_us"),
              f"a sample: {one}")
    for strip in profile["strips"]:
        check(all(0 <= cell <= 1000 for cell in strip["used_permille"]),
              "cells")
    stacks = profile["peak"]["stacks"]
    check(len(stacks) <= 256, f"{len(stacks)} stacks")
    check(all(len(stack["frames"]) <= 64 for stack in stacks), "frames")
    check(len(run.report_text) < 16 * MIB,
          f"a report of {len(run.report_text)} bytes")


for how_ in ("ones", "zeros", "random", "stacks"):
    case(forged, how_, name="forged/" + how_)


@case
def without_it_there_is_none():
    run = jail([SUBJECT, "peak"]).expect(0, "clean")
    equal(run.report["profile"], None, "profile")


def refused(words, why):
    run = execute([jailrun_path(), *words])
    equal(run.code, 125, "exit code")
    contains(run.err.decode(), why, "the reason")


case(refused, ["--profile", "--unjailed", "true"], "exclude each other",
     name="refused/unjailed")
case(refused, ["batch", "--profile", "cat {}", "x"], "--profile",
     name="refused/batch")

if __name__ == "__main__":
    main()
