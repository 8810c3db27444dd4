#!/usr/bin/python3 -B
# Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
"""On older kernels and in containers jailrun locks the program, and says what
is missing, or fails before main and says why. Where nobody can listen to the
program's calls: unheard_test.py.

A filter of the fixture `degrade` makes this kernel look like another: it
answers calls of jailrun and of its runtime with an errno. An older Landlock has
a version instead of an errno; there strace answers. Not here is what neither
can imitate: a /proc of which a part can be read.
"""

import functools
import signal
import subprocess

from harness import (case, check, contains, equal, execute, fixture, jail,
                     jailrun_path, layer_states, main, program, runfile,
                     scratch)

CRIME = fixture("crime")
DEGRADE = fixture("degrade")
ENDS = fixture("ends")
EXHAUST = fixture("exhaust")

# Numbers that have no name in Linux 6.1's table, or none at all.
MSEAL = "462"
NOTIF_RECV = "ioctl:1=0xc0502100"
NOTIF_SEND = "ioctl:1=0xc0182101"
SET_FLAGS = "ioctl:1=0x40082104"
F_ADD_SEALS = "fcntl:1=1033"
# seccomp(2)'s flags.
TSYNC = "seccomp:1/1"
WAIT_KILLABLE_RECV = "seccomp:1/32"
# The filter that forbids sendmsg again; libseccomp's probe has no filter.
SECOND_FILTER = "seccomp:1=1:2/0xffffffff"
# prctl(2)'s options.
SET_PDEATHSIG = "prctl:0=1"
SET_DUMPABLE = "prctl:0=4"
GET_SECCOMP = "prctl:0=21"
SET_NO_NEW_PRIVS = "prctl:0=38"
SET_MDWE = "prctl:0=65"

REACHED = "forbidden calls are named by the kernel"
SENT = REACHED + ("; the listener was sent, since no process may be reached "
                  "into")
TWICE = "; a signal may have a call asked for twice"
NO_LANDLOCK = "this kernel has no Landlock: "


def under(*words):
    return [DEGRADE, *words, "--"]


@functools.cache
def whole(*options):
    """The posture on this kernel as it is."""
    return layer_states(jail([ENDS, "exit", "0"], options=options).expect(0, "clean"))


@case
def whole_posture():
    for layer in ("no_new_privs", "seccomp", "violation_notify", "non_dumpable",
                  "parent_death_signal", "rlimits"):
        equal(whole()[layer][0], "enforced", layer)


def expect_posture(run, differs, options=()):
    equal(run.report["posture"]["locked"], True, "posture.locked")
    seen = layer_states(run)
    for layer, wanted in {**whole(*options), **differs}.items():
        equal(seen[layer], wanted, "posture." + layer)


# What is asked for in vain and not needed. Each row: what it stands for, what
# fails, and the layers that differ from this kernel's.
def runs(failures, differs):
    degraded = under(*failures)
    run = jail([CRIME, "local_socket"], under=degraded).expect(0, "clean")
    equal(run.out, b"main ran\nresult -1 13\n", "stdout")
    equal(run.err, b"", "stderr")
    equal(run.report["calls"]["refused"],
          [{"syscall": "socket", "number": 41, "errno": "EACCES", "count": 1,
            "path": None}],
          "calls.refused")
    expect_posture(run, differs)
    run = jail([CRIME, "internet_socket"], under=degraded)
    run.expect(159, "violation")
    equal(run.out, b"main ran\n", "stdout")
    equal(run.report["violation"]["text"], "socket(2, 1, 0)", "violation.text")
    contains(run.err, b"forbidden call: socket(AF_INET, SOCK_STREAM, 0)",
             "stderr")
    expect_posture(run, differs)


def unsupported(layer, why):
    return {layer: ("unsupported", why)}


def landlock(why):
    return {**unsupported("landlock_read", why),
            **unsupported("landlock_write", why)}


STORES = "store bypass: "
BRANCHES = "; branches trained by others: "
NO_CHOICE = "on, since this processor or kernel does not let a process choose"
NOT_KNOWN = "on, since this kernel knows no such choice"
FOR_ALL = ("on, since this kernel leaves it on for all, or another filter "
           "refuses the choice")
NOTHING_DONE = "on, since the kernel agreed to turn it off, and did not"
HARMLESS = "harmless on this processor"
GET_SPECULATION = "prctl:0=52"
SET_SPECULATION = "prctl:0=53"


