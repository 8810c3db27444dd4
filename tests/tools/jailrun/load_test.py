#!/usr/bin/python3 -B
# Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
"""Libraries that a program loads late: named when they are refused, and there
before the lock by --load."""

import os
import subprocess

from harness import (bare, case, check, contains, equal, execute, fixture, jail,
                     jailrun_path, main, program, scratch, scratch_file)

SUBJECT = fixture("learn_subject")
ENDS = fixture("ends")
FORGED = fixture("forged_late_loads")
LATE = os.path.realpath(fixture("late_library.so"))


def library(kind):
    return os.path.realpath(fixture(f"loaded_{kind}.so"))


def load(path, *options, **more):
    return jail([SUBJECT, "load", path], options=options, **more)


def succeeds(run):
    run.expect(0, "clean")
    equal(run.out, b"done\n", "stdout")
    equal(run.report["late_loads"], [], "late_loads")
    return run


# One that is named.

@case
def refused_and_named():
    run = load(LATE).expect(1, "program_error")
    equal(run.report["late_loads"],
          [{"path": LATE, "option": "--load=" + LATE}], "late_loads")
    equal(run.report["loads"]["refused_after_the_lock"], 1, "how often")
    contains(run.err.decode(),
             f"jailrun: loaded after the lock: {LATE}; add --load={LATE}\n",
             "stderr")


@case
def loaded_before():
    run = succeeds(load(LATE, "--load=" + LATE))
    equal(run.report["loads"]["loaded"], 1, "loaded")
    equal(run.report["loads"]["asked"], [LATE], "asked")
    equal(run.err, b"", "stderr")


@case
def by_a_relative_path_and_twice():
    name = os.path.basename(LATE)
    run = load(LATE, "--load=" + name, "--load", "./" + name,
               cwd=os.path.dirname(LATE))
    equal(succeeds(run).report["loads"]["loaded"], 1, "loaded")


@case
def by_another_path_than_the_program_uses():
    link = os.path.join(scratch(), "link.so")
    os.symlink(LATE, link)
    succeeds(load(LATE, "--load=" + link))
    os.unlink(link)


@case
def by_a_glob():
    directory = os.path.join(scratch(), "some [odd] place")
    os.mkdir(directory)
    for name, source in (("a.so", LATE), ("b.so", library("lacks")),
                         ("c.so", library("execstack")), ("d.so", None)):
        content = b"no library"
        if source is not None:
            with open(source, "rb") as file:
                content = file.read()
        scratch_file(os.path.join(directory, name), content)
    os.mkdir(os.path.join(directory, "e.so"))
    wanted = os.path.join(directory, "a.so")
    # A name that is there is no glob.
    succeeds(load(wanted, "--load=" + wanted))
    run = load(wanted, "--load=" + os.path.join(scratch(), "some*", "*.so"),
               "--report=always")
    loads = succeeds(run).report["loads"]
    equal((loads["loaded"], loads["passed_over"]), (1, 4), "counts")
    contains(run.err, b"loaded before the lock: 1 library by --load, 4 passed "
             b"over; the first: ", "stderr")


@case
def under_each_preset_that_can_open_it():
    succeeds(load(LATE, "--load=" + LATE, "--preset=decoder"))
    # Found by its name alone it needs no file.
    succeeds(load(LATE, "--load=" + LATE, "--preset=strict"))


@case
def without_a_jail():
    run = load(LATE, "--load=" + LATE, "--unjailed").expect(0)
    equal(run.report["loads"]["loaded"], 1, "loaded")


@case
def where_nobody_listens():
    degrade = [fixture("degrade"), "seccomp:1/8=EPERM", "--"]
    run = load(LATE, under=degrade).expect(1, "program_error")
    equal([late["path"] for late in run.report["late_loads"]], [LATE], "named")
    succeeds(load(LATE, "--load=" + LATE, under=degrade))


@case
def what_it_needs_comes_along():
    succeeds(load(library("needs"), "--load=" + library("needs")))


