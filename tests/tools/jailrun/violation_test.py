#!/usr/bin/python3 -B
# Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
"""Every forbidden call is named and ends the program; every refused one is
answered as the table in jail/presets.cc says, and counted."""

import errno
import os

from harness import (case, check, contains, equal, fixture, jail, main,
                     scratch, scratch_file)

CRIME = fixture("crime")


def crime(*arguments, options=(), **more):
    return jail([CRIME, *map(str, arguments)], options=options, **more)


def said(run, word):
    """The numbers behind `word` at the start of one of the fixture's lines."""
    for line in run.out.decode().splitlines():
        if line.startswith(word + " "):
            return [int(number) for number in line.split()[1:]]
    return None


def expect_violation(run, name, args=None):
    """The program died of call `name`, which never returned."""
    run.expect(159, "violation")
    equal(said(run, "result"), None, "the call's result")
    violation = run.report["violation"]
    equal(violation["syscall"], name, "violation.syscall")
    if args is not None:
        equal(violation["args"], args, "violation.args")
    equal(run.verdict["permanent"], True, "verdict.permanent")
    equal(run.verdict["signal"], 9, "verdict.signal")
    text = run.err.decode()
    contains(text, f"jailrun: forbidden call: {name}(", "stderr")
    contains(text, violation["reason"], "stderr")
    check(violation["instruction"] > 4096, "violation.instruction is none")
    return violation


# Call, its number, its arguments; the arguments do no harm where it is
# allowed. The kernel takes as many as are listed.
ALLOWABLE = [
    ("socket", 41, (2, 1, 0)),
    ("socket", 41, (10, 2, 17)),
    ("socket", 41, (16, 3, 0)),
    ("socketpair", 53, (1, 1, 0, "buffer")),
    ("connect", 42, (-1, "buffer", 16)),
    ("bind", 49, (-1, "buffer", 16)),
    ("sendmsg", 46, (-1, "buffer", 0)),
    ("recvfrom", 45, (-1, "buffer", 8, 0, 0, 0)),
    ("kill", 62, (1, 0)),
    ("kill", 62, (-1, 0)),
    ("kill", 62, (0, 0)),
    ("tgkill", 234, (1, 1, 0)),
    ("tkill", 200, (1, 0)),
    ("mount", 165, (0, 0, 0, 0, 0)),
    ("umount2", 166, (0, 0)),
    ("pivot_root", 155, (0, 0)),
    ("chroot", 161, (0,)),
    ("unshare", 272, (0,)),
    ("setns", 308, (-1, 0)),
    ("keyctl", 250, (0, 0, 0, 0, 0)),
    ("add_key", 248, (0, 0, 0, 0, 0)),
    ("perf_event_open", 298, (0, 0, -1, -1, 0)),
    ("pidfd_open", 434, (-1, 0)),
    ("pidfd_getfd", 438, (-1, 0, 0)),
    ("pidfd_send_signal", 424, (-1, 0, 0, 0)),
    ("kcmp", 312, (1, 1, 9, 0, 0)),
    ("open_by_handle_at", 304, (-1, 0, 0)),
    ("setuid", 105, (-1,)),
    ("setsid", 112, ()),
    ("capset", 126, (0, 0)),
    ("iopl", 172, (0,)),
    ("init_module", 175, (0, 0, 0)),
    ("syslog", 103, (3, 0, 0)),
    ("semget", 64, (0x5eed5eed, 0, 0)),
    ("msgget", 68, (0x5eed5eed, 0)),
    ("setxattr", 188, (0, 0, 0, 0, 0)),
    ("timer_create", 222, (0, 0, 0)),
    ("fanotify_init", 300, (0xffff, 0)),
    ("acct", 163, (0,)),
    ("swapon", 167, (0, 0)),
]

