#!/usr/bin/python3 -B
# Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
"""Presets, --allow and policy files, as a user gives them: what each lets a
program do, and what is said of one that cannot be used."""

import errno

from harness import (case, check, contains, equal, fixture, jail, main,
                     scratch_file)

CRIME = fixture("crime")


def crime(*arguments, options=(), **more):
    return jail([CRIME, *map(str, arguments)], options=options, **more)


def result(run):
    for line in run.out.decode().splitlines():
        if line.startswith("result "):
            return int(line.split()[1])
    return None


def call(number, *arguments, options):
    """What the call returned, or the name of the violation that it was."""
    run = crime("raw", number, *arguments, options=options)
    if run.code == 159:
        return run.report["violation"]["syscall"]
    run.expect(0, "clean")
    return result(run)


def policy(text):
    return "--policy=" + scratch_file("policy.toml", text.encode())


READ, WRITE, CLOSE, LSEEK, GETPID, FUTEX, SOCKET = 0, 1, 3, 8, 39, 202, 41
GETCWD, OPENAT, CLONE, EPOLL_CREATE1, ACCEPT4, KILL = 79, 257, 56, 291, 288, 62
THREAD_FLAGS = 0x3D0F00

# A preset, a call, and what becomes of it: the number that it returns, or the
# name of the violation.
PRESETS = [
    ("strict", READ, (0, "buffer", 0), 0),
    ("strict", READ, (1, "buffer", 0), "read"),
    ("strict", WRITE, (1, "buffer", 0), 0),
    ("strict", WRITE, (9, "buffer", 0), "write"),
    ("strict", GETPID, (), "getpid"),
    ("strict", FUTEX, ("buffer", 1, 0, 0, 0, 0), "futex"),
    ("strict", 500, (), "syscall_500"),
    ("worker", FUTEX, ("buffer", 1, 0, 0, 0, 0), 0),
    ("worker", READ, (0, "buffer", 0), "read"),
    ("worker", LSEEK, (0, 0, 1), "lseek"),
    ("worker", 500, (), "syscall_500"),
    ("decoder", LSEEK, (9, 0, 1), -errno.EBADF),
    ("decoder", EPOLL_CREATE1, (-1,), -errno.ENOSYS),
    ("decoder", 500, (), -errno.ENOSYS),
    ("service", ACCEPT4, (-1, 0, 0, 0), -errno.EBADF),
    ("service", EPOLL_CREATE1, (-1,), -errno.EINVAL),
    ("service", OPENAT, (-100, "=/etc/passwd", 0, 0), -errno.EACCES),
    ("service", SOCKET, (2, 1, 0), "socket"),
    ("service", CLONE, (17, 0, 0, 0, 0), "clone"),
    ("service", 500, (), -errno.ENOSYS),
]


def preset(name, number, arguments, wanted):
    # The fixture writes to its standard output, which a worker does not.
    options = ["--preset=" + name] + ["--allow=write:1"] * (name == "worker")
    equal(call(number, *arguments, options=options), wanted, "the call")


for name, number, arguments, wanted in PRESETS:
    case(preset, name, number, arguments, wanted,
         name=f"preset_{name}_{number}({','.join(map(str, arguments))})")


@case
def a_preset_is_named_in_the_report():
    run = jail([fixture("ends"), "exit", "0"], options=["--preset=service"])
    run.expect(0, "clean")
    equal(run.report["posture"]["preset"], "service", "posture.preset")
    equal(run.report["posture"]["policy_file"], "", "posture.policy_file")
    contains(run.report["posture"]["seccomp"]["detail"], "preset service",
             "seccomp")


def unusable(option, why):
    run = crime("kill_self", options=[option])
    run.expect(125, "setup_failed")
    equal(run.out, b"", "stdout")
    contains(run.err.decode(), why, "stderr")
    equal(len(run.err.decode().splitlines()), 2, "lines on stderr")


for option, why in [
        ("--preset=template", "there is strict, worker, decoder, service"),
        ("--preset=decoder+rw", "there is strict, worker, decoder, service"),
        ("--allow=@nothing", "no group has that name"),
        ("--allow=read:x", "is no descriptor"),
        ("--allow=getpid:1", "does not go by a descriptor alone"),
        ("--allow=openat:3", "does not go by a descriptor alone"),
        ("--allow=ioctl", "no option allows it"),
        ("--policy=/nonexistent.toml", "/nonexistent.toml: No such file"),
        ("--policy=/", "Is a directory"),
]:
    case(unusable, option, why, name="unusable_" + option)


@case
def a_policy_and_a_preset_exclude_each_other():
    run = crime("kill_self",
                options=["--preset=strict", policy('inherit = "strict"')])
    equal(run.code, 125, "exit code")
    equal(run.out, b"", "stdout")
    contains(run.err, b"exclude each other", "stderr")


@case
def writing_needs_a_preset_with_files():
    run = crime("kill_self", options=["--preset=strict", "--rw=/tmp"])
    run.expect(125, "setup_failed")
    contains(run.err, b"--rw: preset strict opens no files", "stderr")


