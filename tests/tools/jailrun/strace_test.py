#!/usr/bin/python3 -B
# Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
"""After the lock the kernel carries out no memory call; strace is the witness.

strace prints a trapped call as if it had returned a value. The line that
follows for that process, a SIGSYS with SYS_SECCOMP, says that it was not
carried out; what the filter itself answers comes back with its errno.
"""

import lzma
import os
import re

from harness import (case, check, contains, equal, execute, fixture,
                     jailrun_path, main, program, scratch, scratch_file)

# What would change the process's memory, with the errno where the filter
# answers by itself.
TRAPPED = {"mmap", "munmap", "mremap", "mprotect", "brk"}
FILTERED = {"madvise": "EINVAL", "mlock": "EPERM", "mlock2": "EPERM",
            "mlockall": "EPERM", "munlock": "EPERM", "munlockall": "EPERM",
            "msync": "EINVAL"}
NEVER = {"pkey_mprotect", "remap_file_pages", "shmat", "execve", "execveat",
         "clone", "fork", "vfork", "process_madvise", "memfd_create"}

LINE = re.compile(r"^(\d+) +(.*)$")
CALL = re.compile(r"^(\w+)\((.*)$")
RESUMED = re.compile(r"^<\.\.\. (\w+) resumed>(.*)$")
LOCK = "seccomp(SECCOMP_SET_MODE_FILTER"


class Process:
    """The lines of one process: calls whole, signals between them."""

    def __init__(self):
        self.lines = []
        self.pending = None

    def add(self, text):
        if text.endswith("<unfinished ...>"):
            self.pending = text[:-len("<unfinished ...>")].rstrip()
            return
        resumed = RESUMED.match(text)
        if resumed and self.pending is not None:
            text = self.pending + resumed.group(2)
            self.pending = None
        self.lines.append(text)

    def ended(self):
        return self.lines[-1:] == ["+++ exited with 0 +++"]


def trace(*command):
    """Runs a command under jailrun under strace: its processes, by pid."""
    out = os.path.join(scratch(), "trace")
    run = execute([program("strace"), "-f", "-s", "0", "-o", out,
                   jailrun_path(), "--pool=200M", "--", *command], timeout=60)
    processes = {}
    order = []
    with open(out, encoding="utf-8", errors="replace") as file:
        for line in file:
            pid, text = LINE.match(line.rstrip("\n")).groups()
            if pid not in processes:
                processes[pid] = Process()
                order.append(pid)
            processes[pid].add(text)
            if len(order) > 1 and pid == order[1] and text.startswith(LOCK):
                # Threads that the runtime tried, before the lock.
                order = [one for one in order if not processes[one].ended()]
    equal(len(order), 2, f"processes: jailrun and the program, but {order}")
    check(not processes[order[0]].pending and not processes[order[1]].pending,
          "a call has no end")
    return run, processes[order[0]].lines, order[1], processes[order[1]].lines


def carried_out(line, following):
    """Whether the kernel carried out the memory call on this line."""
    name = CALL.match(line).group(1)
    if name in FILTERED:
        return f"= -1 {FILTERED[name]} " not in line
    return "--- SIGSYS {" not in following or "SYS_SECCOMP" not in following \
        or f"__NR_{name}," not in following


def expect_locked(lines):
    """Checks the program's lines, and returns how many calls were trapped."""
    locks = [index for index, line in enumerate(lines)
             if line.startswith(LOCK)]
    equal(len(locks), 1, "filters installed by the program's process")
    lock = locks[0]
    check(" = -1 " not in lines[lock], f"the lock failed: {lines[lock]}")
    trapped = 0
    before = 0
    for index, line in enumerate(lines):
        call = CALL.match(line)
        if not call:
            continue
        name = call.group(1)
        if index < lock:
            before += name == "mmap"
            continue
        check(name not in NEVER, f"after the lock: {line}")
        if name not in TRAPPED and name not in FILTERED:
            continue
        following = lines[index + 1] if index + 1 < len(lines) else ""
        check(not carried_out(line, following),
              f"carried out after the lock: {line} / {following}")
        trapped += 1
    # strace works: the loader's own mappings are there.
    check(before > 3, f"only {before} mappings before the lock")
    return trapped


