#!/usr/bin/python3 -B
# Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
"""Every way to end has the documented exit code, class and words."""

import os
import shutil
import signal

from harness import (bare, case, check, contains, equal, fixture, jail, main,
                     program, runfile, scratch, scratch_file)

ENDS = fixture("ends")
CONSTRUCTOR = fixture("constructor")
TRUE = "/usr/bin/true"


def refused(code, path, wanted, *arguments, options=()):
    """jailrun ends with `code`, says `wanted`, and runs nothing."""
    run = jail([path, *arguments], options=options).expect(code, "setup_failed")
    equal(run.out, b"", "stdout")
    lines = run.error_lines()
    check(lines and all(line.startswith("jailrun: ") for line in lines),
          f"stderr is not jailrun's alone: {lines}")
    contains(run.err.decode().lower(), wanted.lower(), "stderr")
    check(run.verdict["reason"], "verdict.reason is empty")
    equal(run.verdict["permanent"], True, "verdict.permanent")
    equal(run.report["posture"]["locked"], False, "posture.locked")
    return run


# The program's own codes, those that jailrun uses for itself among them.
def own_code(code):
    run = jail([ENDS, "exit", str(code)])
    run.expect(code, "clean" if code == 0 else "program_error")
    equal(run.out, b"main ran\n", "stdout")
    equal(run.err, b"", "stderr")
    equal(run.verdict["program_exit_code"], code, "program_exit_code")
    equal(run.verdict["signal"], None, "verdict.signal")
    equal(run.report["posture"]["locked"], True, "posture.locked")


for own in (0, 1, 2, 42, 123, 124, 125, 126, 127, 128, 137, 159, 255):
    case(own_code, own, name=f"own_code_{own}")


def options_end_at_the_program():
    jail([ENDS, "exit", "3", "--pool=12Q", "--version"]).expect(3)
    run = bare(["--pool=200M", ENDS, "exit", "4", "--pool=12Q"]).expect(4)
    equal(run.out, b"main ran\n", "stdout")


case(options_end_at_the_program)


# Time limit.
def timeout(how, text):
    run = jail([ENDS, how], options=["--timeout=" + text])
    run.expect(124, "timeout")
    equal(run.out, b"main ran\n", "stdout")
    contains(run.err, b"time limit", "stderr")
    equal(run.verdict["permanent"], False, "verdict.permanent")
    check(250_000 <= run.report["time"]["wall_us"] < 3_000_000,
          f"killed after {run.report['time']['wall_us']} us")


for how in ("loop", "block", "withdraw"):
    for text in ("300ms", "0.3", "0.3s"):
        case(timeout, how, text, name=f"timeout_{how}_{text}")


def no_timeout_before_its_time():
    jail([ENDS, "exit", "5"], options=["--timeout=1h"]).expect(5)


case(no_timeout_before_its_time)


# What cannot be run.
@case
def missing_program():
    refused(127, scratch() + "/absent", "is not there")


@case
def missing_in_path():
    refused(127, "no-such-program-anywhere", "PATH")


@case
def dash_program():
    refused(127, "-x", "-x")


@case
def path_through_a_file():
    refused(127, scratch_file("plain") + "/x", "is not there")


@case
def not_executable():
    refused(126, scratch_file("data", b"\x7fELF", 0o644), "execute permission")


@case
def directory():
    refused(126, scratch(), "directory")


@case
def device():
    refused(126, "/dev/null", "regular file")


@case
def empty_file():
    refused(126, scratch_file("empty", b"", 0o755), "empty")


@case
def text_without_format():
    refused(126, scratch_file("text", b"echo hello\n", 0o755), "format")


@case
def script_of_missing_interpreter():
    path = scratch_file("orphan", b"#!/no/such/sh\nexit 0\n", 0o755)
    contains(refused(126, path, "script").err, b"/no/such/sh", "stderr")


