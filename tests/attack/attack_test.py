#!/usr/bin/python3 -B
# Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
"""Attempted escapes, each of which must fail in the way that its row states.

A row names a program that tries one thing. It is run without a jail first, to
show that it would work, where that does no harm; then in one. Whatever it
changed, killed or left behind is looked for after it.

Rows of programs that lock themselves, as a service does that links the jail,
are run without the lock and with it.
"""

import errno
import os
import resource
import shutil
import signal
import socket
import stat
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from typing import Any

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "../tools/jailrun"))
from harness import (  # pylint: disable=wrong-import-position
    Failure, case, check, contains, equal, execute, jail, main, runfile,
    scratch, short)

CONTAINED = 77  # as in attack.h
GRANTED = 76
POOL = "16M"
TIME = ["--timeout=500ms"]
RW = ["--rw={inside}"]

# What the run without a jail shows.
WORKS = "it works without a jail"
MACHINE = "it works without a jail where machine and user may do that"


def not_run(reason):
    return "not run: " + reason


FOR_ALL = not_run("it fails without a jail as well")
HARM = not_run("it would harm the machine")
NO_JAILRUN = not_run("it is about jailrun")


@dataclass
class Attack:
    program: str
    outcome: Any  # or a tuple of those that there can be
    why: str
    plain: Any = WORKS
    words: tuple = ()
    options: tuple = ()
    given: Any = None  # what makes a descriptor to pass on, for "{fd}"
    after: Any = None  # looks at the run and the stage
    library: bool = False


# Descriptors that a program is given.
def outer_directory(stage):
    return os.open(stage.outside, os.O_RDONLY | os.O_DIRECTORY)


def file_to_read(stage):
    return os.open(stage.file, os.O_RDONLY)


def file_to_write(stage):
    return os.open(stage.path("granted"), os.O_RDWR | os.O_CREAT)


def victims_memory(stage):
    return os.open(f"/proc/{stage.victim.pid}/mem", os.O_RDWR)


def victims_directory(stage):
    return os.open(f"/proc/{stage.victim.pid}", os.O_RDONLY | os.O_DIRECTORY)


def connected_socket(stage):
    near, far = socket.socketpair()
    stage.held.append(far)
    return near.detach()


def loose_socket(_):
    return socket.socket(socket.AF_INET, socket.SOCK_DGRAM).detach()


def listening_socket(stage):
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen()
    stage.held.append(socket.create_connection(listener.getsockname()))
    return listener.detach()


def socket_with_descriptor(stage):
    near, far = socket.socketpair()
    socket.send_fds(far, [b"x"], [0])
    stage.held.append(far)
    return near.detach()


def terminal(stage):
    master, slave = os.openpty()
    stage.held.append(os.fdopen(master, "rb", 0))
    return slave


def bottomless(_):
    return os.open("/dev/null", os.O_WRONLY)


# What is looked at behind some of the runs.
def stack_is_capped(run, _):
    peak = run.report["memory"]["peak_resident_bytes"]
    check(peak < 14 << 20, f"{peak} bytes were resident")


def ends_in_time(run, _):
    wall = run.report["time"]["wall_us"]
    check(wall < 3000000, f"--timeout=500ms took {wall} µs")


def leaves_core(run, stage):
    """Without a jail there is a core file, if this machine writes them."""
    equal(run.code, -signal.SIGABRT, "the end without a jail")
    pattern = open("/proc/sys/kernel/core_pattern").read().strip()
    hard = resource.getrlimit(resource.RLIMIT_CORE)[1]
    if not pattern.startswith("core") or hard in range(0, 1 << 20):
        return
    check(any(name.startswith("core") for name in os.listdir(stage.root)),
          "no core file without a jail")


def list_is_bounded(run, _):
    refused = run.report["calls"]["refused"]
    check(0 < len(refused) <= 64, f"{len(refused)} calls are listed")


def report_is_its_own(run, _):
    contains(run.err, b"jailrun: verdict: clean", "the forgery on stderr")
    equal(run.report["verdict"]["class"], "program_error", "verdict.class")


def figures_are_numbers(run, _):
    for name, value in run.report["pool"].items():
        check(value is None or isinstance(value, (bool, int, dict)),
              f"pool.{name} is {short(value)}")


def nothing_was_refused(run, _):
    """And jailrun took no longer than to answer."""
    equal(run.report["pool"]["exhaustion"], None, "pool.exhaustion")
    wall = run.report["time"]["wall_us"]
    check(wall < 10000000, f"it took {wall} µs")


def words_are_bounded(run, _):
    exhaustion = run.report["pool"]["exhaustion"]
    check(len(exhaustion["backtrace"]) <= 64, "too many places")
    for line in run.error_lines():
        check(line.startswith("jailrun: ") and line.isprintable(), line)
    check(len(run.error_lines()) < 32, f"{len(run.error_lines())} lines")


def names_are_bounded(run, _):
    """And it took no longer than the traps do."""
    equal(run.report["loads"]["refused_after_the_lock"], 100000, "loads")
    check(len(run.report["late_loads"]) <= 8, "too many names")
    wall = run.report["time"]["wall_us"]
    check(wall < 10000000, f"it took {wall} µs")


def nothing_runs_as_owner(_, stage):
    for name in os.listdir(stage.inside):
        mode = os.lstat(os.path.join(stage.inside, name)).st_mode
        check(mode & (stat.S_ISUID | stat.S_ISGID) == 0,
              f"{name} has mode {mode:o}")