# What only "unsafe:" allows: it reaches past the process, or its arguments say
# whether it is harmless.
UNSAFE = {
    "sendmsg", "kill", "tgkill", "tkill", "mount", "umount2", "pivot_root",
    "chroot", "unshare", "setns", "keyctl", "add_key", "perf_event_open",
    "pidfd_open", "pidfd_getfd", "pidfd_send_signal", "kcmp", "setuid",
    "setsid", "capset", "iopl", "init_module", "syslog", "acct", "swapon",
    "socket", "open_by_handle_at", "fanotify_init",
    "semget", "msgget", "setxattr",
}


def allowance(name, arguments):
    if name == "socket" and arguments[0] in (2, 10):
        return "@network"
    if name in ("connect", "bind"):
        return "@network"
    if name == "timer_create":
        return "@timers"
    return "unsafe:" + name if name in UNSAFE else name


NEVER = [
    ("execve", 59, ("=/usr/bin/true", 0, 0)),
    ("execveat", 322, (-100, "=/usr/bin/true", 0, 0, 0)),
    ("fork", 57, ()),
    ("vfork", 58, ()),
    ("clone", 56, (17, 0, 0, 0, 0)),
    ("ptrace", 101, (0, 0, 0, 0)),
    ("io_uring_setup", 425, (8, "buffer")),
    ("io_uring_enter", 426, (-1, 0, 0, 0, 0, 0)),
    ("io_uring_register", 427, (-1, 0, 0, 0)),
    ("bpf", 321, (0, 0, 0)),
    ("process_vm_readv", 310, (1, 0, 0, 0, 0, 0)),
    ("process_vm_writev", 311, (1, 0, 0, 0, 0, 0)),
    ("seccomp", 317, (0, 0, 0)),
    ("prctl", 157, (3, 0, 0, 0, 0)),
    ("prctl", 157, (4, 1, 0, 0, 0)),
    ("prctl", 157, (22, 2, "buffer", 0, 0)),
    ("prctl", 157, (35, 1, 0, 0, 0)),
    ("prctl", 157, ((1 << 32) + 4, 1, 0, 0, 0)),
    ("arch_prctl", 158, (0x2003, 0)),
    ("io_setup", 206, (1, "buffer")),
    ("io_submit", 209, (0, 0, 0)),
    ("shmdt", 67, (0,)),
    ("shmat", 30, (0, 0, 0)),
    ("userfaultfd", 323, (0,)),
    ("process_madvise", 440, (-1, 0, 0, 0, 0)),
    ("remap_file_pages", 216, (0, 0, 0, 0, 0)),
    ("modify_ldt", 154, (0, 0, 0)),
]


def unsigned(number):
    return number & (1 << 64) - 1


def forbidden(name, number, arguments, option):
    run = crime("raw", number, *arguments)
    made = said(run, "call")
    check(made is not None, f"main did not run: {run.err}")
    violation = expect_violation(run, name, made[:len(arguments)])
    for got, wanted in zip(made, arguments):
        if isinstance(wanted, int):
            equal(got, unsigned(wanted), "the fixture's argument")
    equal(violation["number"], number, "violation.number")
    equal(violation["option"], option, "violation.option")
    if option is None:
        contains(run.err, b"no option allows it", "stderr")
    else:
        contains(run.err.decode(), option, "stderr")


def allowed(what, number, arguments):
    run = crime("raw", number, *arguments, options=["--allow=" + what])
    run.expect(0, "clean")
    check(said(run, "result") is not None, "the call did not come back")
    equal(run.report["violation"], None, "violation")
    equal(run.report["posture"]["allowed"], [what], "posture.allowed")


def never(name):
    run = crime("kill_self", options=["--allow=" + name])
    run.expect(125, "setup_failed")
    equal(run.out, b"", "stdout")
    contains(run.err.decode(), f"--allow={name}: no option allows it: ",
             "stderr")


for name, number, arguments in ALLOWABLE:
    label = name + "(" + ",".join(map(str, arguments)) + ")"
    what = allowance(name, arguments)
    case(forbidden, name, number, arguments, "--allow=" + what,
         name=f"forbidden_{label}")
    case(allowed, what, number, arguments, name=f"allowed_{label}")