@case
def script_with_dos_lines():
    path = scratch_file("dos", b"#!/bin/sh\r\nexit 0\r\n", 0o755)
    refused(126, path, "dos")


@case
def script_of_unreadable_format():
    text = scratch_file("text2", b"echo hello\n", 0o755)
    path = scratch_file("of_text", b"#!" + text.encode() + b"\n", 0o755)
    refused(126, path, "format")


@case
def script_of_static_interpreter():
    path = scratch_file("of_static", b"#!" + fixture("ends_static").encode() +
                        b"\nexit 0\n", 0o755)
    refused(125, path, "static")


@case
def script_runs():
    path = scratch_file("script", b"#!/bin/sh\necho \"$0 $1\"\nexit 7\n", 0o755)
    run = jail([path, "one"]).expect(7, "program_error")
    equal(run.out, f"{path} one\n".encode(), "stdout")
    equal(run.report["posture"]["locked"], True, "posture.locked")


@case
def script_with_argument_runs():
    path = scratch_file("strict", b"#! /bin/sh -eu\nfalse\necho no\n", 0o755)
    run = jail([path]).expect(1, "program_error")
    equal(run.out, b"", "stdout")


@case
def static_program():
    refused(125, fixture("ends_static"), "statically linked", "exit", "0")


@case
def static_pie_program():
    refused(125, fixture("ends_static_pie"), "static", "exit", "0")


@case
def never_calls_libc_start_main():
    refused(125, fixture("no_start"), "__libc_start_main")


@case
def the_loader_itself():
    refused(125, "/lib64/ld-linux-x86-64.so.2", "loader", TRUE)


@case
def shared_library():
    refused(125, scratch_copy(runfile("tools/jailrun/libcellblock_runtime.so"),
                              "library", 0o755), "shared library")


def scratch_copy(path, name, mode):
    copy = os.path.join(scratch(), name)
    if os.path.exists(copy):
        os.remove(copy)
    shutil.copyfile(path, copy)
    os.chmod(copy, mode)
    return copy


@case
def setuid_program():
    refused(125, scratch_copy(ENDS, "setuid", 0o4755), "setuid", "exit", "0")


@case
def setgid_program():
    refused(125, scratch_copy(ENDS, "setgid", 0o2755), "setgid", "exit", "0")


# e_ident[EI_CLASS] is byte 4, e_ident[EI_DATA] byte 5, e_machine bytes 18, 19.
def foreign(name, elf_class, data, machine):
    content = bytearray(open(ENDS, "rb").read())
    content[4] = elf_class
    content[5] = data
    content[18:20] = machine.to_bytes(2, "little" if data == 1 else "big")
    refused(125, scratch_file(name, bytes(content), 0o755), "x86-64", "exit",
            "0")


for foreign_name, foreign_class, foreign_data, foreign_machine in [
        ("i386", 1, 1, 3),
        ("x32", 1, 1, 62),
        ("aarch64", 2, 1, 183),
        ("riscv64", 2, 1, 243),
        ("s390x", 2, 2, 22),
]:
    case(foreign, foreign_name, foreign_class, foreign_data, foreign_machine,
         name=f"foreign_{foreign_name}")


@case
def damaged_elf():
    content = open(ENDS, "rb").read()
    for size in (4, 20, 64, 200, 4096):
        run = jail([scratch_file("cut", content[:size], 0o755), "exit", "0"])
        check(run.code in (125, 126), f"cut at {size}: exit code {run.code}")
        equal(run.out, b"", "stdout")
        equal(run.verdict["class"], "setup_failed", "class")


# What a program may do before its main, where no lock stands yet.
def constructor(wanted, *arguments, options=()):
    run = jail([CONSTRUCTOR, *arguments], options=options)
    run.expect(125, "setup_failed")
    equal(run.out, b"", "stdout")
    contains(run.err.decode(), wanted, "stderr")
    equal(run.report["posture"]["locked"], False, "posture.locked")
    return run