def guessing(state, stores, branches):
    return {"speculation": (state, STORES + stores + BRANCHES + branches)}


NO_MDWE = unsupported("no_exec_gain", "Invalid argument")
NO_SEAL = unsupported("sealed", "Function not implemented")
NO_RULESET = landlock(NO_LANDLOCK + "Function not implemented")
IS_SENT = {"violation_notify": ("enforced", SENT)}
IS_TWICE = {"violation_notify": ("enforced", REACHED + TWICE)}

RUNS = {
    "this kernel": ([], {}),
    "before 5.19: no WAIT_KILLABLE_RECV":
        ([WAIT_KILLABLE_RECV + "=EINVAL"], IS_TWICE),
    "before 5.11: no CLOSE_RANGE_CLOEXEC": (["close_range=EINVAL"], {}),
    "before 6.3: no MDWE": ([SET_MDWE + "=EINVAL"], NO_MDWE),
    "container: MDWE":
        ([SET_MDWE + "=EPERM"],
         unsupported("no_exec_gain", "Operation not permitted")),
    "container: ptrace": (["ptrace=EPERM"], {}),
    "container: kcmp": (["kcmp=EPERM"], {}),
    "before 6.11: no question to a memory map":
        (["ioctl:1=0xc0686611=ENOTTY"], {}),
    "before 4.17: no choice of speculation":
        ([GET_SPECULATION + "=EINVAL", SET_SPECULATION + "=EINVAL"],
         guessing("unsupported", NOT_KNOWN, NOT_KNOWN)),
    "container: speculation":
        ([GET_SPECULATION + "=EPERM", SET_SPECULATION + "=EPERM"],
         guessing("unsupported", FOR_ALL, FOR_ALL)),
    "a processor that gives no choice of speculation":
        ([GET_SPECULATION + "=ENXIO", SET_SPECULATION + "=ENXIO"],
         guessing("unsupported", NO_CHOICE, NO_CHOICE)),
    "a kernel that knows of store bypass alone":
        ([GET_SPECULATION + ":1=0=0", SET_SPECULATION + ":1=1=ENODEV",
          GET_SPECULATION + "=ENODEV"],
         guessing("unsupported", HARMLESS, NOT_KNOWN)),
    "speculation that only seems to be turned off":
        ([GET_SPECULATION + "=EPERM", SET_SPECULATION + "=0"],
         guessing("unsupported", NOTHING_DONE, NOTHING_DONE)),
    "a processor that is not affected":
        ([GET_SPECULATION + "=0", SET_SPECULATION + "=ENXIO"],
         guessing("enforced", HARMLESS, HARMLESS)),
    "before 6.6: no SYNC_WAKE_UP": ([SET_FLAGS + "=EINVAL"], {}),
    "before 6.10: no mseal": ([MSEAL + "=ENOSYS"], NO_SEAL),
    "container: mseal":
        ([MSEAL + "=EPERM"],
         unsupported("sealed", "Operation not permitted")),
    "before 5.13: no Landlock":
        (["landlock_create_ruleset=ENOSYS"], NO_RULESET),
    "Landlock off at boot":
        (["landlock_create_ruleset=EOPNOTSUPP"],
         landlock(NO_LANDLOCK + "Operation not supported")),
    "container: Landlock":
        (["landlock_create_ruleset=EPERM"],
         landlock(NO_LANDLOCK + "Operation not permitted")),
    "Landlock has a version but no ruleset":
        (["landlock_create_ruleset:2=0=EPERM"],
         landlock("landlock_create_ruleset: Operation not permitted")),
    "Landlock takes no rules":
        (["landlock_add_rule=EPERM"],
         landlock("landlock_add_rule for /usr: Operation not permitted")),
    "Landlock restricts nobody":
        (["landlock_restrict_self=EPERM"],
         landlock("landlock_restrict_self: Operation not permitted")),
    "before 5.6: no pidfd_getfd": (["pidfd_getfd=ENOSYS"], IS_SENT),
    "container, or Yama: pidfd_getfd": (["pidfd_getfd=EPERM"], IS_SENT),
    "before 5.1: no pidfd_send_signal": (["pidfd_send_signal=ENOSYS"], {}),
    "container: pidfd_send_signal": (["pidfd_send_signal=EPERM"], {}),
    "container: kill": (["kill=EPERM"], {}),
    "container: seccomp mode unknown": ([GET_SECCOMP + "=EPERM"], {}),
    "container: the old setrlimit, which nothing needs":
        (["setrlimit=EPERM"], {}),
    "no signalfd": (["signalfd4=ENOSYS"], {}),
    "no timers": (["setitimer=EPERM"], {}),
    "no optional layer at all":
        ([SET_MDWE + "=EINVAL", MSEAL + "=ENOSYS",
          "landlock_create_ruleset=ENOSYS", "pidfd_getfd=ENOSYS",
          WAIT_KILLABLE_RECV + "=EINVAL", SET_FLAGS + "=EINVAL",
          "pidfd_send_signal=ENOSYS"],
         {**NO_MDWE, **NO_SEAL, **NO_RULESET,
          "violation_notify": ("enforced", SENT + TWICE)}),
    "container": (["--container"], IS_SENT),
    "container of an older runtime":
        (["landlock_create_ruleset=EPERM", MSEAL + "=EPERM",
          "pidfd_send_signal=EPERM", "--container"],
         {**IS_SENT, **landlock(NO_LANDLOCK + "Operation not permitted"),
          **unsupported("sealed", "Operation not permitted")}),
}