for name, number, arguments in NEVER:
    label = name + "(" + ",".join(map(str, arguments)) + ")"
    case(forbidden, name, number, arguments, None, name=f"forbidden_{label}")
for name in sorted({name for name, _, _ in NEVER}):
    case(never, name, name=f"never_{name}")
for name in ("mmap", "munmap", "mremap", "mprotect", "brk", "madvise", "clone3",
             "pkey_mprotect", "shmget", "memfd_create", "personality"):
    case(never, name, name=f"never_{name}")


# Through libc, as programs do it.
def by_libc(act, name, args=None):
    run = crime(act)
    contains(run.out, b"main ran", "stdout")
    expect_violation(run, name, args)


def not_by_accident(name):
    run = crime("kill_self", options=["--allow=" + name])
    run.expect(125, "setup_failed")
    equal(run.out, b"", "stdout")
    contains(run.err.decode(), f"say unsafe:{name}", "stderr")


for name in sorted(UNSAFE):
    case(not_by_accident, name, name=f"not_by_accident_{name}")

for act, name, args in [
        ("fork", "clone", None),
        ("vfork", "vfork", []),
        ("system", "clone", None),
        ("popen", "clone", None),
        ("posix_spawn", "clone", None),
        ("clone", "clone", None),
        ("execve", "execve", None),
        ("internet_socket", "socket", [2, 1, 0]),
        ("undo_protection", "prctl", None),
]:
    case(by_libc, act, name, args, name=f"libc_{act}")


@case
def allowed_twice():
    run = crime("internet_socket",
                options=["--allow=unsafe:keyctl", "--allow=@network",
                         "--allow=@network"])
    run.expect(0, "clean")
    check(said(run, "result")[0] >= 0, "no socket")


# Only the low half of these counts to the kernel, so only that to the filter.
@case
def high_halves_of_integers():
    high = 1 << 32
    equal(said(crime("raw", 41, high + 1, 1, 0).expect(0), "result"),
          [-errno.EACCES], "socket(2^32 + AF_UNIX)")
    expect_violation(crime("raw", 41, high + 2, 1, 0), "socket",
                     [high + 2, 1, 0])
    equal(said(crime("raw", 16, 1, high + 0x5421, 0).expect(0), "result"),
          [-errno.ENOTTY], "ioctl(2^32 + FIONBIO)")
    expect_violation(crime("raw", 62, high + 1, 0), "kill", [high + 1, 0])


