#!/usr/bin/python3 -B
# Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
"""What the ancestors' jailed programs do, and jailrun too. The names carry the
rows of docs/seed_parity.md."""

from harness import (bare, case, check, contains, equal, execute, fixture, jail,
                     main, program, scratch_file)

ENDS = fixture("ends")

# More than any buffer of libc, and no whole number of them.
LINES = b"".join(b"%d lines, and none is lost\n" % i for i in range(5000))
WRITE = """io.stdout:setvbuf("full", 1 << 20)
for i = 0, 4999 do io.write(i, " lines, and none is lost\\n") end
"""


def size_with_suffix(text, pool_bytes):
    run = jail([ENDS, "exit", "0"], pool=text).expect(0, "clean")
    equal(run.report["pool"]["bytes"], pool_bytes, "pool.bytes")


for size, size_bytes in [("512K", 512 << 10), ("512k", 512 << 10),
                         ("4M", 4 << 20), ("1G", 1 << 30),
                         ("1048576", 1 << 20)]:
    case(size_with_suffix, size, size_bytes,
         name=f"SeedParity_Row34_SizeWithSuffix/{size}")


def bad_size(text, wanted):
    run = bare([f"--pool={text}", ENDS, "exit", "0"]).expect(125)
    equal(run.out, b"", "stdout")
    lines = run.error_lines()
    equal(len(lines), 1, f"lines on stderr {lines}")
    contains(lines[0], wanted, "stderr")


for size, why in [("12Q", "'Q' is not a size suffix"),
                  ("1MM", "'MM' is not a size suffix"),
                  ("18446744073709551616", "too large"),
                  ("17179869184G", "too large"),
                  ("65G", "too large"),
                  ("1K", "too small"),
                  ("", "--pool")]:
    case(bad_size, size, why, name=f"SeedParity_Row34_BadSize/{size}")


def flushed(end, code, verdict, pool="200M"):
    """How the program ends makes no difference to what it has written."""
    script = scratch_file("flushed.lua", (WRITE + end).encode())
    run = jail([program("lua5.4"), script], pool=pool).expect(code, verdict)
    equal(run.out, LINES, "stdout")


case(flushed, "", 0, "clean", name="SeedParity_Row49_FlushedAfterMain")
case(flushed, "os.exit(3)", 3, "program_error",
     name="SeedParity_Row49_FlushedByExit")
case(flushed, "error('wrong')", 1, "program_error",
     name="SeedParity_Row49_FlushedAfterAnError")
case(flushed, "string.rep('x', 64 << 20)", 123, "exhausted", "4M",
     name="SeedParity_Row49_FlushedAfterExhaustion")


def unjailed_says_so():
    """It does what it does without jailrun, and nobody takes that for a jail."""
    command = ["/bin/sh", "-c", "/bin/true && echo ran"]
    jail(command).expect(159, "violation")
    run = jail(command, options=["--unjailed"]).expect(0, "clean")
    equal(run.out, execute(command).out, "stdout")
    contains(run.err, b"NOT JAILED", "stderr")
    equal(run.report["posture"]["locked"], False, "posture.locked")


case(unjailed_says_so, name="SeedParity_Row42_UnjailedSaysSo")


def exit_code(code, verdict, words, command, options=(), pool="200M"):
    run = jail(command, options=options, pool=pool).expect(code, verdict)
    contains(run.err.decode(), words, "stderr")
    last = run.error_lines()[-1] if run.error_lines() else ""
    if words:
        check(last.startswith("jailrun: "), f"the last line is {last}")


for code, verdict, words, command, options, pool in [
        (0, "clean", "", [ENDS, "exit", "0"], (), "200M"),
        (3, "program_error", "", [ENDS, "exit", "3"], (), "200M"),
        (123, "exhausted", "the pool is exhausted",
         [program("lua5.4"), "-e", "string.rep('x', 64 << 20)"], (), "4M"),
        (124, "timeout", "time limit", [ENDS, "loop"], ("--timeout=300ms",),
         "200M"),
        (125, "setup_failed", "no such preset", [ENDS, "exit", "0"],
         ("--preset=none",), "200M"),
        (126, "setup_failed", "unknown format",
         [scratch_file("text", b"text", 0o755)], (), "200M"),
        (127, "setup_failed", "is in no directory of PATH", ["no-such-program"],
         (), "200M"),
        (134, "crashed", "Aborted", [ENDS, "abort"], (), "200M"),
        (159, "violation", "forbidden call", ["/bin/sh", "-c", "/bin/true; :"],
         (), "200M")]:
    case(exit_code, code, verdict, words, command, options, pool,
         name=f"SeedParity_Row44_ExitCode/{code}")


main()