for runs_name, runs_row in RUNS.items():
    case(runs, *runs_row, name="runs/" + runs_name.replace(" ", "_"))


# What the lock cannot be had without. Each row: what it stands for, what fails,
# and the reason: the failed step, and the errno.
def fails(failures, reason, options=()):
    run = jail([ENDS, "exit", "0"], options=options, under=under(*failures))
    run.expect(125, "setup_failed")
    equal(run.out, b"", "stdout: main ran")
    lines = run.error_lines()
    equal(lines[0], "jailrun: " + reason, "the first line on stderr")
    check(all(line.startswith("jailrun: ") for line in lines),
          f"stderr is not jailrun's alone: {lines}")
    equal(run.verdict["reason"], reason, "verdict.reason")
    posture = run.report["posture"]
    equal(posture["locked"], False, "posture.locked")
    for layer in ("no_new_privs", "seccomp", "violation_notify", "non_dumpable",
                  "no_exec_gain", "sealed", "landlock_read", "landlock_write"):
        # A program that was not started has no layers.
        equal(posture.get(layer, {}).get("state", "off"), "off", layer)
    return run


SECCOMP = "the lock failed at seccomp(SECCOMP_SET_MODE_FILTER): "
DUMPABLE = "the lock failed at prctl(PR_SET_DUMPABLE): "
HAND_OVER = "the lock failed at handing the listener over: "