ATTACKS = [
    # Memory.
    Attack("raw_mmap", "no effect, from the pool", "trapped"),
    Attack("raw_mmap_exec", "answered from the pool: EACCES",
           "nothing new is executable"),
    Attack("raw_mmap_file_exec", "answered from the pool: EACCES",
           "nothing new is executable"),
    Attack("raw_mmap_fixed", "answered from the pool: ENOMEM",
           "only the pool's pages are replaced"),
    Attack("raw_mmap_shared_write", "answered from the pool: EACCES",
           "files are not written by mappings", words=("{fd}",),
           given=file_to_write),
    Attack("raw_munmap", "no effect, from the pool", "older mappings are kept"),
    Attack("raw_mremap", "no effect, from the pool",
           "older mappings are copied"),
    Attack("raw_mprotect_exec", "answered from the pool: EACCES",
           "the pool is never executable"),
    Attack("raw_mprotect_text", "answered from the pool: EACCES",
           "text is never writable"),
    Attack("raw_brk", "no effect, from the pool", "the break stays"),
    Attack("int80_mmap", "killed by the filter", "another ABI", MACHINE),
    Attack("int80_mprotect", "killed by the filter", "another ABI", MACHINE),
    Attack("int80_execve", "killed by the filter", "another ABI", MACHINE),
    Attack("int80_allowed_number", "killed by the filter",
           "another ABI, whatever the number is here", MACHINE),
    Attack("x32_mmap", "killed by the filter", "another ABI", MACHINE),
    Attack("x32_mprotect", "killed by the filter", "another ABI", MACHINE),
    Attack("x32_execve", "killed by the filter", "another ABI", MACHINE),
    Attack("x32_execve_native_number", "refused: 520 ENOSYS",
           "no native call has that number", MACHINE),
    Attack("high_half_number_mmap", "no effect, from the pool",
           "the filter sees the half that counts"),
    Attack("high_half_number_execve", "violation: execve",
           "the filter sees the half that counts"),
    Attack("high_half_open_flags", "refused: openat EROFS",
           "the condition compares the half that counts", words=("{file}",)),
    Attack("high_half_pid", "violation: kill",
           "the condition compares the half that counts", words=("{victim}",)),
    Attack("high_half_prctl", "violation: prctl",
           "the condition compares the half that counts"),
    Attack("low_half_pointer", "refused: prlimit64 EPERM",
           "the condition compares both halves of a pointer"),
    Attack("pkey_mprotect", "refused: pkey_mprotect ENOSYS",
           "mprotect by another number", MACHINE),
    Attack("shmget", "refused: shmget ENOSYS", "memory outside the pool"),
    Attack("shmat", "violation: shmat", "memory outside the pool"),
    Attack("memfd_create", "refused: memfd_create ENOSYS",
           "memory outside the pool"),
    Attack("memfd_secret", "refused: memfd_secret ENOSYS",
           "memory outside the pool", MACHINE),
    Attack("userfaultfd", "violation: userfaultfd", "stops the kernel",
           MACHINE),
    Attack("userfaultfd_device",
           ("refused: ioctl ENOTTY", "answered by the kernel: EACCES",
            "answered by the kernel: ENOENT"),
           "a device's ioctl is a call like any other", MACHINE),
    Attack("map_shadow_stack", "refused: 453 ENOSYS",
           "numbers that the table does not know do not exist", MACHINE),
    Attack("remap_file_pages", "violation: remap_file_pages",
           "rearranges mappings"),
    Attack("madvise_dontneed", "answered by the filter: EINVAL",
           "allocations keep their pages"),
    Attack("process_madvise", "violation: process_madvise",
           "reaches another process", MACHINE),
    Attack("move_pages", "violation: move_pages", "places memory", MACHINE),
    Attack("mincore", "answered by the filter: ENOMEM", "the page cache"),
    Attack("mlock", "answered by the filter: EPERM", "pins memory", MACHINE),
    Attack("mseal", "refused: 462 ENOSYS",
           "numbers that the table does not know do not exist", MACHINE),
    Attack("vmsplice", "violation: vmsplice", "pages outside the pool"),
    Attack("splice", "refused: splice EINVAL", "page cache in a pipe",
           words=("{file}",)),
    Attack("sendfile", "refused: sendfile EINVAL", "a copy by the kernel",
           words=("{file}",)),
    Attack("personality", "refused: personality EPERM", "READ_IMPLIES_EXEC",
           MACHINE),
    Attack("modify_ldt", "violation: modify_ldt", "a segment of its own",
           MACHINE),
    Attack("arch_prctl", "violation: arch_prctl", "a base of its own"),
    Attack("stack_growth", "crashed: SIGSEGV",
           "the stack ends at 8 MiB, however high the limit was", MACHINE,
           after=stack_is_capped),
    Attack("stack_jump", "crashed: SIGSEGV",
           "the stack ends at 8 MiB, however high the limit was", MACHINE,
           after=stack_is_capped),
    Attack("pool_execution", "crashed: SIGSEGV", "the pool is not executable",
           FOR_ALL),
    Attack("stack_execution", "crashed: SIGSEGV",
           "the stack is not executable", FOR_ALL),
    Attack("writable_code", "is not run",
           "a writable page that is executable from before the lock"),
    Attack("writable_code_alias", "is not run",
           "code that can be written at another address"),
    Attack("shared_page_execution", "crashed: SIGSEGV",
           "what jailrun shares is not executable", NO_JAILRUN),
    Attack("text_write", "crashed: SIGSEGV", "text is not writable", FOR_ALL),
    Attack("allocator_root", "crashed: SIGSEGV",
           "what free() judges by is read-only", NO_JAILRUN),
    Attack("freelist_links", "crashed: SIGSEGV", "links are masked",
           not_run("libc masks its own links as well")),
    Attack("memory_bomb", "exhausted", "the pool ends"),
    Attack("memory_bomb_raw", "exhausted", "the pool ends"),

    # Programs, processes, threads.
    Attack("execve", "violation: execve", "another program"),
    Attack("execveat_memfd", "violation: execveat", "another program"),
    Attack("fork", "violation: fork", "a jail is one process"),
    Attack("vfork", "violation: vfork", "a jail is one process"),
    Attack("clone", "violation: clone", "a jail is one process"),
    Attack("clone3", "answered by the filter: ENOSYS", "libc takes clone"),
    Attack("clone_newuser", "violation: clone", "a user namespace", MACHINE),
    Attack("unshare_newuser", "violation: unshare", "a user namespace",
           MACHINE),
    Attack("setns", "violation: setns", "another namespace", MACHINE),
    Attack("pthread", "answered by the runtime: EAGAIN",
           "as many threads as stacks"),
    Attack("fork_bomb", "violation: fork", "the first one is the last"),
    Attack("thread_bomb", "violation: clone", "the first one is the last"),
    Attack("thread_bomb_raw", "refused: clone EAGAIN",
           "--threads bounds those too"),
    Attack("timer_bomb", "violation: timer_create", "memory of the kernel's"),
    Attack("sigreturn_to_mmap", "no effect, from the pool",
           "registers do not matter, only the call"),
    Attack("sigreturn_to_execve", "violation: execve",
           "registers do not matter, only the call"),
    Attack("sigreturn_to_32bit", "killed by the filter",
           "registers do not matter, only the call",
           not_run("in 32-bit code it can tell nobody")),
    Attack("thread_from_before", "violation: fork",
           "the lock is for all threads"),
    Attack("thread_filter_kills_process", "killed by the filter",
           "the filter kills processes, not threads"),
    Attack("process_from_before", "granted",
           "what runs before main is not confined, nor what it starts",
           not_run("it is the same without a jail")),
    Attack("fork_in_flood", "violation: fork", "calls are looked at in turn"),
    Attack("leader_leaves_then_fork", "violation: fork",
           "the lock is for all threads"),
    Attack("fork_during_lock", "violation: fork",
           "a call that comes with the lock is under it"),

    # Work behind the filter's back.
    Attack("io_uring", "violation: io_uring_setup", "no filter sees it",
           MACHINE),
    Attack("io_uring_enter", "is not run", "a ring from before the lock",
           MACHINE, words=("{outside}/new",)),
    Attack("io_uring_register", "is not run", "a ring from before the lock",
           MACHINE),
    Attack("io_uring_sqpoll", "is not run", "a ring that needs no call",
           MACHINE, words=("{outside}/new",)),
    Attack("io_uring_sqpoll_socket", "is not run", "a ring that needs no call",
           not_run("it is the same without a jail")),
    Attack("own_memory", "answered by the kernel: EBADF",
           "Landlock lets nobody open it"),
    Attack("own_memory", "is not run", "/proc/self/mem from before the lock",
           options=("--ro=/proc/self/mem",)),
    Attack("aio_setup", "violation: io_setup", "work in the background"),
    Attack("aio_submit", "violation: io_submit", "work in the background"),
    Attack("prctl_dumpable", "violation: prctl", "undoes what confines it"),
    Attack("prctl_mm", "violation: prctl", "changes the kernel's view",
           MACHINE),
    Attack("prctl_ptracer", "violation: prctl", "invites a tracer", MACHINE),
    Attack("prctl_syscall_user_dispatch", "violation: prctl",
           "takes calls in front of the filter", MACHINE),
    Attack("prctl_seccomp", "violation: prctl", "a further filter"),
    Attack("prctl_parent_death", "violation: prctl", "outlives jailrun"),
    Attack("seccomp_filter", "violation: seccomp", "a further filter"),
    Attack("seccomp_listener", "violation: seccomp", "a second supervisor",
           MACHINE),
    Attack("answer_own_calls", "refused: ioctl ENOTTY",
           "the listener is closed, and has no ioctl", FOR_ALL),
    Attack("sigsys_handler", "no effect",
           "a trapped call is not made, whoever is told", MACHINE),
    Attack("sigsys_blocked", "killed by the filter",
           "a trap that cannot be delivered kills"),
    Attack("sigsys_ignored", "killed by the filter",
           "a trap that is ignored kills"),
    Attack("trap_without_stack", "crashed: SIGSEGV",
           "a trap that cannot be told ends it"),
    Attack("vsyscall", "crashed: SIGSEGV", "the page has three entries",
           FOR_ALL),

    # Other processes.
    Attack("ptrace_other", "violation: ptrace", "another process", MACHINE,
           words=("{victim}",)),
    Attack("ptrace_parent", "violation: ptrace", "jailrun",
           not_run("its parent is this test")),
    Attack("ptrace_traceme", "violation: ptrace", "a tracer", MACHINE),
    Attack("process_vm_readv", "violation: process_vm_readv",
           "another process", MACHINE, words=("{victim}", "{address}")),
    Attack("process_vm_writev", "violation: process_vm_writev",
           "another process", MACHINE, words=("{victim}", "{address}")),
    Attack("pidfd_open", "violation: pidfd_open", "another process",
           words=("{victim}",)),
    Attack("pidfd_getfd", "violation: pidfd_getfd",
           "another process's descriptor", MACHINE, words=("{victim}",)),
    Attack("pidfd_send_signal", "violation: pidfd_send_signal",
           "another process", words=("{victim}",)),
    Attack("kcmp", "violation: kcmp", "another process", MACHINE,
           words=("{victim}",)),
    Attack("kill_other", "violation: kill", "another process",
           words=("{victim}",)),
    Attack("kill_parent", "violation: kill", "jailrun",
           not_run("its parent is this test")),
    Attack("kill_group", "violation: kill", "other processes"),
    Attack("kill_all", "violation: kill", "other processes"),
    Attack("tkill", "violation: tkill", "another process",
           words=("{victim}",)),
    Attack("tgkill", "violation: tgkill", "another process",
           words=("{victim}",)),
    Attack("tgkill_forged_group", "answered by the kernel: ESRCH",
           "the thread is not of that group", FOR_ALL, words=("{victim}",)),
    Attack("rt_sigqueueinfo", "violation: rt_sigqueueinfo", "another process",
           words=("{victim}",)),
    Attack("signal_by_owner", "refused: fcntl EPERM", "another process",
           words=("{victim}",)),
    Attack("signal_by_async", "refused: fcntl EPERM",
           "a terminal's foreground group"),
    Attack("signal_by_ioctl", "refused: ioctl ENOTTY",
           "a terminal's foreground group"),
    Attack("setrlimit_raise", "refused: setrlimit EPERM", "limits stay"),
    Attack("prlimit_raise", "refused: prlimit64 EPERM", "limits stay"),
    Attack("prlimit_other", "refused: prlimit64 EPERM", "another process",
           words=("{victim}",)),
    Attack("prlimit_look", "refused: prlimit64 EPERM", "another process",
           words=("{victim}",)),
    Attack("sched_setaffinity", "refused: sched_setaffinity EPERM",
           "a place beside its victim"),
    Attack("setpriority", "refused: setpriority EPERM", "its standing"),
    Attack("oom_score_adj", "refused: open EROFS", "opened to write"),
    Attack("oom_score_adj", "answered by the kernel: EACCES",
           "not below --rw", options=RW),
    Attack("setsid", "violation: setsid", "a session of its own",
           not_run("it leads a session already")),
    Attack("proc_self_mem_write", "refused: open EROFS", "opened to write"),
    Attack("proc_self_mem_write",
           "answered by the kernel: EACCES", "not below --rw", options=RW),
    Attack("proc_self_mem_read_only",
           ("answered by the kernel: EBADF", "answered by the kernel: EACCES"),
           "not opened to write", FOR_ALL),
    Attack("proc_other_mem", "answered by the kernel: EACCES",
           "outside of the Landlock domain", MACHINE,
           words=("{victim}", "{address}")),
    Attack("proc_other_maps", "answered by the kernel: EACCES",
           "outside of the Landlock domain", words=("{victim}",)),
    Attack("proc_other_environ", "answered by the kernel: EACCES",
           "outside of the Landlock domain", words=("{victim}",)),
    Attack("proc_other_fd", "answered by the kernel: EACCES",
           "outside of the Landlock domain", words=("{victim}",)),
    Attack("proc_other_fd_list", "answered by the kernel: EACCES",
           "outside of the Landlock domain", words=("{victim}",)),
    Attack("proc_other_root", "answered by the kernel: EACCES",
           "outside of the Landlock domain", words=("{victim}",)),
    Attack("proc_parent_environ", "answered by the kernel: EACCES",
           "outside of the Landlock domain"),
    Attack("proc_parent_mem", "answered by the kernel: EACCES",
           "outside of the Landlock domain", MACHINE),
    Attack("proc_kcore",
           ("answered by the kernel: EACCES", "answered by the kernel: ENOENT",
            "answered by the kernel: EPERM"),
           "for a root with its capabilities", MACHINE),

    # The kernel and the machine.
    Attack("bpf", "violation: bpf", "code in the kernel", MACHINE),
    Attack("perf_event_open", "violation: perf_event_open", "counters",
           MACHINE),
    Attack("add_key", "violation: add_key", "keyrings", MACHINE),
    Attack("keyctl", "violation: keyctl", "keyrings", MACHINE),
    Attack("mount", "violation: mount", "file systems", HARM,
           words=("{outside}",)),
    Attack("fsopen", "violation: fsopen", "file systems", MACHINE),
    Attack("open_tree", "violation: open_tree", "file systems", MACHINE),
    Attack("chroot", "violation: chroot", "another root", MACHINE,
           words=("{outside}",)),
    Attack("open_by_handle_at", "violation: open_by_handle_at",
           "a file by its number", MACHINE, words=("{file}",)),
    Attack("name_to_handle_at", "violation: name_to_handle_at",
           "a file's number", MACHINE, words=("{file}",)),
    Attack("init_module", "violation: init_module", "code in the kernel", HARM),
    Attack("clock_settime", "violation: clock_settime", "the machine's clock",
           HARM),
    Attack("iopl", "violation: iopl", "the machine's ports", MACHINE),
    Attack("setresuid", "violation: setresuid", "another user"),
    Attack("capset", "violation: capset", "its capabilities"),
    Attack("futex_requeue", "refused: futex ENOSYS", "libc has no need of it"),
    Attack("futex_priority", "refused: futex ENOSYS", "libc has no need of it"),

    # Sockets, terminals, descriptors.
    Attack("socket_inet", "violation: socket", "another host"),
    Attack("socket_unix", "refused: socket EACCES", "a local service"),
    Attack("socket_netlink", "violation: socket", "the kernel"),
    Attack("socketpair", "violation: socketpair", "all that sockets can do"),
    Attack("sysv_message", "violation: msgget", "another process"),
    Attack("inherited_socket", "granted",
           "what jailrun was given is the program's too",
           not_run("it is no secret"), words=("{fd}",),
           given=connected_socket),
    Attack("inherited_socket_send", "violation: sendto",
           "a socket's own calls", words=("{fd}",), given=connected_socket),
    Attack("inherited_socket_connect", "violation: connect",
           "a socket's own calls", words=("{fd}",), given=loose_socket),
    Attack("inherited_socket_accept", "violation: accept",
           "a socket's own calls", words=("{fd}",), given=listening_socket),
    Attack("send_descriptor", "violation: sendmsg", "a descriptor given away",
           words=("{fd}",), given=connected_socket),
    Attack("receive_descriptor", "violation: recvmsg", "a descriptor taken in",
           words=("{fd}",), given=socket_with_descriptor),
    Attack("receive_by_read", "no effect", "read(2) takes no descriptors",
           FOR_ALL, words=("{fd}",), given=socket_with_descriptor),
    Attack("inherited_file", "granted",
           "what jailrun was given is the program's too",
           not_run("it is no secret"), words=("{fd}",), given=file_to_write),
    Attack("inherited_mem", "granted",
           "what jailrun was given is the program's too",
           not_run("it is no secret"), words=("{fd}", "{address}"),
           given=victims_memory),
    Attack("inherited_directory", "refused: open EROFS",
           "a directory gives no right to write", words=("{fd}",),
           given=outer_directory),
    Attack("inherited_directory", "answered by the kernel: EACCES",
           "not below --rw", words=("{fd}",), options=RW,
           given=outer_directory),
    Attack("inherited_proc_directory", "answered by the kernel: EACCES",
           "outside of the Landlock domain", MACHINE,
           words=("{fd}", "{victim}"), given=victims_directory),
    Attack("ftruncate", "refused: ftruncate EINVAL", "files keep their sizes",
           words=("{fd}",), given=file_to_write),
    Attack("reopen_descriptor", "refused: open EROFS",
           "opening anew is opening", words=("{fd}",), given=file_to_read),
    Attack("reopen_descriptor", "answered by the kernel: EACCES",
           "not below --rw", words=("{fd}",), options=RW, given=file_to_read),
    Attack("leftover_descriptors", "answered by the kernel: EBADF",
           "nothing of jailrun's is left open", NO_JAILRUN),
    Attack("terminal_input", "refused: ioctl ENOTTY", "types for the user",
           MACHINE, words=("{fd}",), given=terminal),
    Attack("terminal_paste", "refused: ioctl ENOTTY", "types for the user",
           not_run("only a console has it"), words=("{fd}",), given=terminal),
    Attack("terminal_settings", "refused: ioctl ENOTTY",
           "changes the user's terminal", words=("{fd}",), given=terminal),
    Attack("fcntl_lease", "refused: fcntl EPERM", "stops others at a file",
           MACHINE, words=("{file}",)),
    Attack("descriptor_bomb", "answered by the kernel: EMFILE",
           "1024, however high the limit was", MACHINE),
    Attack("pipe_bomb", "granted", "64 KiB for each of at most 512 pipes",
           not_run("it fills what all of the user's pipes share")),
    Attack("pipe_size", "refused: fcntl EPERM", "a pipe stays small"),
    Attack("lock_bomb", "granted", "record locks have no bound",
           not_run("it is the same without a jail"), words=("{file}",)),

    # Files.
    Attack("open_for_writing", "refused: openat EROFS", "needs --rw",
           words=("{file}", "{outside}/new")),
    Attack("null_path_race", "refused: open EROFS",
           "the path is read once, and the call never let through",
           words=("{file}",)),
    Attack("openat2", "refused: openat2 ENOSYS", "flags that no filter sees",
           words=("{file}",)),
    Attack("tmpfile", "refused: open EROFS", "needs --rw", MACHINE,
           words=("{outside}",)),
    Attack("symlink", "refused: symlink EROFS", "needs --rw",
           words=("{outside}/new",)),
    Attack("hardlink", "refused: link EROFS", "needs --rw",
           words=("{file}", "{outside}/new")),
    Attack("rename", "refused: rename EROFS", "needs --rw",
           words=("{file}", "{outside}/new")),
    Attack("unlink", "refused: unlink EROFS", "needs --rw",
           words=("{file}",)),
    Attack("truncate", "refused: truncate EROFS", "needs --rw",
           words=("{file}",)),
    Attack("chmod", "refused: chmod EPERM", "modes stay", words=("{file}",)),
    Attack("utimensat", "refused: utimensat EPERM", "times stay",
           words=("{file}",)),
    Attack("mkfifo", "refused: mknod EPERM", "no special files",
           words=("{outside}/new",)),
    Attack("setxattr", "violation: setxattr", "attributes stay", MACHINE,
           words=("{file}",)),
    Attack("setuid_file", "refused: fchmod EPERM", "nothing runs as its owner",
           words=("{inside}/new",), options=RW, after=nothing_runs_as_owner),
    Attack("setuid_tmpfile", "refused: openat EPERM",
           "nothing runs as its owner", MACHINE, words=("{inside}",),
           options=RW),
    Attack("setgid_directory", "no effect", "mkdir drops the bits", FOR_ALL,
           words=("{inside}/new",), options=RW, after=nothing_runs_as_owner),
    Attack("write_outside", "answered by the kernel: EACCES", "not below --rw",
           words=("{file}", "{inside}/../outside/file", "{inside}/link"),
           options=RW),
    Attack("change_outside", "answered by the kernel: EACCES",
           "not below --rw",
           words=("{file}", "{outside}/new", "{inside}/new"), options=RW),
    Attack("openat2", "refused: openat2 ENOSYS", "flags that no filter sees",
           words=("{file}",), options=RW),
    Attack("chmod", "refused: chmod EPERM", "modes stay", words=("{file}",),
           options=RW),
    Attack("mkfifo", "refused: mknod EPERM", "no special files",
           words=("{inside}/new",), options=RW),
    Attack("file_bomb", "granted", "what may be written to may be filled",
           not_run("it is the same without a jail"), words=("{inside}/new",),
           options=RW),
    Attack("file_bomb", "crashed: SIGXFSZ", "--fsize bounds each file",
           not_run("there is no --fsize"), words=("{inside}/new",),
           options=RW + ["--fsize=1M"]),
    Attack("truncate_outside", "answered by the kernel: EACCES",
           "not below --rw", words=("{file}",), options=RW),
    Attack("link_inside", "answered by the kernel: EXDEV",
           "no file is brought below --rw", words=("{file}", "{inside}/new"),
           options=RW),
    Attack("rename_inside", "answered by the kernel: EACCES",
           "no file is brought below --rw", words=("{file}", "{inside}/new"),
           options=RW),
    Attack("proc_self_root", "refused: open EROFS", "a path like any other",
           words=("{file}",)),
    Attack("proc_self_root", "answered by the kernel: EACCES",
           "a path like any other", words=("{file}",), options=RW),
    Attack("proc_sys_write", "refused: open EROFS", "the kernel's settings",
           MACHINE),
    Attack("proc_sys_write", "answered by the kernel: EACCES",
           "the kernel's settings", MACHINE, options=RW),

    # Time.
    Attack("spin", "timeout", "--timeout", FOR_ALL, options=TIME,
           after=ends_in_time),
    Attack("spin", "timeout", "--cpu", FOR_ALL, options=["--cpu=1"]),
    Attack("stop_itself", "timeout", "--timeout", FOR_ALL, options=TIME,
           after=ends_in_time),
    Attack("ignore_signals", "timeout", "SIGKILL is not ignored", FOR_ALL,
           options=TIME, after=ends_in_time),
    Attack("leader_leaves", "timeout", "a process is all of its threads",
           FOR_ALL, options=TIME, after=ends_in_time),
    Attack("output_flood", "timeout", "--timeout", FOR_ALL, words=("{fd}",),
           options=TIME, given=bottomless, after=ends_in_time),
    Attack("refusal_flood", "timeout", "the deadline comes before the events",
           FOR_ALL, options=TIME, after=ends_in_time),
    Attack("refusal_flood_threads", "timeout",
           "the deadline comes before the events", FOR_ALL, options=TIME,
           after=ends_in_time),
    Attack("refusal_flood_withdrawn", "timeout",
           "a tick interrupts what blocks", FOR_ALL, options=TIME,
           after=ends_in_time),

    # What jailrun believes and says.
    Attack("core_dump", "crashed: SIGABRT", "the process is not dumpable",
           leaves_core),
    Attack("own_environ", ("no effect", "answered by the kernel: EACCES"),
           "jailrun's variable is gone", NO_JAILRUN),
    Attack("unknown_numbers_flood", "no effect", "the list is bounded",
           NO_JAILRUN, after=list_is_bounded),
    Attack("forged_verdict", "exits: 3", "text is only text", NO_JAILRUN,
           after=report_is_its_own),
    Attack("forged_report_descriptor", "answered by the kernel: EBADF",
           "the report's descriptor is jailrun's alone", NO_JAILRUN,
           words=("200",)),
    Attack("forged_exit_code", "exits: 159", "the report tells it apart",
           NO_JAILRUN),
    Attack("forged_sigsys", "killed by the filter",
           "it can only accuse itself", NO_JAILRUN),
    Attack("forged_figures", "exits: 0", "figures decide nothing here",
           NO_JAILRUN, after=figures_are_numbers),
    Attack("forged_exhaustion", "exhausted",
           "the one verdict that rests on its word", NO_JAILRUN,
           after=figures_are_numbers),
    Attack("exhaustion_call", "no effect", "no pool was exhausted", NO_JAILRUN,
           after=nothing_was_refused),
    Attack("exhaustion_call", "no effect", "no pool was exhausted", NO_JAILRUN,
           options=["--preset=strict"], after=nothing_was_refused),
    Attack("exhaustion_call_flood", "timeout",
           "the deadline comes before the events", NO_JAILRUN, options=TIME,
           after=ends_in_time),
    Attack("exhaustion_call_then_fail", "exhausted",
           "who asked is words of the report", NO_JAILRUN, after=words_are_bounded),
    Attack("exhaustion_call_then_fork", "violation: fork",
           "who asked decides nothing", NO_JAILRUN),
    Attack("late_load_flood", "no effect", "the names are few, and words",
           NO_JAILRUN, after=names_are_bounded),
    Attack("forged_figures_then_fork", "violation: fork",
           "figures decide nothing here", NO_JAILRUN,
           after=figures_are_numbers),
    Attack("zeroed_figures_then_fork", "violation: fork",
           "figures decide nothing here", NO_JAILRUN),
    Attack("racing_figures", "exits: 0", "figures are copied once", NO_JAILRUN,
           after=figures_are_numbers),

    # Processes that lock themselves.
    Attack("library_tsync_race", "no effect", "all threads are locked at once",
           library=True),
    Attack("library_stranger_thread", "refuses: EPERM", "all threads, or none",
           FOR_ALL, library=True),
    Attack("library_other_listener", "refuses: EBUSY", "one supervisor",
           FOR_ALL, library=True),
    Attack("library_second_lock", "dies of SIGSYS", "one supervisor", MACHINE,
           library=True),
    Attack("library_late_thread", "dies of SIGSYS", "one lock, for all threads",
           library=True),
    Attack("library_thread_fork", "dies of SIGSYS", "one lock, for all threads",
           library=True),
    Attack("library_sigsys_handler", "no effect",
           "a call that is made again is judged again", library=True),
    Attack("library_io_uring", "dies of SIGSYS", "no filter sees it", MACHINE,
           words=("{outside}/new",), library=True),
    Attack("library_io_uring_sqpoll", "granted",
           "what is mapped before the lock is kept", MACHINE,
           words=("{outside}/granted",), library=True),
]