# Answered with an errno by the supervisor, and counted.
COUNTED = [
    ("socket", 41, (1, 1, 0), "EACCES"),
    ("memfd_create", 319, ("=x", 0), "ENOSYS"),
    ("memfd_secret", 447, (0,), "ENOSYS"),
    ("shmget", 29, (0, 4096, 0o600), "ENOSYS"),
    ("pkey_alloc", 330, (0, 0), "ENOSYS"),
    ("mbind", 237, (0, 0, 0, 0, 0, 0), "ENOSYS"),
    ("membarrier", 324, (0, 0, 0), "ENOSYS"),
    ("futex", 202, ("buffer", 3, 0, 0, 0, 0), "ENOSYS"),
    ("futex_waitv", 449, (0, 0, 0, 0, 0), "ENOSYS"),
    ("ioctl", 16, (1, 0x5412, 0), "ENOTTY"),
    ("ioctl", 16, (0, 0x5421, 0), "ENOTTY"),
    ("fcntl", 72, (1, 4, 0o20000), "EPERM"),
    ("fcntl", 72, (1, 1024, 0), "EPERM"),
    ("fcntl", 72, (1, 8, 1), "EPERM"),
    ("fcntl", 72, (1, 1033, 0), "EPERM"),
    ("getxattr", 191, ("=/", "=user.x", 0, 0), "EOPNOTSUPP"),
    ("prctl", 157, (15, "=name", 0, 0, 0), "EPERM"),
    ("prctl", 157, (16, "buffer", 0, 0, 0), "EPERM"),
    ("prlimit64", 302, (0, 7, "buffer", 0), "EPERM"),
    ("prlimit64", 302, (1, 7, 0, "buffer"), "EPERM"),
    ("setrlimit", 160, (7, "buffer"), "EPERM"),
    ("sched_setaffinity", 203, (0, 8, "buffer"), "EPERM"),
    ("setpriority", 141, (0, 0, 0), "EPERM"),
    ("personality", 135, (0xffffffff,), "EPERM"),
    ("wait4", 61, (-1, 0, 0, 0), "ECHILD"),
    ("waitid", 247, (0, 0, 0, 0, 0), "ECHILD"),
    ("readahead", 187, (0, 0, 0), "EPERM"),
    ("copy_file_range", 326, (0, 0, 1, 0, 1, 0), "ENOSYS"),
    ("splice", 275, (0, 0, 1, 0, 1, 0), "EINVAL"),
    ("sendfile", 40, (1, 0, 0, 1), "EINVAL"),
    ("epoll_create1", 291, (0,), "ENOSYS"),
    ("eventfd2", 290, (0, 0), "ENOSYS"),
    ("signalfd4", 289, (-1, 0, 8, 0), "ENOSYS"),
    ("timerfd_create", 283, (0, 0), "ENOSYS"),
    ("inotify_init1", 294, (0,), "ENOSYS"),
    ("close_range", 436, (100, 200, 0), "ENOSYS"),
    ("openat2", 437, (-100, "=/", "buffer", 24), "ENOSYS"),
    ("open", 2, ("=/usr/bin/env", 1, 0), "EROFS"),
    ("open", 2, ("=/usr/bin/env", 2, 0), "EROFS"),
    ("openat", 257, (-100, "=/usr/bin/env", 1, 0), "EROFS"),
    ("openat", 257, (-100, "=/tmp", 0o20200000, 0o600), "EROFS"),
    ("openat", 257, (-100, "=/usr/bin/env", 0o1000, 0), "EROFS"),
    ("openat", 257, (-100, "=/tmp/x", 0o100, 0o600), "EROFS"),
    ("creat", 85, ("=/usr/bin/env", 0), "EROFS"),
    ("truncate", 76, ("=/usr/bin/env", 0), "EROFS"),
    ("ftruncate", 77, (1, 0), "EINVAL"),
    ("fallocate", 285, (1, 0, 0, 1), "EOPNOTSUPP"),
    ("fsync", 74, (1,), "EINVAL"),
    ("flock", 73, (1, 8), "EPERM"),
    ("rename", 82, ("=/no/a", "=/no/b"), "EROFS"),
    ("mkdir", 83, ("=/no/a", 0o700), "EROFS"),
    ("rmdir", 84, ("=/no/a",), "EROFS"),
    ("unlink", 87, ("=/no/a",), "EROFS"),
    ("unlinkat", 263, (-100, "=/no/a", 0), "EROFS"),
    ("link", 86, ("=/no/a", "=/no/b"), "EROFS"),
    ("symlink", 88, ("=/no/a", "=/no/b"), "EROFS"),
    ("mknod", 133, ("=/no/a", 0, 0), "EPERM"),
    ("chmod", 90, ("=/no/a", 0o600), "EPERM"),
    ("fchmod", 91, (1, 0o600), "EPERM"),
    ("chown", 92, ("=/no/a", -1, -1), "EPERM"),
    ("utimensat", 280, (-100, "=/no/a", 0, 0), "EPERM"),
]


