#!/usr/bin/python3 -B
# Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
"""The report of each refused call in refused_calls_table.py names the call, its
arguments, the function that made it and the option that allows it; with just
that option the program passes, or there is none.

What the report must say of the place: the instruction's is always certain, so
the function of a call that was made by the instruction is. A call that libc
makes is followed to the function that called libc: certain where jailrun may
trace the thread, and else found on its stack, marked as not certain."""

import itertools
import os
import re
import sys

from harness import (case, check, contains, equal, fixture, jail, main, runfile)

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
# pylint: disable=wrong-import-position
from refused_calls_table import ADDRESS, NOBODY, ROWS, Row

PROGRAM = fixture("refused_calls")
LIBRARY = "refused_calls_library"
SOURCES = ("refused_calls_by_libc", "refused_calls_raw", LIBRARY)
GROUPS = ("clocks", "descriptors", "events", "files", "futex", "names",
          "network", "poll", "self", "signals", "sleep", "sockets", "stdio",
          "threads")



def read_places():
    """Of each function its source, the line that makes the call, and whether
    that is the instruction itself."""
    places = {}
    for source in SOURCES:
        path = runfile(f"tests/tools/jailrun/fixtures/{source}.cc")
        with open(path) as file:
            function = None
            for number, line in enumerate(file, 1):
                found = re.match(r"CALL\((\w+)\)", line)
                function = found.group(1) if found else function
                if line.rstrip().endswith("// here"):
                    raw = line.strip().startswith("RAW(")
                    places[function] = (source, number, raw)
    return places


PLACES = read_places()


def in_library(row):
    return PLACES[row.function][0] == LIBRARY


def is_raw(row):
    return PLACES[row.function][2]


def has_structure(row):
    return any(text[0] in "{[" for text in row.arguments)


def depends_on_arguments(row):
    """Other arguments pass by themselves, or by another option."""
    return row.otherwise is not None or any(
        other.call == row.call and other.preset == row.preset and
        other.option != row.option for other in ROWS)


def can_trace():
    """Whether jailrun can have the registers of a thread."""
    with open("/proc/self/status") as status:
        for line in status:
            if line.startswith("CapEff:"):
                return int(line.split()[1], 16) >> 19 & 1 == 1
    return False


@case
def quotas():
    equal(len({row.function for row in ROWS}), len(ROWS), "functions")
    check(len(ROWS) >= 44, f"{len(ROWS)} rows")
    for wanted, counts in [(12, depends_on_arguments), (8, has_structure),
                           (4, lambda row: row.signals == "blocked"),
                           (4, lambda row: row.option is None)]:
        count = sum(map(counts, ROWS))
        check(count >= wanted, f"{count} rows, wanted {wanted}")
    ways = {(is_raw(row), row.thread, in_library(row)) for row in ROWS}
    equal(ways, set(itertools.product((False, True), ("main", "thread"),
                                      (False, True))), "ways")
    equal({(row.thread, is_raw(row)) for row in ROWS
           if row.signals == "blocked"},
          set(itertools.product(("main", "thread"), (False, True))),
          "ways with signals blocked")


def run(function, row, options=()):
    return jail([PROGRAM, function, row.thread, row.signals],
                options=["--preset=" + row.preset, *options])


def expect_passed(ended):
    ended.expect(0, "clean")
    equal(ended.out, b"passed\n", "stdout")
    equal(ended.report["violation"], None, "violation")


def expect_call(row, violation, text):
    equal(violation["syscall"], row.call, "syscall")
    got = violation["arguments"]
    equal(len(got), len(row.arguments), f"the number of arguments in {got}")
    for one, wanted in zip(got, row.arguments):
        if wanted == ADDRESS:
            check(re.fullmatch("0x[0-9a-f]{6,12}", one), f"no address: {one}")
        else:
            equal(one, wanted, "an argument")
    contains(text, f"jailrun: forbidden call: {row.call}({', '.join(got)})\n",
             "stderr")


def expect_place(row, violation, text):
    source, line, raw = PLACES[row.function]
    module = "refused_calls" + ("_library.so" if in_library(row) else "")
    backtrace = violation["backtrace"]
    # The runtime stands in front of a few of libc's functions.
    in_libc = [place["module"].endswith(("libc.so.6", "_runtime.so"))
               for place in backtrace]
    equal(in_libc[0], not raw, "the first place is in libc")
    check(False in in_libc, f"nothing but libc in {backtrace}")
    index = in_libc.index(False)
    place = backtrace[index]
    wanted = {"function": f"(anonymous namespace)::{row.function}()",
              "file": f"fixtures/{source}.cc", "line": line,
              "certain": index == 0 or can_trace()}
    equal({key: place[key] for key in wanted}, wanted, "the place")
    equal(os.path.basename(place["module"]), module, "module")
    check(0 < place["offset"] < 1 << 20, f"offset {place['offset']}")
    equal(backtrace[0]["address"], violation["instruction"], "the first place")
    contains(text,
             f"jailrun:   {'by' if index else 'at'} "
             f"{'' if place['certain'] else '? '}{wanted['function']} "
             f"({wanted['file']}:{line}), {place['module']}"
             f"+{place['offset']:#x}\n", "stderr")
    outer = [one["function"] for one in backtrace[index + 1:]
             if one["function"] is not None]
    start = "main" if row.thread == "main" else "Thread("
    check(any(start in function for function in outer),
          f"no {start} in {outer}")


