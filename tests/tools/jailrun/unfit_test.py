#!/usr/bin/python3 -B
# Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
"""Debian's own programs that no jail can run: each is refused before it starts,
or stopped, by name, with the reason and what to do instead."""

from harness import (case, check, contains, equal, execute, fixture, jail, main,
                     program, scratch, scratch_file)


def refused(path, *words):
    run = jail([path]).expect(125, "setup_failed")
    equal(run.out, b"", "stdout")
    for word in (path, *words):
        contains(run.err.decode(), word, "stderr")
    check(run.verdict["advice"], "no advice")
    return run


@case
def setuid():
    run = refused(program("su"), "is setuid", "Run a copy")
    # The advice works: without the privilege it is a program like others.
    copy = scratch() + "/su"
    equal(execute(["cp", program("su"), copy]).code, 0, "cp")
    jail([copy, "--version"]).expect(0, "clean")
    check(not run.report["violation"], "a violation before the start")


@case
def setgid():
    refused(program("chage"), "is setgid", "Run a copy")


@case
def capabilities():
    # Where capabilities cannot be stored the package makes it setuid.
    run = refused(program("ping"), "Run a copy")
    check(b"has file capabilities" in run.err or b"is setuid" in run.err,
          run.err)


@case
def static():
    refused("/sbin/ldconfig", "statically linked", "jail API")


@case
def of_32_bits():
    path = "/usr/libexec/valgrind/memcheck-x86-linux"
    refused(path, "i386, 32-bit", "64-bit")


@case
def of_another_libc():
    refused("/usr/lib/klibc/bin/cat", "another C library", "system's C library")


# Programs that start others, each in another way.
CHILDREN = {
    "sh": ["/bin/sh", "-c", "/usr/bin/id; true"],
    "sh_exec": ["/bin/sh", "-c", "exec /usr/bin/id"],
    "find": ["/usr/bin/find", "/etc/passwd", "-exec", "/usr/bin/id", ";"],
    "xargs": ["/usr/bin/xargs", "-a", "/etc/passwd", "/usr/bin/id"],
    "env": ["/usr/bin/env", "id"],
    "tar": ["/bin/tar", "czf", "-", "/etc/passwd"],
    "awk": ["/usr/bin/mawk", 'BEGIN { system("id") }'],
    "awk_popen": ["/usr/bin/mawk", 'BEGIN { "id" | getline x }'],
    "perl": ["/usr/bin/perl", "-e", 'system("id")'],
    "perl_fork": ["/usr/bin/perl", "-e", "fork"],
    "perl_exec": ["/usr/bin/perl", "-e", 'exec("id")'],
    "python_system": ["/usr/bin/python3", "-c", "import os; os.system('id')"],
    "python_popen": ["/usr/bin/python3", "-c",
                     "import os; os.popen('id').read()"],
    "python_subprocess": ["/usr/bin/python3", "-c",
                          "import subprocess; subprocess.run(['id'])"],
    "python_spawn": ["/usr/bin/python3", "-c", "import os; os.posix_spawn("
                     "'/usr/bin/id', ['id'], {})"],
    "python_fork": ["/usr/bin/python3", "-c", "import os; os.fork()"],
}


def stopped(command):
    run = jail(command).expect(159, "violation")
    equal(run.out, b"", "stdout")
    name = run.report["violation"]["syscall"]
    check(name in ("vfork", "fork", "clone", "execve"), name)
    contains(run.err.decode(), "forbidden call: " + name, "stderr")
    for wanted in ("no option allows it", "run this one without jailrun",
                   "put jailrun before each program that it starts"):
        contains(run.verdict["advice"] or run.report["violation"]["advice"],
                 wanted, "advice")


for _name, _command in CHILDREN.items():
    case(stopped, _command, name="children/" + _name)


# Compilers that run within the program.

HOT = "local x = 0 for i = 1, 3000 do x = x + i end print(x)"


@case
def luajit_is_told_to_interpret():
    run = jail([program("luajit"), "-joff", "-e", HOT]).expect(0, "clean")
    equal((run.out, run.err), (b"4501500\n", b""), "with -joff")
    run = jail([program("luajit"), "-e", HOT], options=["--report=always"])
    equal(run.expect(0).out, b"4501500\n", "stdout")
    contains(run.err, b"add -joff to luajit", "stderr")
    run = jail([program("luajit"), "-e", HOT + " os.exit(3)"])
    contains(run.expect(3).report_text, b'"script":null', "report")
    run = jail([program("luajit"), "-joff", "-e", HOT],
               options=["--report=always"])
    check(b"JIT" not in run.err, run.err)


@case
def what_falls_back_by_itself_is_not_talked_about():
    text = scratch_file("text", b"abc\nxyz\n")
    grep = [program("grep"), "-P", "a.c", text]
    plain = execute(grep)
    run = jail(grep).expect(0, "clean")
    equal((run.out, run.err), (plain.out, plain.err), "a match")
    check(run.report["calls"]["code_memory_refused"] > 0, "nothing was asked")
    run = jail([program("grep"), "-P", "none", text]).expect(1)
    equal(run.err, b"", "stderr without a match")
    run = jail(grep, options=["--report=always"]).expect(0)
    contains(run.err, b"memory that it could write and run", "always")
    check(b"to be loaded" not in run.err, run.err)


@case
def a_compiler_that_gives_up_is_told_why():
    for how in ("mmap", "mprotect"):
        run = jail([fixture("jit"), how]).expect(134, "crashed")
        contains(run.err, b"memory that it could write and run, as compilers "
                 b"at run time (JIT) do, and got none: 1 refusal", how)
        run = jail([fixture("jit"), how, "3"]).expect(3, "program_error")
        contains(run.err, b"JIT", how)
    equal(execute([fixture("jit"), "mmap"]).out, b"42\n", "plain")


main()