def refused(name, number, arguments, error):
    run = crime("raw", number, *arguments).expect(0, "clean")
    equal(said(run, "result"), [-getattr(errno, error)], "the call's result")
    equal(run.report["violation"], None, "violation")
    wanted = {"syscall": name, "number": number, "errno": error, "count": 1,
              "path": None}
    if error == "EROFS":
        paths = [word for word in arguments if str(word).startswith("=")]
        wanted["path"] = paths[-1].removeprefix("=")
    equal(run.report["calls"]["refused"], [wanted], "calls.refused")
    equal(run.err, b"", "stderr")


for name, number, arguments, error in COUNTED:
    case(refused, name, number, arguments, error,
         name=f"refused_{name}(" + ",".join(map(str, arguments)) + ")")


# Answered by the filter itself: quick, and not counted.
def filtered(number, arguments, error):
    run = crime("raw", number, *arguments).expect(0, "clean")
    equal(said(run, "result"), [-getattr(errno, error)], "the call's result")
    equal(run.report["calls"]["refused"], [], "calls.refused")


for name, number, arguments, error in [
        ("clone3", 435, ("buffer", 88), "ENOSYS"),
        ("clone3_empty", 435, (0, 0), "ENOSYS"),
        ("madvise", 28, (0, 4096, 4), "EINVAL"),
        ("mincore", 27, (0, 4096, "buffer"), "ENOMEM"),
        ("msync", 26, (0, 4096, 4), "EINVAL"),
        ("mlock", 149, ("buffer", 4096), "EPERM"),
        ("mlock2", 325, ("buffer", 4096, 0), "EPERM"),
        ("mlockall", 151, (1,), "EPERM"),
        ("munlock", 150, ("buffer", 4096), "EPERM"),
        ("munlockall", 152, (), "EPERM"),
        ("fadvise64", 221, (0, 0, 0, 2), "EPERM"),
]:
    case(filtered, number, arguments, error, name=f"filtered_{name}")


# Numbers newer than the table, and numbers without any call.
def unknown(number):
    run = crime("raw", number, 1, 2, 3, 4, 5, 6).expect(0, "clean")
    equal(said(run, "result"), [-errno.ENOSYS], "the call's result")
    equal([(call["number"], call["syscall"], call["errno"], call["count"])
           for call in run.report["calls"]["refused"]],
          [(number, None, "ENOSYS", 1)], "calls.refused")


for number in (451, 453, 460, 462, 500, 511, 1000, 0x3fffffff):
    case(unknown, number, name=f"unknown_{number}")


@case
def negative_number():
    # A tracer's way to skip a call; the kernel answers it before any filter,
    # or the filter does.
    run = crime("raw", 0xffffffff)
    if run.code == 0:
        equal(said(run, "result"), [-errno.ENOSYS], "the call's result")
    else:
        run.expect(159, "violation")


# Other ABIs: killed by the filter, so all that is known is that.
def other_abi(act):
    run = crime(act).expect(159, "violation")
    contains(run.out, b"main ran", "stdout")
    equal(said(run, "result"), None, "the call's result")
    text = run.err.decode()
    for word in ("forbidden call: ", "i386", "int 0x80", "x32",
                 "no option allows it"):
        contains(text, word, "stderr")
    violation = run.report["violation"]
    equal(violation["syscall"], None, "violation.syscall")
    equal(violation["args"], [], "violation.args")
    equal(violation["option"], None, "violation.option")
    contains(violation["text"], "int 0x80", "violation.text")
    equal(run.verdict["signal"], 31, "verdict.signal")
    equal(run.verdict["permanent"], True, "verdict.permanent")


case(other_abi, "int80", name="int_0x80")
case(other_abi, "x32", name="x32")


# SIGSYS taken away by number: the next memory call ends the program, and the
# text says that this may be why.
def blocked(act):
    run = crime(act).expect(159, "violation")
    equal(said(run, "result"), None, "the call's result")
    contains(run.err, b"SIGSYS", "stderr")


case(blocked, "block_sigsys_by_number", name="sigsys_blocked_by_number")
case(blocked, "ignore_sigsys_by_number", name="sigsys_ignored_by_number")
case(blocked, "raise_sigsys", name="sigsys_raised")


