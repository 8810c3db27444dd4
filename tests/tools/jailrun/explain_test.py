#!/usr/bin/python3 -B
# Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
"""What the report of a violation says of the call: its arguments, the place in
the program's source, the thread and the price of allowing it; and that nothing
the jailed process does to its memory, nor the end of the helper, changes the
verdict."""

import os
import shutil
import time

from harness import (case, check, contains, equal, fixture, jail, jailrun_path,
                     line_of, main, scratch)

CRIMES = fixture("explain_crimes")
STRIPPED = fixture("explain_crimes_stripped")
SOURCES = ("explain_crimes.cc", "explain_library.cc")


def can_trace():
    """Whether jailrun can have the registers of a thread."""
    with open("/proc/self/status") as status:
        for line in status:
            if line.startswith("CapEff:"):
                return int(line.split()[1], 16) >> 19 & 1 == 1
    return False


def crime(act, program=CRIMES, **more):
    run = jail([program, act], **more).expect(159, "violation")
    text = run.err.decode()  # valid UTF-8
    for line in text.splitlines():
        check(line.startswith("jailrun: "), f"not a line of jailrun's: {line}")
        check(line.isprintable(), f"not printable: {line!r}")
    check(len(text.splitlines()) < 32, "too many lines")
    return run


def functions(violation):
    return [place["function"] for place in violation["backtrace"]]


def place_of(violation, function):
    for place in violation["backtrace"]:
        if place["function"] is not None and function in place["function"]:
            return place
    check(False, f"no {function} in {functions(violation)}")
    return None


def expect_order(violation, names):
    """The functions appear in that order, others perhaps between them."""
    rest = list(names)
    for function in functions(violation):
        if rest and function is not None and rest[0] in function:
            rest.pop(0)
    equal(rest, [], f"not found in {functions(violation)}")


def explained(act, names):
    run = crime(act)
    violation = run.report["violation"]
    expect_order(violation, names)
    source, line = line_of(act if act != "other_stack" else "handler", SOURCES)
    found = place_of(violation, names[0])
    check(found["file"].endswith(source), f"file {found['file']}")
    equal(found["line"], line, "line")
    contains(run.err.decode(), f"({found['file']}:{line})", "stderr")
    equal(violation["missing"], None, "violation.missing")
    places = violation["backtrace"]
    equal(places[0]["certain"], True, "the first place")
    for place in places[1:]:
        equal(place["certain"], can_trace(), "certain")
    for key in ("module", "offset", "function", "file", "line"):
        equal(violation[key], places[0][key], key)
    check(len({place["address"] for place in places}) > 1, "one place only")
    return run


for act, names in [
        ("main", ["CrimeOfMain", "main"]),
        ("raw", ["Raw", "CrimeByNumber", "main"]),
        ("library", ["DeepInLibrary", "LibraryCrime", "ByLibrary", "main"]),
        ("thread", ["CrimeOfThread", "Thread"]),
        ("handler", ["Handler", "InHandler", "main"]),
        ("other_stack", ["Handler", "InHandlerOnOtherStack", "main"]),
]:
    case(explained, act, names, name=f"explained_{act}")


@case
def modules():
    violation = crime("library").report["violation"]
    check(violation["module"].endswith("libc.so.6"), violation["module"])
    check(violation["offset"] > 0, "no offset")
    check(place_of(violation, "DeepInLibrary")["module"].endswith(
        "explain_library.so"), "the library's module")
    check(place_of(violation, "ByLibrary")["module"].endswith(
        "explain_crimes"), "the program's module")


@case
def of_the_main_thread():
    run = crime("main")
    thread = run.report["violation"]["thread"]
    equal(thread["main"], True, "thread.main")
    equal(thread["name"], "explain_crimes", "thread.name")
    contains(run.err, b"in the main thread (", "stderr")
    contains(run.err, b"; pool in use ", "stderr")


@case
def of_another_thread():
    run = crime("thread")
    thread = run.report["violation"]["thread"]
    equal(thread["main"], False, "thread.main")
    equal(thread["name"], "second\n\x1b[31m", "thread.name")
    contains(run.err, b"in another thread (", "stderr")
    contains(run.err, b"'second\\x0a\\x1b[31m'", "stderr")


@case
def arguments():
    run = crime("main")
    equal(run.report["violation"]["arguments"],
          ["AF_INET", "SOCK_STREAM|SOCK_CLOEXEC", "0"], "arguments")
    contains(run.err,
             b"forbidden call: socket(AF_INET, SOCK_STREAM|SOCK_CLOEXEC, 0)\n",
             "stderr")


@case
def cost():
    run = crime("main")
    violation = run.report["violation"]
    equal(violation["option"], "--allow=@network", "option")
    contains(violation["cost"], "to any host", "cost")
    contains(run.err.decode(), violation["cost"], "stderr")
    equal(crime("escapes").report["violation"]["cost"], None, "of execve")


# What the process can do to its memory.
def hostile_arguments(act, wanted):
    equal(crime(act).report["violation"]["arguments"], wanted, "arguments")