def expect_remedy(row, violation, text):
    equal(violation["option"], row.option, "option")
    if row.option is None:
        equal(violation["cost"], None, "cost")
        contains(text, "jailrun:   no option allows it: ", "stderr")
        return
    check(violation["cost"], "no cost")
    contains(text, f"jailrun:   if the program may do that, add {row.option}: "
             f"{violation['cost']}\n", "stderr")


def reported(row):
    ended = run(row.function, row).expect(159, "violation")
    equal(ended.out, b"", "stdout")
    violation = ended.report["violation"]
    text = ended.err.decode()
    expect_call(row, violation, text)
    expect_place(row, violation, text)
    expect_remedy(row, violation, text)
    equal(violation["missing"], None, "missing")
    thread = violation["thread"]
    equal(thread["main"], row.thread == "main", "thread.main")
    which = "the main thread" if thread["main"] else "another thread"
    contains(text, f"jailrun:   after main began, in {which} ({thread['id']}, "
             "'refused_calls'); pool in use ", "stderr")
    for line in text.splitlines():
        check(line.startswith("jailrun: ") and line.isprintable(), line)
    return violation


def allowed(row):
    expect_passed(run(row.function, row, [row.option]))


def not_allowed(row):
    """No option does it: not its name, and no group."""
    # The report also says what to do instead.
    advice = reported(row)["advice"].split(": run this one without")[0]
    for name in (row.call, "unsafe:" + row.call):
        refused = run(row.function, row, ["--allow=" + name])
        refused.expect(125, "setup_failed")
        contains(refused.err.decode(), f"--allow={name}: {advice}", "stderr")
    ended = run(row.function, row, ["--allow=@" + group for group in GROUPS])
    if ended.code == 0:  # answered with an errno, but not carried out
        ended.expect(0, "clean")
        refused = [call["syscall"] for call in ended.report["calls"]["refused"]]
        # What the filter answers by itself is not counted: clone3, by @threads.
        wanted = [] if row.call == "clone3" else [row.call]
        equal(refused, wanted, "calls.refused")
    else:
        ended.expect(159, "violation")


@case
def function_that_was_copied_into_another():
    row = Row("RawByACopy", "kill", [NOBODY, "SIGQUIT"],
              "--allow=unsafe:kill")
    violation = run(row.function, row).expect(159, "violation").report[
        "violation"]
    copied, outer = violation["backtrace"][:2]
    contains(copied["function"], "Copied", "the copied function")
    equal(outer["function"], "(anonymous namespace)::RawByACopy()",
          "the function around it")
    source, line, _ = PLACES[row.function]
    equal((outer["file"], outer["line"]), (f"fixtures/{source}.cc", line),
          "where it was called")
    equal((copied["file"], copied["line"]), (outer["file"], line - 4),
          "where the call is")
    equal(copied["address"], outer["address"], "the address")
    check(copied["certain"] and outer["certain"], "certain")


@case
def preset_that_answers_memory_calls():
    row = Row("RawMap", "mmap",
              ["NULL", "4096", "PROT_READ", "MAP_PRIVATE|MAP_ANONYMOUS", "-1",
               "0x0"], None, preset="strict")
    advice = reported(row)["advice"]
    check(advice.endswith("; with --preset=decoder the pool answers it"),
          advice)
    expect_passed(run(row.function, row._replace(preset="decoder")))


@case
def both_threads_at_once():
    """One of them is reported, and wholly: its place, name and stack."""
    for name in ("KillOther", "RawSocketNetlink", "LibraryRawSocket"):
        row = next(row for row in ROWS if row.function == name)
        for _ in range(2):
            ended = run(name, row._replace(thread="both", signals="open"))
            ended.expect(159, "violation")
            equal(ended.out, b"", "stdout")
            violation = ended.report["violation"]
            text = ended.err.decode()
            of_main = violation["thread"]["main"]
            row = row._replace(thread="main" if of_main else "thread")
            expect_call(row, violation, text)
            expect_place(row, violation, text)


for one_row in ROWS:
    if one_row.option is None:
        case(not_allowed, one_row, name="no_option_" + one_row.function)
    else:
        case(reported, one_row, name="reported_" + one_row.function)
        case(allowed, one_row, name="allowed_" + one_row.function)
    if one_row.otherwise is not None:
        case(lambda row: expect_passed(run(row.otherwise, row)), one_row,
             name="otherwise_" + one_row.function)

main()
