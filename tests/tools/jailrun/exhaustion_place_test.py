#!/usr/bin/python3 -B
# Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
"""What the report of an exhaustion says of who asked: the place in the program,
its callers and the thread, whichever call it was; that a program which is
refused often is not slowed down by it; and that what it forges changes nothing
but these words."""

import os
import time

from harness import (case, check, contains, equal, execute, fixture, jail,
                     line_of, main, program)

PLACES = fixture("exhaust_places")
FORGED = fixture("forged_exhaustions")
SOURCES = ("exhaust_places.cc", "exhaust_library.cc")
TOO_MUCH = 300 << 20
ENVIRONMENT = dict(os.environ, LC_ALL="C.UTF-8")


def exhausted(command, pool="4M", **more):
    run = jail(command, pool=pool, **more).expect(123, "exhausted")
    for line in run.err.decode().splitlines():  # valid UTF-8
        check(line.isprintable(), f"not printable: {line!r}")
    return run, run.report["pool"]["exhaustion"]


def functions(exhaustion):
    return [place["function"] for place in exhaustion["backtrace"]]


def expect_order(exhaustion, names):
    """The functions appear in that order, others perhaps between them."""
    rest = list(names)
    for function in functions(exhaustion):
        if rest and function is not None and rest[0] in function:
            rest.pop(0)
    equal(rest, [], f"not found in {functions(exhaustion)}")


def told(act, names, asked, alignment, first, preset):
    run, exhaustion = exhausted([PLACES, act], options=["--preset=" + preset])
    equal(exhaustion["missing"], None, "missing")
    equal(exhaustion["refusal"], {"number": 1, "asked_bytes": asked,
                                  "alignment_bytes": alignment}, "refusal")
    equal(exhaustion["asked_bytes"], asked, "asked_bytes")
    equal(exhaustion["alignment_bytes"], alignment, "alignment_bytes")
    expect_order(exhaustion, names)
    place = exhaustion["backtrace"][first]
    source, line = line_of(act, SOURCES)
    contains(place["function"], names[0], "the first place")
    check(place["file"].endswith(source), f"file {place['file']}")
    equal(place["line"], line, "line")
    for place in exhaustion["backtrace"]:
        equal(place["certain"], True, "certain")
    text = run.err.decode()
    thread = "another" if act == "thread" else "the main"
    contains(text, f"asked by {thread} thread (", "stderr")
    equal(exhaustion["thread"]["main"], act != "thread", "thread.main")
    contains(text, "), refusal 1 of 1\n", "stderr")
    contains(text, f"jailrun:   at {functions(exhaustion)[0]}", "stderr")
    contains(text, f"({place_file(exhaustion, first)}:{line})", "stderr")


def place_file(exhaustion, index):
    return exhaustion["backtrace"][index]["file"]


# Who asks comes first; but for a call by number, that libc makes.
TOLD = [
    ("malloc", ["ByMalloc", "main"], TOO_MUCH, 16, 0),
    ("calloc", ["ByCalloc", "main"], TOO_MUCH, 16, 0),
    ("realloc", ["ByRealloc", "main"], TOO_MUCH, 16, 0),
    ("small", ["BySmallMalloc", "main"], 200, 16, 0),
    ("new", ["ByNew", "main"], TOO_MUCH, 16, 0),
    ("nothrow", ["ByNothrowNew", "main"], TOO_MUCH, 16, 0),
    ("aligned", ["ByAlignedNew", "main"], TOO_MUCH, 1 << 16, 0),
    ("memalign", ["ByPosixMemalign", "main"], TOO_MUCH, 1 << 21, 0),
    ("mmap", ["ByMmap", "main"], TOO_MUCH, 4096, 0),
    ("number", ["ByNumber", "main"], TOO_MUCH, 4096, 1),
    ("mremap", ["ByMremap", "main"], TOO_MUCH, 4096, 0),
    ("library", ["AskDeepInLibrary", "AskInLibrary", "ByLibrary", "main"],
     TOO_MUCH, 16, 0),
    ("handler", ["Handler", "InHandler", "main"], TOO_MUCH, 16, 0),
    ("blocked", ["Blocked", "main"], TOO_MUCH, 16, 0),
    ("thread", ["AskOfThread", "Thread"], TOO_MUCH, 16, 0),
    ("deep", ["Deep", "Deep"], TOO_MUCH, 16, 0),
]
for act, names, asked, alignment, first in TOLD:
    for preset in ("decoder", "service"):
        case(told, act, names, asked, alignment, first, preset,
             name=f"told_{act}_{preset}")
