#!/usr/bin/python3 -B
# Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
"""A pool that is too small is named as such, with figures that can be used:
never a hang, never success where the output is wrong."""

import lzma
import os
import re

from harness import (Failure, case, check, contains, equal, execute, fixture,
                     jail, main, part, program, scratch_file)

EXHAUST = fixture("exhaust")
ENVIRONMENT = dict(os.environ, LC_ALL="C.UTF-8")

FIGURES = re.compile(
    r"jailrun: the pool is exhausted: asked [^(]*\((\d+)\), alignment (\d+)\n"
    r"jailrun:   in use [^(]*\((\d+)\), peak [^(]*\((\d+)\), "
    r"largest free [^(]*\((\d+)\), short by [^(]*\((\d+)\)\n")


def expect_exhausted(run, pool_bytes):
    """Checks the verdict and the message, and returns the JSON of the pool."""
    run.expect(123, "exhausted")
    equal(run.verdict["permanent"], True, "verdict.permanent")
    pool = run.report["pool"]
    equal(pool["bytes"], pool_bytes, "pool.bytes")
    check(pool["failures"] > 0, "pool.failures is 0")
    check(0 < pool["peak_bytes"] <= pool_bytes,
          f"pool.peak_bytes is {pool['peak_bytes']}")
    said = FIGURES.search(run.err.decode("utf-8", "replace"))
    check(said, f"no figures on stderr: {run.err}")
    names = ("asked_bytes", "alignment_bytes", "in_use_bytes", "peak_bytes",
             "largest_free_bytes", "short_by_bytes")
    in_json = [pool["exhaustion"][name] for name in names]
    equal([int(word) for word in said.groups()], in_json, "figures in words")
    asked, alignment, in_use, peak, largest, short_by = in_json
    check(asked > 0 and alignment >= 16, f"asked {asked} at {alignment}")
    check(in_use <= peak <= pool_bytes, f"in use {in_use}, peak {peak}")
    check(in_use + largest <= pool_bytes, f"in use {in_use}, free {largest}")
    if asked > largest:
        check(asked - largest <= short_by < asked - largest + 4096 + alignment,
              f"short by {short_by}: asked {asked}, largest free {largest}")
    return pool


# A dictionary of 64 MiB, whatever the size of the file.
BIG = b"".join(b"%d lines of a big file\n" % i for i in range(30000))


def big_xz():
    packed = execute([program("xz"), "-9", "-c"], stdin=BIG)
    return scratch_file("big.xz", packed.expect(0).out)


@case
def xz_with_too_small_a_pool():
    path = big_xz()
    run = jail([program("xz"), "-dc", path], pool="4M")
    pool = expect_exhausted(run, 4 << 20)
    equal(run.verdict["program_exit_code"], 1, "program_exit_code")
    contains(run.err, b"the program then exited with 1", "stderr")
    check(pool["exhaustion"]["asked_bytes"] >= 64 << 20, "asked too little")
    suggested = pool["suggested_bytes"]
    check(suggested > 64 << 20, f"suggested {suggested}")
    contains(run.err, f"--pool={suggested >> 20}M would have been enough"
             .encode(), "stderr")
    again = jail([program("xz"), "-dc", path], pool=str(suggested))
    again.expect(0, "clean")
    equal(again.out, BIG, "what xz writes with the suggested pool")
    equal(again.report["pool"]["failures"], 0, "pool.failures")


# How a program may take it, after main.
def ends(how, *code, text):
    run = jail([EXHAUST, how, *code], pool="4M")
    contains(run.out, b"main ran", "stdout")
    pool = expect_exhausted(run, 4 << 20)
    contains(run.err.decode(), text, "stderr")
    return run, pool


def exits(how, code):
    run, pool = ends(how, str(code), text=f"then exited with {code}")
    equal(run.verdict["program_exit_code"], code, "program_exit_code")
    equal(run.verdict["signal"], None, "verdict.signal")
    if how == "impossible":
        equal(pool["suggested_bytes"], None, "pool.suggested_bytes")
        contains(run.err, b"no pool is large enough", "stderr")
        return
    if how == "small":
        return
    again = jail([EXHAUST, how, str(code)], pool=str(pool["suggested_bytes"]))
    equal(again.code, 99, "exit code with the suggested pool")
    equal(again.report["pool"]["failures"], 0, "pool.failures")


def dies(how, signal):
    run, _ = ends(how, text=f"then ended by signal {signal}")
    equal(run.verdict["signal"], signal, "verdict.signal")
    equal(run.verdict["program_exit_code"], None, "program_exit_code")


for how in ("return", "map", "small", "impossible", "caught"):
    for code in (1, 7, 123, 255):
        case(exits, how, code, name=f"exit_{code}_after_{how}")
case(dies, "abort", 6, name="abort_after_null")
case(dies, "touch", 11, name="segmentation_fault_after_null")
case(dies, "bad_alloc", 6, name="uncaught_bad_alloc")