def supervised(lines, pid):
    """The parent read the lock back, from outside, and only then let go."""
    text = "\n".join(lines)
    fetched = text.find("pidfd_getfd(")
    check(fetched >= 0, "jailrun does not fetch the listener")
    read_back = text.find(f'"/proc/{pid}/status"', fetched)
    check(read_back > fetched, "jailrun does not read /proc/PID/status")
    sent = text.find("SECCOMP_IOCTL_NOTIF_SEND", read_back)
    check(sent > read_back, "jailrun lets go before it has read the lock back")


def locked(minimum, *command, wanted=None):
    run, parent, pid, child = trace(*command)
    equal(run.code, 0, f"exit code (stderr {run.err!r})")
    if wanted is not None:
        equal(run.out, wanted, "stdout")
    trapped = expect_locked(child)
    check(trapped >= minimum, f"only {trapped} memory calls after the lock")
    supervised(parent, pid)


TEXT = b"".join(b"%d a line of text\n" % (n * 7919 % 10007)
                for n in range(10007))


@case
def xz():
    path = scratch_file("text.xz", lzma.compress(TEXT))
    locked(0, program("xz"), "-dc", path, wanted=TEXT)


@case
def python():
    locked(0, program("python3"), "-c",
           "print(sum(len(bytes(n)) for n in range(0, 2000000, 100000)))",
           wanted=b"19000000\n")


@case
def sort():
    path = scratch_file("text", TEXT)
    locked(0, program("sort"), path,
           wanted=b"".join(line + b"\n"
                           for line in sorted(TEXT.splitlines())))


@case
def malloc_fixture():
    locked(0, fixture("exhaust"), "caught", "0")


@case
def every_memory_call():
    # Trapped in each of two ways, in main, in handlers, and blocked.
    offsets = b"".join(offset.to_bytes(8, "little")
                       for offset in range(0, 3 * 4096 + 1000, 8))
    _, parent, pid, child = trace(fixture("memory_checks"), "brief",
                                  scratch_file("offsets", offsets))
    trapped = expect_locked(child)
    check(trapped > 1000, f"only {trapped} memory calls after the lock")
    supervised(parent, pid)
    lock = next(index for index, line in enumerate(child)
                if line.startswith(LOCK))
    for name in (*TRAPPED, "madvise"):
        check(any(line.startswith(name + "(") for line in child[lock:]),
              f"no {name} after the lock")


@case
def nothing_runs_between_lock_and_check():
    # From the filter on, the process's next call of its own is the one that
    # waits for jailrun's answer.
    _, _, _, child = trace(fixture("ends"), "exit", "0")
    lock = next(index for index, line in enumerate(child)
                if line.startswith(LOCK))
    after = [CALL.match(line).group(1) for line in child[lock + 1:]
             if CALL.match(line)]
    equal(after[:2], ["write", "prctl"], "calls after the lock")
    contains(child[lock], "SECCOMP_FILTER_FLAG_NEW_LISTENER", "its flags")
    contains("\n".join(child[:lock]), "PR_SET_NO_NEW_PRIVS", "before the lock")


@case
def the_witness_sees_what_is_carried_out():
    # The same reading finds the calls of a program that is not jailed.
    check(carried_out("mmap(NULL, 4096, PROT_READ) = 0x7f0000000000", "read("),
          "an mmap that was carried out")
    check(carried_out("brk(NULL) = 0x55d0", ""), "a brk that was carried out")
    check(carried_out("madvise(0x7f00, 4096, MADV_DONTNEED) = 0", ""),
          "a madvise that was carried out")
    check(carried_out("munmap(0x7f00, 4096) = 0", "--- SIGSYS {si_signo=SIGSYS,"
                      " si_code=SYS_SECCOMP, si_syscall=__NR_brk, ...} ---"),
          "a munmap before another call's SIGSYS")
    check(not carried_out("munmap(0x7f00, 4096) = 11", "--- SIGSYS {si_signo="
                          "SIGSYS, si_code=SYS_SECCOMP, si_syscall=__NR_munmap,"
                          " si_arch=AUDIT_ARCH_X86_64} ---"),
          "a trapped munmap")
    out = os.path.join(scratch(), "plain")
    execute([program("strace"), "-f", "-o", out, fixture("exhaust"), "map",
             "0"])
    with open(out, encoding="utf-8", errors="replace") as file:
        lines = [LINE.match(line.rstrip("\n")).group(2) for line in file]
    check(any(CALL.match(line) and CALL.match(line).group(1) in TRAPPED and
              carried_out(line, "") for line in lines),
          "nothing was carried out in a program without jailrun")


main()