FAILS = {
    "before 3.17: no seccomp(2)":
        (["seccomp=ENOSYS"], SECCOMP + "Function not implemented"),
    "no TSYNC": ([TSYNC + "=EINVAL"], SECCOMP + "Invalid argument"),
    "a thread with a filter of its own":
        ([TSYNC + "=ESRCH"],
         "the lock failed at locking every thread: No such process"),
    "container: seccomp": (["seccomp=EPERM"],
                           SECCOMP + "Operation not permitted"),
    "a filter that only seems to be installed":
        (["seccomp=0"], DUMPABLE + "jailrun was not asked"),
    "container: no_new_privs":
        ([SET_NO_NEW_PRIVS + "=EPERM"],
         "prctl(PR_SET_NO_NEW_PRIVS): Operation not permitted"),
    "container: dumpable": ([SET_DUMPABLE + "=EPERM"],
                            DUMPABLE + "Operation not permitted"),
    "container: dumpable, listener sent":
        ([SET_DUMPABLE + "=EPERM", "pidfd_getfd=EPERM"],
         DUMPABLE + "Operation not permitted"),
    "dumpable that only seems to be off":
        ([SET_DUMPABLE + "=0"], DUMPABLE + "jailrun was not asked"),
    "container: the parent's death":
        ([SET_PDEATHSIG + "=EPERM"],
         "prctl(PR_SET_PDEATHSIG): Operation not permitted"),
    "container: clone": (["clone=EPERM"],
                         "cannot start a process: Operation not permitted"),
    "before 5.2: no CLONE_PIDFD":
        (["clone:0/0x1000=EINVAL"], "cannot start a process: Invalid argument"),
    "container: CLONE_VFORK":
        (["clone:0/0x4000=EPERM"],
         "cannot start a process: Operation not permitted"),
    "before 3.17: no memfd_create": (["memfd_create=ENOSYS"],
                                     "memfd_create: Function not implemented"),
    "container: socketpair": (["socketpair=EPERM"],
                              "socketpair: Operation not permitted"),
    "no seals": ([F_ADD_SEALS + "=EINVAL"],
                 "fcntl(F_ADD_SEALS): Invalid argument"),
    "container: capset": (["capset=EPERM"],
                          "capset: Operation not permitted"),
    "container: limits":
        (["prlimit64=EPERM"], "cannot lower the resource limits: "
         "Operation not permitted"),
    "container: the limit on descriptors":
        (["prlimit64:1=7:2/0xffffffff=EPERM"],
         "cannot lower the resource limits: "
         "Operation not permitted"),
    "container: neither pidfd_getfd nor sendmsg":
        (["pidfd_getfd=EPERM", "sendmsg=EPERM"],
         HAND_OVER + "Operation not permitted"),
    "container: neither pidfd_getfd nor recvmsg":
        (["pidfd_getfd=EPERM", "recvmsg=EPERM"],
         "cannot fetch the filter's listener: Operation not permitted"),
    "no second filter": (["pidfd_getfd=EPERM", SECOND_FILTER + "=EINVAL"],
                         SECCOMP + "Invalid argument"),
    "a second filter that only seems to be installed":
        (["pidfd_getfd=EPERM", SECOND_FILTER + "=0"],
         SECCOMP + "jailrun was not asked"),
    "the listener is not read":
        ([NOTIF_RECV + "=EPERM"],
         "cannot read from the listener: Operation not permitted"),
    "before 5.5: no answer lets a call through":
        ([NOTIF_SEND + "=EINVAL"],
         "cannot answer the filter's listener: Invalid argument"),
    "container: no signal may be sent":
        (["pidfd_send_signal=EPERM", "kill=EPERM"],
         "the program could not be killed: Operation not permitted"),
    "container: nor may a process be reached into":
        (["pidfd_send_signal=EPERM", "kill=EPERM", "pidfd_getfd=EPERM"],
         "the program could not be killed: Operation not permitted"),
    "the program cannot be waited for":
        (["ppoll=EPERM"],
         "cannot wait for the program: Operation not permitted"),
    "the descriptors cannot be listed":
        (["kcmp=EPERM", "getdents64=EPERM"],
         "its descriptors cannot be listed: Operation not permitted"),
    "the descriptors have no names":
        (["kcmp=EPERM", "readlinkat=EPERM"],
         "descriptor 0: Operation not permitted"),
    "no /proc": (["readlink=ENOENT"], "cannot tell where jailrun is"),
}

for fails_name, fails_row in FAILS.items():
    case(fails, *fails_row, name="fails/" + fails_name.replace(" ", "_"))

# Landlock is no longer optional with --ro or --rw.
PATH_FAILS = {
    "before 5.13: no Landlock":
        ("landlock_create_ruleset=ENOSYS",
         "this kernel has no Landlock: Function not implemented"),
    "Landlock off at boot":
        ("landlock_create_ruleset=EOPNOTSUPP",
         "this kernel has no Landlock: Operation not supported"),
    "container: Landlock":
        ("landlock_create_ruleset=EPERM",
         "this kernel has no Landlock: Operation not permitted"),
    "Landlock has a version but no ruleset":
        ("landlock_create_ruleset:2=0=EPERM",
         "landlock_create_ruleset: Operation not permitted"),
    "Landlock takes no rules":
        ("landlock_add_rule=EPERM",
         "landlock_add_rule for /usr: Operation not permitted"),
    "Landlock restricts nobody":
        ("landlock_restrict_self=EPERM",
         "cannot enter the Landlock domain: Operation not permitted"),
    "too many domains":
        ("landlock_restrict_self=E2BIG",
         "cannot enter the Landlock domain: Argument list too long"),
}

for path_name, (path_failure, path_reason) in PATH_FAILS.items():
    for option in ("--ro", "--rw"):
        # What fails in the program's own process is not laid to an option.
        whole_reason = path_reason
        if not path_reason.startswith("cannot enter"):
            whole_reason = option + ": " + path_reason
        case(fails, [path_failure], whole_reason, [f"{option}={scratch()}"],
             name=f"fails_with{option}/" + path_name.replace(" ", "_"))


# strace answers jailrun's first question, for the version.
def older_landlock(version):
    return [program("strace"), "-qq", "-o", "/dev/null", "-e",
            "trace=landlock_create_ruleset", "-e",
            f"inject=landlock_create_ruleset:retval={version}:when=1", "--"]