@case
def the_pool_is_suggested_however_it_ends():
    """Also where the program has not told how many blocks it had."""
    python = [program("python3"), "-I", "-S", "-c"]
    for code, wanted in (("import os; os._exit(0)", 0),
                         ("import os; os.abort()", 134),
                         ("while True: pass", 124)):
        run = jail([*python, "x = bytearray(3 << 20)\n" + code],
                   options=["--report=always", "--timeout=1"]).expect(wanted)
        suggested = run.report["pool"]["suggested_bytes"]
        check(suggested is not None and suggested > 3 << 20,
              f"{code}: {suggested}")
        contains(run.err, b"; enough: --pool=", code)
        if wanted != 0:
            contains(run.err, b", at least ", code)
    run = jail(["/bin/sh", "-c", "x=1"], options=["--report=always"]).expect(0)
    contains(run.err, b"; enough: --pool=", "sh")


@case
def survivor_is_clean():
    for how in ("return", "map", "small", "impossible", "caught"):
        run = jail([EXHAUST, how, "0"], pool="4M").expect(0, "clean")
        check(run.report["pool"]["failures"] > 0, f"{how}: pool.failures is 0")
        check(run.report["pool"]["exhaustion"]["asked_bytes"] > 0,
              f"{how}: no figures in the JSON")
        equal(run.err, b"", "stderr")


@case
def asking_for_ever_is_ended():
    run = jail([EXHAUST, "forever"], pool="4M").expect(123, "exhausted")
    contains(run.err, b"allocations in a row were refused", "stderr")


@case
def other_signal_is_a_crash():
    run = jail([EXHAUST, "terminated"], pool="4M").expect(143, "crashed")
    check(run.report["pool"]["failures"] > 0, "pool.failures is 0")


@case
def failure_without_exhaustion_is_the_programs():
    run = jail([EXHAUST, "unknown"], pool="4M").expect(98, "program_error")
    equal(run.report["pool"]["failures"], 0, "pool.failures")
    equal(run.report["pool"]["exhaustion"], None, "pool.exhaustion")


# Real programs on every size from hopeless to ample, a third of them a day:
# right, or not 0.
PYTHON = "print(sum(len(str(n)) for n in range(20000)))\n" \
         "x = [bytes(1000) for n in range(3000)]\n" \
         "print(len(x))"
PERL = "my %h; $h{$_} = 'x' x 100 for 1..20000; print scalar(keys %h), qq(\\n);"
JQ = '[range(20000) | tostring] | length, (map(length) | add)'
LUA = "local t = {} for i = 1, 50000 do t[i] = 'n' .. i end print(#t)"
SQL = "with recursive c(x) as (values(1) union all select x + 1 from c " \
      "where x < 30000) select count(*), sum(length(v)) from " \
      "(select x || 'abc' as v from c order by v);"

PROGRAMS = {
    "python3": ["-I", "-S", "-c", PYTHON],
    "perl": ["-e", PERL],
    "jq": ["-n", JQ],
    "lua5.4": ["-e", LUA],
    "sqlite3": [":memory:", SQL],
    "sort": [scratch_file("lines", b"".join(
        b"%d\n" % (i * 7919 % 30011) for i in range(30000)))],
    "xz": ["-dc", scratch_file("small.xz", lzma.compress(BIG))],
}
SIZES = ["64K", "96K", "128K", "192K", "256K", "384K", "512K", "768K", "1M",
         "1536K", "2M", "3M", "4M", "5M", "6M", "8M", "12M", "16M", "24M",
         "32M", "64M"]
TODAYS_SIZES = part(SIZES[:-1], 3) + SIZES[-1:]


def sweep(name, arguments):
    command = [program(name), *arguments]
    plain = execute(command, env=ENVIRONMENT).expect(0)
    succeeded = 0
    classes = set()
    for size in TODAYS_SIZES:
        run = jail(command, pool=size, env=ENVIRONMENT, timeout=20)
        where = f"--pool={size}: "
        kind = run.verdict["class"]
        classes.add(kind)
        if run.code == 0:
            succeeded += 1
            check(run.out == plain.out,
                  where + f"exit 0 with {run.out[-80:]!r}")
            continue
        check(kind in ("exhausted", "setup_failed", "crashed"),
              where + f"{kind}, exit code {run.code}: {run.err[-300:]!r}")
        check(run.report["pool"]["failures"] > 0,
              where + f"{kind} without a refused allocation")
        if kind == "setup_failed":
            contains(run.err, b"pool", where + "stderr")
    check(succeeded >= 2, f"enough in only {succeeded} sizes")
    check("exhausted" in classes, f"never exhausted: {classes}")


for name, arguments in PROGRAMS.items():
    case(sweep, name, arguments, name=f"sweep_{name}")


# Asking again with what was suggested comes to an end, and soon.
def climb(name, arguments):
    command = [program(name), *arguments]
    pool = 64 << 10
    for _ in range(20):
        run = jail(command, pool=str(pool), env=ENVIRONMENT)
        if run.code == 0 and run.report["pool"]["failures"] == 0:
            return
        suggested = run.report["pool"]["suggested_bytes"]
        check(suggested is not None and suggested > pool,
              f"with {pool} bytes {suggested} are suggested: {run.err!r}")
        pool = suggested
    raise Failure(f"still not enough at {pool} bytes")


for name in ("python3", "jq", "lua5.4"):
    case(climb, name, PROGRAMS[name], name=f"climb_{name}")


main()