WHOLE = """# For a test.
inherit = "strict"
name = "narrow"
allow = ["@futex", "lseek:0", "unsafe:kill"]

[[rule]]
call = "getpid"
action = "errno"
error = "ENOMEM"
reason = "is nobody"

[[rule]]
call = "getcwd"
action = "refuse"
error = "EACCES"
reason = "is nowhere"

[[rule]]
call = "unsafe:socket"
action = "allow"
arguments = [{ index = 0, equals = 1 }, { index = 1, equals = 1 }]
reason = "asks a local service"
"""


def of_file(number, arguments, wanted):
    equal(call(number, *arguments, options=[policy(WHOLE)]), wanted, "the call")


for label, number, arguments, wanted in [
        ("inherited", READ, (0, "buffer", 0), 0),
        ("not_inherited", READ, (5, "buffer", 0), "read"),
        ("group", FUTEX, ("buffer", 1, 0, 0, 0, 0), 0),
        ("descriptor", LSEEK, (0, 0, 7), -errno.EINVAL),
        ("other_descriptor", LSEEK, (1, 0, 7), "lseek"),
        ("unsafe", KILL, (1, 0x7fffffff), -errno.EINVAL),
        ("errno", GETPID, (), -errno.ENOMEM),
        ("refuse", GETCWD, (0, 0), -errno.EACCES),
        ("other_arguments", SOCKET, (1, 2, 0), "socket"),
        ("other_family", SOCKET, (2, 1, 0), "socket"),
]:
    case(of_file, number, arguments, wanted, name="file_" + label)


@case
def file_arguments():
    check(call(SOCKET, 1, 1, 0, options=[policy(WHOLE)]) >= 0, "no socket")


@case
def a_file_is_named_in_the_report():
    option = policy(WHOLE)
    run = crime("raw", GETCWD, 0, 0, options=[option]).expect(0, "clean")
    equal(run.report["posture"]["preset"], "strict", "posture.preset")
    equal(run.report["posture"]["policy_file"], option.split("=", 1)[1],
          "posture.policy_file")
    contains(run.report["posture"]["seccomp"]["detail"], "preset narrow",
             "seccomp")
    equal([(c["syscall"], c["errno"]) for c in run.report["calls"]["refused"]],
          [("getcwd", "EACCES")], "calls.refused")


@case
def the_command_line_adds_to_a_file():
    options = [policy(WHOLE), "--allow=getpid", "--allow=read:5"]
    check(call(GETPID, options=options) > 0, "getpid")
    equal(call(READ, 5, "buffer", 0, options=options), -errno.EBADF, "read")


@case
def a_reason_of_the_file_is_what_a_violation_says():
    text = ('inherit = "decoder"\n[[rule]]\ncall = "getpid"\n'
            'action = "violation"\nreason = "wants to know too much"\n')
    run = crime("raw", GETPID, options=[policy(text)]).expect(159, "violation")
    equal(run.report["violation"]["reason"], "wants to know too much",
          "violation.reason")


def wrong_file(text, where, why):
    option = policy(text)
    run = crime("kill_self", options=[option])
    run.expect(125, "setup_failed")
    equal(run.out, b"", "stdout")
    path = option.split("=", 1)[1]
    contains(run.err.decode(), f"--policy: {path}:{where}: ", "stderr")
    contains(run.err.decode(), why, "stderr")
    equal(len(run.err.decode().splitlines()), 2, "lines on stderr")


for label, text, where, why in [
        ("empty", "", "1:1", "inherit"),
        ("syntax", 'inherit = "strict"\nallow = [', "2:10", ""),
        ("key", 'inherit = "strict"\nallows = []', "2:1", "is no key"),
        ("memory", 'inherit = "strict"\nallow = ["mmap"]', "2:10",
         "no option allows it"),
        ("memory_by_name", 'inherit = "strict"\nallow = ["unsafe:mremap"]',
         "2:10", "no option allows it"),
        ("memory_in_a_rule",
         'inherit = "strict"\n[[rule]]\ncall = "unsafe:brk"\n'
         'action = "allow"\nreason = "r"\n', "3:8", "no option allows it"),
        ("unsafe", 'inherit = "strict"\nallow = ["mount"]', "2:10",
         "say unsafe:mount"),
]:
    case(wrong_file, text, where, why, name="wrong_file_" + label)


@case
def a_file_that_only_has_a_name_is_the_preset():
    run = jail([fixture("ends"), "exit", "0"],
               options=[policy('inherit = "decoder"\nname = "mine"\n')])
    run.expect(0, "clean")
    contains(run.report["posture"]["seccomp"]["detail"], "preset mine",
             "seccomp")


# What a file takes away is not given back for the runtime's sake.
def too_tight(call):
    text = ('inherit = "decoder"\n[[rule]]\ncall = "%s"\n'
            'action = "violation"\nreason = "r"\n' % call)
    run = crime("kill_self", options=[policy(text)])
    run.expect(125, "setup_failed")
    equal(run.out, b"", "stdout")
    contains(run.err, b"a rule takes it away", "stderr")


for call_name in ("close", "rt_sigprocmask", "write"):
    case(too_tight, call_name, name="too_tight_" + call_name)


@case
def a_long_file_is_refused():
    run = crime("kill_self", options=[policy("#" * (300 << 10))])
    run.expect(125, "setup_failed")
    contains(run.err, b"longer than any policy", "stderr")


main()