for act, wanted in [
        ("unmapped", ["0x1", "0x7fffffffff000", "0xffffffffffffffff"]),
        ("unterminated", ['"' + 96 * "x" + '"...', "NULL", "NULL"]),
        ("escapes", ['"/\\x1b[31m\\x0a\\x22\\x5c\\x80"', "NULL", "NULL"]),
]:
    case(hostile_arguments, act, wanted, name=f"arguments_{act}")


@case
def arguments_cut_off():
    got = crime("cut_off").report["violation"]["arguments"]
    equal(got[0], '"xxxxx"...', "text at the end of memory")
    check(got[1].startswith("0x"), "a vector that cannot be read")


@case
def arguments_huge_vector():
    got = crime("huge_vector").report["violation"]["arguments"]
    check(len(got[1]) < 512, "too long")


@case
def arguments_that_change():
    text = crime("changing").report["violation"]["arguments"][0]
    check(text[:2] == '"/' and set(text[2:10]) <= {"a", "b"}, text)


def hostile_stack(act):
    run = crime(act)
    violation = run.report["violation"]
    places = violation["backtrace"]
    check(1 <= len(places) <= 64, f"{len(places)} places")
    equal(places[0]["address"], violation["instruction"], "the first place")
    equal(violation["syscall"], "socket", "syscall")
    for place in places[1:]:
        check(place["certain"] is False or can_trace(), "a certain place")


for act in ("no_stack", "endless_frames", "fill_stack", "huge", "many_frames"):
    case(hostile_stack, act, name=f"stack_{act}")


@case
def many_frames_are_counted():
    if not can_trace():
        return
    run = crime("many_frames")
    equal(len(run.report["violation"]["backtrace"]), 64, "places")
    contains(run.err, b" callers more", "stderr")


@case
def stripped():
    violation = crime("main", STRIPPED).report["violation"]
    contains(violation["module"], "libc.so.6", "module")
    callers = [place for place in violation["backtrace"]
               if place["module"].endswith("explain_crimes_stripped")]
    check(callers, "no place in the program")
    equal(callers[0]["file"], None, "file")
    equal(callers[0]["line"], None, "line")
    check(callers[0]["offset"] > 0, "no offset")


# The helper.
def jailrun_with(helper):
    """jailrun in a directory of its own, beside what `helper` holds."""
    directory = os.path.join(scratch(), f"helper{len(os.listdir(scratch()))}")
    os.mkdir(directory)
    beside = os.path.dirname(os.path.realpath(jailrun_path()))
    for name in ("jailrun", "libcellblock_runtime.so"):
        shutil.copy(os.path.join(beside, name), directory)
    if helper is not None:
        path = os.path.join(directory, "jailrun-explain")
        with open(path, "w") as file:
            file.write("#!/bin/sh\n" + helper + "\n")
        os.chmod(path, 0o755)
    return os.path.join(directory, "jailrun")


def without_help(helper, missing, longest=1.5):
    started = time.monotonic()
    run = crime("main", jailrun=jailrun_with(helper))
    took = time.monotonic() - started
    check(took < longest, f"took {took:.1f} s")
    violation = run.report["violation"]
    equal(violation["syscall"], "socket", "syscall")
    check(violation["module"].endswith("libc.so.6"), "module")
    equal(len(violation["backtrace"]), 1, "places")
    equal(violation["function"], None, "function")
    contains(violation["missing"], missing, "missing")
    contains(run.err.decode(), "not known: jailrun-explain", "stderr")


DID_NOT_FINISH = "did not finish"
case(without_help, None, "No such file", name="helper_is_missing")
case(without_help, "kill -SEGV $$", DID_NOT_FINISH, name="helper_crashes")
case(without_help, "exit 0", DID_NOT_FINISH, name="helper_says_nothing")
case(without_help, "exec sleep 100", DID_NOT_FINISH, 4, name="helper_hangs")
case(without_help, "trap '' TERM INT; while :; do echo; sleep 9; done",
     DID_NOT_FINISH, 4, name="helper_babbles")
case(without_help, "exec cat /dev/zero", DID_NOT_FINISH, name="helper_floods")


@case
def helper_lies():
    frame = r"F ffffffffffffffff ffffffff 1\tx\033[31m\ty\a\nE\n"
    run = crime("main", jailrun=jailrun_with(f"printf '{frame}'"))
    violation = run.report["violation"]
    equal(violation["backtrace"][0]["address"], violation["instruction"],
          "the address")


@case
def helper_hangs_within_the_time_limit():
    started = time.monotonic()
    run = jail([CRIMES, "main"], options=["--timeout=500ms"],
               jailrun=jailrun_with("exec sleep 100"))
    run.expect(159, "violation")
    check(time.monotonic() - started < 1.5, "the time limit was overrun")


@case
def descriptors_of_the_helper():
    """It gets four descriptors and no variable; the jail gets none of them."""
    listing = os.path.join(scratch(), "listing")
    crime("main", jailrun=jailrun_with(
        f"/bin/ls /proc/$$/fd >{listing}; /usr/bin/env >>{listing}"))
    with open(listing) as file:
        words = file.read().split()
    for fd in ("0", "1", "3", "4"):
        check(fd in words, f"no descriptor {fd}: {words}")
    check(not any(word.startswith(("CELLBLOCK", "LD_", "DEBUGINFOD"))
                  for word in words), f"variables: {words}")


main()