@case
def the_code_of_a_library_is_sealed():
    show = ("open F, '/proc/self/smaps' or die; while (<F>) {"
            "$here = $1 if /^\\S+ (\\S+) .*?late_library/; "
            "$here = '' if /^\\w+-\\w+ / && !/late_library/;"
            "print \"$here $_\" if $here && /^VmFlags/ }")
    run = jail([program("perl"), "-e", show],
               options=["--load=" + LATE, "--ro=/proc"]).expect(0, "clean")
    if run.report["posture"]["sealed"]["state"] == "unsupported":
        return  # this kernel seals nothing, and the posture says so
    flags = dict(line.split(" ", 1) for line in run.out.decode().splitlines())
    check("r-xp" in flags, f"no code of it: {flags}")
    for protection in ("r-xp", "r--p"):
        check(" sl" in flags[protection], f"{protection}: {flags}")


@case
def threads_of_a_library_have_stacks():
    path = library("threads")
    run = succeeds(load(path, "--load=" + path))
    equal(run.report["threads"]["laid"], 16, "laid")
    equal(run.report["threads"]["most_in_use"], 1, "in use")


@case
def thread_local_memory_of_a_library():
    succeeds(load(library("thread_local"), "--load=" + library("thread_local")))


@case
def a_dry_run_tells():
    run = bare(["--dry-run", "--load=" + LATE, "--", SUBJECT]).expect(0)
    contains(run.err, b"jailrun: loaded before the lock: 1 library", "stderr")


# What is refused.

def refused(options, *words):
    run = jail([ENDS, "exit"], options=options).expect(125, "setup_failed")
    text = run.err.decode()
    for word in words:
        contains(text, word, "stderr")
    equal(run.out, b"", "stdout")


REFUSED = {
    "missing": (["--load=/nonexistent.so"],
                "--load=/nonexistent.so: No such file or directory"),
    "no_library": (["--load=/etc/passwd"], "--load=/etc/passwd: is no ELF file"),
    "program": (["--load=/usr/bin/env"], "--load=/usr/bin/env: "),
    "directory": (["--load=/usr/lib"], "is a directory", "give a glob"),
    "device": (["--load=/dev/null"], "is not a regular file"),
    "unknown_preset": (["--load=@cobol"], "there is no such preset",
                       "there are @python, @perl"),
    "empty_glob": (["--load=/nonexistent/*.so"], "no file has a name like that"),
    "useless_glob": (["--load=/etc/pass[w]d"], "what it matches cannot be loaded"),
    "lacks": (["--load=" + library("lacks")],
              f"--load={library('lacks')}: undefined symbol: NobodyHasThis"),
    "crashes": (["--load=" + library("crashes")],
                f"while {library('crashes')} was loaded", "signal 6"),
    "exits": (["--load=" + library("exits")],
              f"while {library('exits')} was loaded", "exited with 3"),
    "hangs": (["--load=" + library("hangs")],
              f"while {library('hangs')} was loaded", "within 10 seconds"),
    "writes_code": (["--load=" + library("writes_code")],
                    "is writable and executable"),
    "execstack": (["--load=" + library("execstack")], "executable stack"),
    "holds_memory": (["--load=" + library("holds_memory"), "--ro=/proc"],
                     "the memory of a process"),
    "unjailed_lacks": (["--unjailed", "--load=" + library("lacks")],
                       "undefined symbol: NobodyHasThis"),
}
for name, (options, *words) in REFUSED.items():
    case(refused, options, *words, name="refused_" + name)


@case
def refused_empty():
    run = bare(["--load=", "--", ENDS]).expect(125)
    equal(run.err, b"jailrun: --load: the value is empty\n", "stderr")


@case
def a_hanging_constructor_meets_the_time_limit():
    jail([ENDS, "exit"], options=["--load=" + library("hangs"),
                               "--timeout=500ms"]).expect(124, "timeout")


# What a jail says that is not so.

@case
def forged_names_are_words():
    names = ["/tmp/\x1b[31mred\n.so", "/usr/lib/x.so; add --load=evil", "@perl"]
    run = jail([FORGED, "1", *names]).expect(1, "program_error")
    late = run.report["late_loads"]
    equal(len(late), 8, "how many")
    equal(late[0]["path"], names[0], "a name")
    for line in run.error_lines():
        check(line.startswith("jailrun: ") and line.isprintable(), line)
    check(len(run.error_lines()) < 14, "too many lines")
    contains(run.err, b"and more; 4294967295 mappings were refused", "stderr")
    run = jail([FORGED, "0", *names]).expect(0, "clean")
    equal(run.err, b"", "stderr")


main()