def landlock_suffices(version, options):
    traced = older_landlock(version)
    run = jail([CRIME, "local_socket"], options=options, under=traced)
    expect_posture(run.expect(0, "clean"), {}, options)
    equal(layer_states(run)["landlock_write"][0], "enforced", "landlock_write")
    jail([CRIME, "internet_socket"], options=options,
         under=traced).expect(159, "violation")


def landlock_is_too_old(version):
    run = jail([ENDS, "exit", "0"], options=["--rw=" + scratch()],
               under=older_landlock(version)).expect(125, "setup_failed")
    equal(run.out, b"", "stdout: main ran")
    equal(run.verdict["reason"],
          "--rw: this kernel's Landlock does not confine truncate(2)",
          "verdict.reason")


for version in (1, 2, 3, 5, 6):
    case(landlock_suffices, version, [], name=f"landlock_{version}")
    case(landlock_suffices, version, ["--ro=" + scratch()],
         name=f"landlock_{version}_with_ro")
for version in (1, 2):
    case(landlock_is_too_old, version, name=f"landlock_{version}_with_rw")
for version in (3, 5, 6):
    case(landlock_suffices, version, ["--rw=" + scratch()],
         name=f"landlock_{version}_with_rw")


# An errno of an outer filter beats ours: what it refuses never reaches jailrun.
def outer_errno(act, failure, result):
    run = jail([CRIME, act], under=under(failure)).expect(0, "clean")
    equal(run.out, b"main ran\nresult " + result + b"\n", "stdout")
    equal(run.report["violation"], None, "violation")
    equal(run.report["calls"]["refused"], [], "calls.refused")
    expect_posture(run, {})


case(outer_errno, "internet_socket", "socket:0=2=EACCES", b"-1 13",
     name="outer_errno_instead_of_a_violation")
case(outer_errno, "local_socket", "socket:0=1=EPERM", b"-1 1",
     name="outer_errno_instead_of_a_refusal")


@case
def outer_errno_for_one_call_only():
    run = jail([CRIME, "internet_socket"], under=under("socket:0=1=EPERM"))
    run.expect(159, "violation")
    equal(run.report["violation"]["text"], "socket(2, 1, 0)", "violation.text")


@case
def our_kill_beats_an_outer_errno():
    keyctl = 250
    x32 = 0x40000000
    for_both = under("keyctl=EPERM")
    run = jail([CRIME, "raw", str(keyctl)], under=for_both).expect(0, "clean")
    contains(run.out, b"result -1\n", "stdout")
    run = jail([CRIME, "raw", str(x32 + keyctl)], under=for_both)
    run.expect(159, "violation")
    contains(run.report["violation"]["text"], "another ABI", "violation.text")


# Where the listener is sent, the call that sends it is taken back. The second
# filter kills without a word, and only on the descriptor that was sent over.
@case
def no_more_messages():
    unnamed = 0
    for descriptor in (*range(-1, 12), *range(998, 1003)):
        run = jail([CRIME, "raw", "46", str(descriptor), "buffer", "0"],
                   under=under("pidfd_getfd=EPERM")).expect(159, "violation")
        check(b"result" not in run.out, f"sendmsg came back: {run.out}")
        expect_posture(run, IS_SENT)
        violation = run.report["violation"]
        contains(violation["text"], "sendmsg", "violation.text")
        if violation["syscall"] is None:
            unnamed += 1
        else:
            contains(violation["text"], f"sendmsg({descriptor}, ", "text")
    equal(unnamed, 1, "descriptors that nothing is said of")


@case
def messages_that_are_allowed():
    run = jail([CRIME, "raw", "46", "-1", "buffer", "0"],
               options=["--allow=unsafe:sendmsg"],
               under=under("pidfd_getfd=EPERM")).expect(0, "clean")
    contains(run.out, b"result -9\n", "stdout")


# Where one way to send signals is closed there is another.
@case
def timeout_without_pidfd_send_signal():
    run = jail([ENDS, "loop"], options=["--timeout=300ms"],
               under=under("pidfd_send_signal=EPERM")).expect(124, "timeout")
    equal(run.out, b"main ran\n", "stdout")