# Where the program needs no other call.
for act, names, asked, alignment, first in TOLD:
    if act in ("malloc", "small", "library", "nothrow", "memalign", "mmap"):
        for preset in ("strict", "worker"):
            case(told, act, names, asked, alignment, first, preset,
                 name=f"told_{act}_{preset}")


@case
def handler_on_another_stack():
    # What it interrupted lies beyond the copy.
    _, exhaustion = exhausted([PLACES, "other_stack"])
    contains(functions(exhaustion)[0], "Handler", "the first place")


@case
def uncaught_bad_alloc():
    run, exhaustion = exhausted([PLACES, "uncaught"])
    equal(run.verdict["signal"], 6, "verdict.signal")
    expect_order(exhaustion, ["ByUncaughtNew", "main"])
    contains(run.err, b"was then ended by signal 6", "stderr")


@case
def deep_stack_is_cut_off():
    run, exhaustion = exhausted([PLACES, "deep"])
    check(40 < len(exhaustion["backtrace"]) <= 64,
          f"{len(exhaustion['backtrace'])} places")
    contains(run.err, b" callers more", "stderr")


@case
def survivor_has_it_in_the_json():
    run = jail([PLACES, "malloc", "survive"], pool="4M").expect(0, "clean")
    equal(run.err, b"", "stderr")
    expect_order(run.report["pool"]["exhaustion"], ["ByMalloc", "main"])


@case
def nothing_is_told_of_a_pool_that_is_enough():
    run = jail([PLACES, "malloc"], pool="400M")
    equal(run.code, 98, "exit code")
    equal(run.report["pool"]["exhaustion"], None, "pool.exhaustion")


@case
def unjailed_nobody_is_told():
    run, exhaustion = exhausted([PLACES, "malloc"], options=["--unjailed"])
    equal(exhaustion["refusal"], None, "refusal")
    equal(exhaustion["backtrace"], [], "backtrace")
    contains(exhaustion["missing"], "not told", "missing")
    contains(run.err, b"who asked is not known: jailrun was not told of it\n",
             "stderr")


@case
def another_filter_answers():
    run, exhaustion = exhausted(
        [PLACES, "malloc"],
        under=[fixture("degrade"), "prctl:0=1021385484=EPERM", "--"])
    equal(exhaustion["backtrace"], [], "backtrace")
    contains(exhaustion["missing"], "not told", "missing")
    contains(run.err, b"--pool=338M would have been enough", "stderr")