class Stage:
    """Where one run takes place: a directory to be in, with what the attack may
    and may not change, a victim if the words name one, and a descriptor."""

    def __init__(self, attack):
        self.held = []
        self.victim = None
        self.address = self.fd = None
        self.root = tempfile.mkdtemp(dir=scratch())
        self.outside = self.path("outside")
        self.inside = self.path("inside")
        os.mkdir(self.outside)
        os.mkdir(self.inside)
        self.file = os.path.join(self.outside, "file")
        with open(self.file, "w", encoding="ascii") as file:
            file.write("kept")
        os.utime(self.file, (1, 1))
        needs = " ".join(attack.words)
        if "{victim}" in needs or "{address}" in needs:
            self.start_victim()
        if attack.given is not None:
            self.fd = attack.given(self)

    def path(self, name):
        return os.path.join(self.root, name)

    def start_victim(self):
        self.victim = subprocess.Popen([program("victim")],
                                       stdin=subprocess.DEVNULL,
                                       stdout=subprocess.PIPE)
        self.address = int(self.victim.stdout.readline())

    def fill_in(self, words):
        return [word.format(victim=self.victim and self.victim.pid,
                            address=self.address, fd=self.fd, file=self.file,
                            outside=self.outside, inside=self.inside)
                for word in words]

    def pass_fds(self):
        return () if self.fd is None else (self.fd,)

    def check_unchanged(self, granted):
        """All is as it was, but for what the row grants and is below --rw."""
        allowed = {"outside", "inside"}
        if granted:
            allowed.add("granted")
        equal(set(os.listdir(self.root)) - {"granted"},
              allowed - {"granted"}, "the files left behind")
        left = set(os.listdir(self.outside))
        equal(left - {"granted"} if granted else left, {"file"},
              "the files outside")
        with open(self.file, encoding="ascii") as file:
            equal(file.read(), "kept", "the file outside")
        status = os.stat(self.file)
        equal((status.st_mode & 0o7777, status.st_nlink, status.st_mtime),
              (0o644, 1, 1), "the file's attributes")
        if self.victim is not None and not granted:
            try:
                self.victim.wait(0.03)
            except subprocess.TimeoutExpired:
                return
            check(False, f"the victim ended: {self.victim.returncode}")

    def close(self):
        for held in self.held:
            held.close()
        if self.fd is not None:
            os.close(self.fd)
        if self.victim is not None:
            self.victim.kill()
            self.victim.wait()
            self.victim.stdout.close()
        shutil.rmtree(self.root)