@case
def constructor_sanity():
    equal(jail([CONSTRUCTOR]).expect(0, "clean").out, b"main ran\n", "stdout")


@case
def constructor_exits():
    constructor("exited with 0 before its main", "exit", "0")
    constructor("exited with 3 before its main", "exit", "3")
    constructor("exited with 0 before its main", "clean-exit", "0")


@case
def constructor_dies():
    constructor("signal 6", "signal", str(int(signal.SIGABRT)))
    constructor("signal 9", "signal", str(int(signal.SIGKILL)))


@case
def constructor_hangs_until_timeout():
    run = jail([CONSTRUCTOR, "hang"], options=["--timeout=1"])
    run.expect(124, "timeout")
    equal(run.out, b"", "stdout")
    equal(run.report["posture"]["locked"], False, "posture.locked")


@case
def constructor_hangs_until_the_deadline():
    run = constructor("did not reach its main within 10 seconds", "hang")
    wall = run.report["time"]["wall_us"]
    check(9_900_000 <= wall <= 13_000_000, f"ended after {wall} us")


@case
def constructor_starts_a_thread():
    # Locked with it, however far it has come by then.
    for _ in range(10):
        run = jail([CONSTRUCTOR, "thread"]).expect(0, "clean")
        equal(run.out, b"main ran\n", "stdout")
        equal(run.report["posture"]["locked"], True, "posture.locked")


@case
def flood_of_calls_does_not_put_off_the_deadline():
    run = jail([CONSTRUCTOR, "flood", "250"], options=["--timeout=1s"])
    run.expect(124, "timeout")


@case
def older_thread_is_served_after_the_lock():
    for _ in range(5):
        run = jail([CONSTRUCTOR, "worker"]).expect(0, "clean")
        equal(run.out, b"main ran\n", "stdout")
        equal(run.report["posture"]["locked"], True, "posture.locked")


@case
def missing_library():
    content = open(fixture("exhaust"), "rb").read()
    check(b"\0libstdc++.so.6\0" in content, "the fixture needs no libstdc++")
    content = content.replace(b"\0libstdc++.so.6\0", b"\0libabsent.so.6\0")
    path = scratch_file("unlinked", content, 0o755)
    run = jail([path]).expect(125, "setup_failed")
    equal(run.out, b"", "stdout")
    contains(run.err, b"libabsent.so.6: cannot open shared object file",
             "the loader's words on stderr")
    contains(run.err, b"exited with 127 before its main", "stderr")


# Signals.
def dies_of(number, how, permanent):
    run = jail([ENDS, *how]).expect(128 + number, "crashed")
    equal(run.out, b"main ran\n", "stdout")
    contains(run.err.decode(), f"signal {int(number)}", "stderr")
    equal(run.verdict["signal"], int(number), "verdict.signal")
    equal(run.verdict["program_exit_code"], None, "program_exit_code")
    equal(run.verdict["permanent"], permanent, "verdict.permanent")
    return run


case(dies_of, signal.SIGSEGV, ["fault"], True, name="segmentation_fault")
case(dies_of, signal.SIGABRT, ["abort"], True, name="abort")
for number in (signal.SIGFPE, signal.SIGILL, signal.SIGBUS):
    case(dies_of, number, ["signal", str(int(number))], True,
         name=f"dies_of_{number.name}")
for number in (signal.SIGTERM, signal.SIGALRM, signal.SIGUSR1):
    case(dies_of, number, ["signal", str(int(number))], False,
         name=f"dies_of_{number.name}")


@case
def killed():
    run = dies_of(signal.SIGKILL, ["signal", "9"], False)
    contains(run.err, b"killed from outside, perhaps by the kernel's memory "
             b"limit", "stderr")