def ended_by_a_signal(failure, code):
    child = subprocess.Popen([*under(failure), jailrun_path(), "--pool=1M",
                              "--report=never", ENDS, "block"],
                             stdout=subprocess.PIPE)
    try:
        equal(child.stdout.readline(), b"main ran\n", "stdout")
        child.send_signal(signal.SIGTERM)
        # Its end comes when the program is gone, too.
        equal(child.communicate(timeout=10)[0], b"", "the rest of stdout")
    finally:
        child.kill()
    equal(child.returncode, code, "exit code")


case(ended_by_a_signal, "pidfd_send_signal=EPERM", 128 + signal.SIGTERM,
     name="ended_by_a_signal_without_pidfd_send_signal")
case(ended_by_a_signal, "signalfd4=ENOSYS", -signal.SIGTERM,
     name="ended_by_a_signal_without_signalfd")


# A container, as whoever runs this test.
def answers(result, number, *arguments):
    """The container itself answers so, without jailrun."""
    run = execute([*under("--container"), CRIME, "raw", str(number),
                   *arguments]).expect(0)
    equal(int(run.out.split()[-1]), result, "result")


for name, number, arguments, result in [
        ("keyctl", 250, ["0", "-3", "0"], -1),
        ("unshare", 272, ["0"], -1),
        ("setns", 308, ["-1", "0"], -1),
        ("ptrace", 101, ["0"], -1),
        ("pidfd_getfd", 438, ["-1", "0", "0"], -1),
        ("personality of an unusual kind", 135, ["0x40000"], -1),
        ("personality asked for", 135, ["0xffffffff"], 0),
        ("clone with a user namespace", 56, ["0x10000011"], -1),
        ("clone3", 435, ["0", "0"], -38),
        ("io_uring_setup", 425, ["1", "0"], -1),
        ("socket of AF_VSOCK", 41, ["40", "1", "0"], -1),
        ("a call of the future", 500, [], -38),
        ("seccomp", 317, ["2", "0", "0"], -14),
        ("keyctl of x32", 0x40000000 + 250, ["0", "-3", "0"], -1),
]:
    case(answers, result, number, *arguments,
         name="container_answers/" + name.replace(" ", "_"))


def same_output(words, stdin=b""):
    """The jailed program's output in the container is the bare program's."""
    wanted = execute(words, stdin=stdin).expect(0).out
    check(wanted, "no output to compare")
    run = jail(words, stdin=stdin, under=under("--container"))
    run.expect(0, "clean")
    check(run.out == wanted, "the output differs")
    equal(run.err, b"", "stderr")
    expect_posture(run, IS_SENT)


@case
def container_python():
    script = "import json, zlib; print(json.dumps(zlib.crc32(bytes(10**6))))"
    same_output([program("python3"), "-I", "-S", "-c", script])


def plain():
    return open(runfile("tests/tools/jailrun/harness.py"), "rb").read() * 50


@case
def container_xz():
    packed = execute([program("xz"), "-c"], stdin=plain()).expect(0).out
    same_output([program("xz"), "-dc"], packed)


@case
def container_djpeg():
    pixels = plain()[:64 * 48 * 3]
    picture = execute([program("cjpeg")], stdin=b"P6 64 48 255\n" + pixels)
    same_output([program("djpeg")], picture.expect(0).out)


@case
def container_exhaustion():
    run = jail([EXHAUST, "return", "3"], pool="4M", under=under("--container"))
    run.expect(123, "exhausted")
    contains(run.err, b"the pool is exhausted", "stderr")
    expect_posture(run, IS_SENT)


# A jail in a jail fails closed. jailrun itself is no program for jailrun, and
# what starts it is stopped by the outer jail at execve.
INNER = [jailrun_path(), "--pool=1M", "--", ENDS, "exit", "0"]


@case
def jail_in_a_jail():
    run = jail(INNER).expect(125, "setup_failed")
    equal(run.out, b"", "stdout")
    contains(run.verdict["reason"], "statically linked", "verdict.reason")


@case
def jail_started_in_a_jail():
    run = jail([program("env"), *INNER]).expect(159, "violation")
    equal(run.out, b"", "stdout")
    equal(run.report["violation"]["syscall"], "execve", "violation.syscall")


# What the fixture itself does not understand must not pass for a degradation.
@case
def misuse_of_the_fixture():
    for words in (["seccomp"], ["nosuch=EPERM"], ["socket=NOTHING"],
                  ["socket:6=1=EPERM"], ["socket:0=EPERM"]):
        run = execute([*under(*words), ENDS]).expect(98)
        equal(run.out, b"", f"{words}: stdout")


main()