def program(name):
    return runfile("tests/attack/" + name)


# Each outcome: how the run ended, exactly. The report may not be asked of
# programs that lock themselves.
def said(run, text):
    """The program says so; what follows is jailrun's."""
    run.expect(CONTAINED)
    equal(run.error_lines()[:1], [text], "stderr")


def refused_with(run, name):
    said(run, f"refused {getattr(errno, name)}")


def counted(run, call, name):
    return any(entry["errno"] == name and
               call in (entry["syscall"], str(entry["number"]))
               for entry in run.report["calls"]["refused"])


def violation(run, name):
    run.expect(159, "violation")
    equal(run.report["violation"]["syscall"], name, "violation.syscall")


def killed_by_filter(run):
    run.expect(159, "violation")
    equal(run.report["violation"]["syscall"], None, "violation.syscall")
    equal(run.verdict["signal"], signal.SIGSYS, "verdict.signal")


def refused(run, call, name):
    refused_with(run, name)
    check(counted(run, call, name),
          f"not counted: {short(run.report['calls']['refused'])}")


def answered(run, name):
    """By something that does not count."""
    refused_with(run, name)
    equal(run.report["calls"]["refused"], [], "calls.refused")
    equal(run.report["calls"]["trapped"], 0, "calls.trapped")


def answered_from_pool(run, name):
    refused_with(run, name)
    check(run.report["calls"]["trapped"] > 0, "nothing was trapped")