# What jailrun does not understand: 125, one line, nothing run. The program
# would speak even before its main.
def misuse(words, wanted):
    run = bare(words + ["--", CONSTRUCTOR, "speak"]).expect(125)
    equal(run.out, b"", "stdout")
    lines = run.error_lines()
    equal(len(lines), 1, f"lines on stderr {lines}")
    check(lines[0].startswith("jailrun: "), f"stderr: {lines[0]}")
    contains(lines[0], wanted, "stderr")


@case
def misuse_sanity():
    run = bare(["--pool=200M", "--", CONSTRUCTOR, "speak"]).expect(0)
    equal(run.out, b"constructor ran\nmain ran\n", "stdout")


for misuse_words, misuse_wanted in [
        (["--pool=0"], "--pool=0"),
        (["--pool=12Q"], "--pool=12Q"),
        (["--pool=99999999T"], "--pool=99999999T"),
        (["--pool=-1"], "--pool=-1"),
        (["--pool=18446744073709551616"], "too large"),
        (["--pool=16777216T"], "too large"),
        (["--pool=4096"], "too small"),
        (["--pool=65G"], "too large"),
        (["--pool=1M2"], "--pool=1M2"),
        (["--pool=1.5G"], "--pool=1.5G"),
        (["--pool= 1M"], "--pool= 1M"),
        (["--pool="], "--pool"),
        (["--pool=M"], "--pool=M"),
        (["--pool=1\n2"], "--pool="),
        (["--no-such-option"], "--no-such-option"),
        (["--pool=200M", "--no-such=1"], "--no-such=1"),
        (["-x"], "-x"),
        (["--timeout=0"], "--timeout=0"),
        (["--timeout=-1"], "--timeout=-1"),
        (["--timeout=soon"], "--timeout=soon"),
        (["--timeout=nan"], "--timeout=nan"),
        (["--timeout=1e99h"], "--timeout=1e99h"),
        (["--report=sometimes"], "--report=sometimes"),
        (["--commit=never"], "--commit=never"),
        (["--json-fd=99"], "--json-fd=99"),
        (["--json-fd=-2"], "--json-fd=-2"),
        (["--json-fd=x"], "--json-fd"),
        (["--zero", "--uninitialized"], "--zero"),
        (["--unjailed", "--dry-run"], "--unjailed"),
]:
    case(misuse, misuse_words, misuse_wanted,
         name="misuse_" + " ".join(misuse_words).replace("\n", "\\n"))


def no_program(words):
    run = bare(words).expect(125)
    equal(run.out, b"", "stdout")
    equal(len(run.error_lines()), 1, f"lines on stderr {run.error_lines()}")
    contains(run.err, b"program", "stderr")


for no_program_words in ([], ["--"], ["--pool=200M"], ["--pool=200M", "--"],
                         [""], ["--", ""]):
    case(no_program, no_program_words,
         name="no_program_" + repr(" ".join(no_program_words)))


def unusable(option, wanted):
    run = jail([CONSTRUCTOR, "speak"], options=[option])
    run.expect(125, "setup_failed")
    contains(run.err.decode(), wanted, "stderr")
    equal(run.out, b"", "stdout")


case(unusable, "--preset=nothing", "nothing", name="unknown_preset")
case(unusable, "--allow=no_such_call", "no_such_call", name="unknown_call")
case(unusable, "--rw=/no/such/place", "/no/such/place", name="unknown_rw")


@case
def without_a_pool_option():
    run = jail([ENDS, "exit", "0"], pool=None).expect(0, "clean")
    equal(run.report["pool"]["default"], True, "pool.default")
    equal(run.report["pool"]["bytes"], 256 << 20, "pool.bytes")


@case
def shell_finds_no_difference():
    # As a shell would call it: by a relative name and through PATH.
    run = jail(["true"], env={"PATH": "/usr/bin"}).expect(0, "clean")
    equal(run.report["program"], "/usr/bin/true", "program")
    shutil.copy(program("env"), scratch() + "/prog")
    jail(["./prog"], cwd=scratch()).expect(0, "clean")


main()