# Often.
def of_many(act, count, names):
    started = time.monotonic()
    run, exhaustion = exhausted([PLACES, act])
    took = time.monotonic() - started
    check(took < 5, f"{count} refusals took {took:.1f} s")
    equal(run.report["pool"]["failures"], count, "failures")
    # The last that was told is near to the last that there was.
    refusal = exhaustion["refusal"]
    check(count * 7 // 8 <= refusal["number"] <= count, f"{refusal}")
    expect_order(exhaustion, names)
    contains(run.err, f"refusal {refusal['number']} of {count}".encode(),
             "stderr")
    if refusal["asked_bytes"] != exhaustion["asked_bytes"]:
        contains(run.err, b"; an earlier one, of ", "stderr")
        contains(run.err, f"({refusal['asked_bytes']}), alignment 16\n".encode(),
                 "stderr")


case(of_many, "many", 100000, ["Many", "main"], name="many")
case(of_many, "growing", 100000, ["Growing", "main"], name="growing")
case(of_many, "after_many", 100001, ["Many", "main"], name="after_many")
case(of_many, "threads", 40000, ["ManyOfThread"], name="threads")


# Real programs.
PYTHON = "x = [bytes(1000) for n in range(300000)]"
SQL = "pragma temp_store = memory; with recursive c(x) as (values(1) union all select x + 1 from c " \
      "where x < 300000) select count(*) from " \
      "(select x || 'abc' as v from c order by v);"
PROGRAMS = {
    "python3": (["-I", "-S", "-c", PYTHON], "8M", "python3"),
    "sqlite3": ([":memory:", SQL], "2M", "sqlite3"),
    "perl": (["-e", "my @x = map { 'x' x 1000 . $_ } 1..30000"], "4M", "perl"),
    "jq": (["-n", "[range(300000) | tostring] | length"], "4M", "jq"),
}


def real(name, arguments, pool, module):
    command = [program(name), *arguments]
    execute(command, env=ENVIRONMENT).expect(0)
    run, exhaustion = exhausted(command, pool=pool, env=ENVIRONMENT)
    equal(exhaustion["missing"], None, "missing")
    modules = [place["module"] for place in exhaustion["backtrace"]]
    check(any(module in (found or "") for found in modules),
          f"no {module} in {modules}")
    check(not any("libcellblock_runtime" in (found or "")
                  for found in modules[:1]), f"the runtime's own: {modules}")
    contains(run.err, b"jailrun:   asked by the main thread (", "stderr")


for name, (arguments, pool, module) in PROGRAMS.items():
    case(real, name, arguments, pool, module, name=f"real_{name}")


# What a jail can say that is not so.
def forged(act, code, preset):
    started = time.monotonic()
    run = jail([FORGED, act, str(code)], pool="4M",
               options=["--preset=" + preset])
    took = time.monotonic() - started
    check(took < 10, f"took {took:.1f} s")
    run.expect(123 if code else 0, "exhausted" if code else "clean")
    equal(run.verdict["program_exit_code"], code, "program_exit_code")
    equal(run.report["pool"]["failures"], 1, "failures")
    equal(run.report["calls"]["refused"], [], "calls.refused")
    exhaustion = run.report["pool"]["exhaustion"]
    # The figures are not of the forgery.
    equal(exhaustion["asked_bytes"], TOO_MUCH, "asked_bytes")
    equal(exhaustion["refusal"]["number"], 2 ** 64 - 1, "refusal.number")
    check(len(exhaustion["backtrace"]) <= 64, "too many places")
    if not code:
        equal(run.err, b"", "stderr")
        return
    contains(run.err, b"--pool=338M would have been enough", "stderr")
    for line in run.error_lines():
        check(line.startswith("jailrun: ") and line.isprintable(), line)
    check(len(run.error_lines()) < 32, "too many lines")
    if act in ("unreadable", "no_stack", "garbage"):
        equal(exhaustion["backtrace"], [], "backtrace")
        contains(exhaustion["missing"], "stack is not where it says"
                 if act == "no_stack" else "not where it says", "missing")


for act in ("endless_frames", "unreadable", "no_stack", "garbage", "flood"):
    for code in (0, 7):
        case(forged, act, code, "decoder", name=f"forged_{act}_{code}")
    case(forged, act, 7, "strict", name=f"forged_{act}_strict")


@case
def forged_within_the_time_limit():
    started = time.monotonic()
    run = jail([FORGED, "for_ever", "0"], pool="4M",
               options=["--timeout=500ms"]).expect(124, "timeout")
    took = time.monotonic() - started
    check(took < 1.5, f"the time limit was overrun: {took:.1f} s")
    equal(run.report["pool"]["exhaustion"]["missing"],
          "the time limit has passed", "missing")


main()