def answered_by_runtime(run, name):
    refused_with(run, name)
    equal(run.report["calls"]["refused_threads"], 1, "calls.refused_threads")


def no_effect(run):
    said(run, "no effect")


def no_effect_from_pool(run):
    no_effect(run)
    check(run.report["calls"]["trapped"] > 0, "nothing was trapped")


def crashed(run, name):
    number = getattr(signal, name)
    run.expect(128 + number, "crashed")
    equal(run.verdict["signal"], number, "verdict.signal")


def exits(run, code):
    run.expect(int(code), "clean" if code == "0" else "program_error")
    equal(run.verdict["program_exit_code"], int(code),
          "verdict.program_exit_code")
    equal(run.report["violation"], None, "violation")


OUTCOMES = {
    "violation": violation,
    "killed by the filter": killed_by_filter,
    "refused": refused,
    "answered by the filter": answered,
    "answered by the kernel": answered,
    "answered from the pool": answered_from_pool,
    "answered by the runtime": answered_by_runtime,
    "no effect": no_effect,
    "no effect, from the pool": no_effect_from_pool,
    "crashed": crashed,
    "exits": exits,
    "exhausted": lambda run: run.expect(123, "exhausted"),
    "timeout": lambda run: run.expect(124, "timeout"),
    "is not run": lambda run: run.expect(125, "setup_failed"),
    "granted": lambda run: run.expect(GRANTED),
    # Of those that lock themselves.
    "refuses": refused_with,
    "dies of SIGSYS": lambda run: run.expect(-signal.SIGSYS),
}