# What programs recover from.
@case
def local_socket():
    run = crime("local_socket").expect(0, "clean")
    equal(said(run, "result"), [-1, errno.EACCES], "socket(AF_UNIX)")


@case
def name_of_the_thread():
    run = crime("rename").expect(0, "clean")
    equal(said(run, "result"), [-1, errno.EPERM], "prctl(PR_SET_NAME)")


@case
def thread():
    run = crime("thread").expect(0, "clean")
    equal(said(run, "result")[0], 0, "pthread_create")
    equal(run.report["threads"]["most_in_use"], 1, "threads.most_in_use")


@case
def wait_for_nobody():
    run = crime("wait").expect(0, "clean")
    equal(said(run, "result"), [-1, errno.ECHILD], "wait")


@case
def signal_to_itself():
    equal(said(crime("kill_self").expect(0), "result"), [0, 0], "kill")
    run = crime("raw", 62, "pid", 15).expect(143, "crashed")
    equal(run.verdict["signal"], 15, "verdict.signal")


# Writing: nowhere, or below --rw and nowhere else.
O_CREATE = os.O_WRONLY | os.O_CREAT


@case
def writes_below_rw_only():
    inside = os.path.join(scratch(), "inside")
    outside = os.path.join(scratch(), "outside")
    for place in (inside, outside):
        os.makedirs(place, exist_ok=True)
    options = ["--rw=" + inside]
    run = crime("raw", 257, -100, "=" + inside + "/new", O_CREATE, 0o600,
                options=options).expect(0, "clean")
    check(said(run, "result")[0] >= 0, "cannot create below --rw")
    check(os.path.exists(inside + "/new"), "nothing was created below --rw")
    run = crime("raw", 257, -100, "=" + outside + "/new", O_CREATE, 0o600,
                options=options).expect(0, "clean")
    equal(said(run, "result"), [-errno.EACCES], "creating elsewhere")
    check(not os.path.exists(outside + "/new"), "created elsewhere")
    equal(run.report["posture"]["landlock_write"]["state"], "enforced",
          "posture.landlock_write")
    run = crime("raw", 90, "=" + inside + "/new", 0o777, options=options)
    equal(said(run.expect(0), "result"), [-errno.EPERM], "chmod below --rw")
    run = crime("raw", 87, "=" + inside + "/new", options=options)
    equal(said(run.expect(0), "result"), [0], "unlink below --rw")
    kept = scratch_file("kept", b"kept")
    for number, arguments in [(87, ("=" + kept,)), (76, ("=" + kept, 0)),
                              (82, ("=" + kept, "=" + inside + "/moved"))]:
        run = crime("raw", number, *arguments, options=options).expect(0)
        check(said(run, "result")[0] in (-errno.EACCES, -errno.EXDEV),
              f"call {number} elsewhere: {said(run, 'result')}")
    equal(open(kept, "rb").read(), b"kept", "the file elsewhere")


@case
def writes_nowhere_without_rw():
    new = os.path.join(scratch(), "nowhere")
    run = crime("raw", 257, -100, "=" + new, O_CREATE, 0o600).expect(0)
    equal(said(run, "result"), [-errno.EROFS], "creating a file")
    check(not os.path.exists(new), "a file was created")


@case
def many_refusals_are_counted():
    # libc tries these; counts add up per call and errno.
    run = jail(["/usr/bin/python3", "-c", "import os\n"
                "for _ in range(1000):\n"
                "  try: os.open('/dev/zero', os.O_WRONLY)\n"
                "  except OSError as e: assert e.errno == 30, e\n"])
    run.expect(0, "clean")
    counts = [call["count"] for call in run.report["calls"]["refused"]
              if call["syscall"] == "openat" and call["errno"] == "EROFS"]
    equal(counts, [1000], "calls.refused of openat")


main()