def expect_outcome(run, stated):
    kind, _, details = stated.partition(": ")
    OUTCOMES[kind](run, *details.split())


def alternatives(attack):
    outcome = attack.outcome
    return outcome if isinstance(outcome, tuple) else (outcome,)


def expect_one_of(run, outcomes):
    for last, stated in enumerate(outcomes, 1 - len(outcomes)):
        try:
            return expect_outcome(run, stated)
        except Exception:
            if last == 0:
                raise


def escaped(run):
    return b"ESCAPED" in run.out


def run_on(stage, attack, with_jail):
    words = stage.fill_in(attack.words)
    how = {"pass_fds": stage.pass_fds(), "cwd": stage.root, "timeout": 20}
    path = program(attack.program)
    if attack.library:
        return execute([path, "locked" if with_jail else "unlocked", *words],
                       **how)
    if not with_jail:
        return execute([path, *words], **how)
    return jail([path, *words], options=stage.fill_in(attack.options),
                pool=POOL, **how)


def without_jail(attack):
    """The run without a jail, or none where the row says why."""
    if attack.plain not in (WORKS, MACHINE) and not callable(attack.plain):
        return None
    stage = Stage(attack)
    try:
        run = run_on(stage, attack, with_jail=False)
        if callable(attack.plain):
            attack.plain(run, stage)
        if attack.plain == WORKS:
            check(escaped(run), "it does not even work without a jail: "
                  f"{run.code}, stderr {short(run.err)}")
    finally:
        stage.close()
    return run


def contain(attack):
    plain = without_jail(attack)
    stage = Stage(attack)
    tried.append(attack)
    try:
        run = run_on(stage, attack, with_jail=True)
        check(not escaped(run), f"an escape: {short(run.out)}")
        look_at(attack, plain, run, stage)
        stage.check_unchanged("granted" in alternatives(attack))
    except Exception:
        not_contained.append(attack)
        raise
    finally:
        stage.close()


def look_at(attack, plain, run, stage):
    try:
        expect_one_of(run, alternatives(attack))
        if attack.after is not None:
            attack.after(run, stage)
    except Failure:
        # What the machine refuses without a jail is refused in one as well.
        if attack.plain != MACHINE or escaped(plain) or (
                plain.code, plain.err) != (run.code, run.err):
            raise


tried = []
not_contained = []


def total():
    for attack in not_contained:
        print(f"not contained: {attack.program}")
    print(f"{len(tried)} attacks, {len(tried) - len(not_contained)} contained")


def every_program_has_a_row():
    there = {name for name in os.listdir(os.path.dirname(program("victim")))
             if not name.startswith("attack_test")}
    equal(there - {"victim"}, {attack.program for attack in ATTACKS},
          "the programs")


def raise_limits():
    """So that what holds in a jail is the jail's doing."""
    for kind, most in [(resource.RLIMIT_CORE, 1 << 30),
                       (resource.RLIMIT_STACK, 64 << 20),
                       (resource.RLIMIT_NOFILE, 4096)]:
        soft, hard = resource.getrlimit(kind)
        wanted = most if hard == resource.RLIM_INFINITY else min(hard, most)
        resource.setrlimit(kind, (wanted, hard))


raise_limits()
for row in ATTACKS:
    stated = " or ".join(alternatives(row))
    with_options = " " + " ".join(row.options) if row.options else ""
    case(contain, row, name=f"{row.program}{with_options} ({stated})")
case(every_program_has_a_row, name="every_program_has_a_row")
case(total, name="total")
main()
