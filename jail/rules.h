// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_JAIL_RULES_H_
#define CELLBLOCK_JAIL_RULES_H_

// The rows of every preset, by what they are for: presets.cc joins them, and
// rule_groups.cc offers some of them to --allow. Only those two include this.
//
// A call has its rows in one group, or in groups that no preset joins.

#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <linux/prctl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include <array>
#include <cstdint>

#include "jail/policy.h"

namespace cellblock::rules {

inline constexpr uint64_t kLargeFile =
    0100000;  // O_LARGEFILE, which libc has as 0

// open(2) flags that make it read its mode, and those that create, change or
// may later change a file. O_TMPFILE contains O_DIRECTORY, so only its own bit
// is here.
inline constexpr uint64_t kOpenCreates = O_CREAT | (O_TMPFILE & ~O_DIRECTORY);
inline constexpr uint64_t kOpenWriteFlags =
    O_WRONLY | O_RDWR | O_TRUNC | kOpenCreates;

// Modes by which a new file would run as its owner.
inline constexpr uint64_t kSetId = S_ISUID | S_ISGID;

// What F_SETFL may set, or leave set. Not O_ASYNC: on a terminal the kernel
// makes its foreground group the owner, and every key would signal the shell.
inline constexpr uint64_t kHarmlessFlags =
    O_ACCMODE | O_NONBLOCK | O_APPEND | kLargeFile;

// A futex operation without the bits that choose its clock and scope.
inline constexpr uint64_t kFutexOperation =
    kLow32 & ~uint64_t{FUTEX_PRIVATE_FLAG | FUTEX_CLOCK_REALTIME};

inline constexpr char kHeld[] = "works on descriptors that are already held";
inline constexpr char kEvents[] = "waits for events of held descriptors";
inline constexpr char kConnection[] = "serves a socket that it holds";
inline constexpr char kFilesBefore[] =
    "has no files but those opened before the lock";
inline constexpr char kLooks[] = "reads names and attributes";
inline constexpr char kSelf[] =
    "tells of the process, or what all may know of others";
inline constexpr char kClock[] = "reads a clock or waits for one";
inline constexpr char kTimers[] = "has signals sent to itself";
inline constexpr char kSignals[] = "handles its own signals";
inline constexpr char kOwn[] = "signals its own process, as abort does";
inline constexpr char kEnd[] = "ends the thread or the process";
inline constexpr char kFutex[] = "waits for and wakes its own threads";
inline constexpr char kFutexOther[] =
    "uses a futex operation libc has no need of";
inline constexpr char kOpenRead[] = "opens for reading";
inline constexpr char kOpenWrite[] = "opens for writing, which needs --rw";
inline constexpr char kChange[] = "changes the file system, which needs --rw";
inline constexpr char kAttributesChange[] =
    "changes a file's mode, owner or times, or makes a device";
inline constexpr char kWritable[] = "changes files below what --rw names";
inline constexpr char kPrivileged[] = "creates a setuid or setgid file";
inline constexpr char kDescriptorFlags[] = "reads or sets a descriptor's flags";
inline constexpr char kLocks[] = "locks a file that it holds open";
inline constexpr char kDescriptorOther[] = "controls more than its descriptor";
inline constexpr char kTerminalRead[] = "reads a terminal's or pipe's state";
inline constexpr char kDeviceControl[] = "controls a device";
inline constexpr char kPool[] = "is answered from the pool";
inline constexpr char kAdvice[] = "advises the kernel about memory";
inline constexpr char kAdviceFile[] = "advises the kernel about a file";
inline constexpr char kPin[] = "pins memory";
inline constexpr char kNewer[] = "has an older form that libc falls back to";
inline constexpr char kThreadStart[] = "is made by a thread that starts";
inline constexpr char kNoChildren[] = "waits for children, and a jail has none";
inline constexpr char kSchedule[] = "changes how the process is scheduled";
inline constexpr char kLimit[] = "changes a resource limit";
inline constexpr char kLocalSocket[] =
    "asks a local service, as getpwnam asks nscd";
inline constexpr char kNetwork[] =
    "opens a channel to other processes or hosts";
inline constexpr char kWaits[] = "opens a descriptor to wait on";
inline constexpr char kCopies[] = "copies between descriptors in the kernel";
inline constexpr char kSharedMemory[] = "makes memory outside the pool";
inline constexpr char kAttributes[] = "reads extended attributes";
inline constexpr char kNames[] = "reads or sets a thread's name";
inline constexpr char kHugePages[] = "asks for no huge pages";
inline constexpr char kPersonality[] = "changes the process's personality";
inline constexpr char kIsSocket[] = "asks whether a descriptor is a socket";
inline constexpr char kNamesMemory[] = "names memory, for who looks at its map";

#define ALLOW(call, reason) \
  Rule { SYS_##call, Action::kAllow, 0, {}, 0, reason }
#define ALLOW_IF(call, arg, mask, value, reason) \
  Rule { SYS_##call, Action::kAllow, 0, {{arg, mask, value}}, 1, reason }
#define TRAP(call, reason) \
  Rule { SYS_##call, Action::kTrap, 0, {}, 0, reason }
#define ERRNO(call, error, reason) \
  Rule { SYS_##call, Action::kErrno, error, {}, 0, reason }
#define REFUSE(call, error, reason) \
  Rule { SYS_##call, Action::kRefuse, error, {}, 0, reason }
#define REFUSE_IF(call, arg, mask, value, error, reason) \
  Rule { SYS_##call, Action::kRefuse, error, {{arg, mask, value}}, 1, reason }
#define SOCKET_OPTION(level, option)                       \
  Rule {                                                   \
    SYS_setsockopt, Action::kAllow, 0,                     \
        {{1, kLow32, level}, {2, kLow32, option}}, 2,      \
        "sets a harmless option of a socket that it holds" \
  }
#define SOCKET_READ(option)                                \
  Rule {                                                   \
    SYS_getsockopt, Action::kAllow, 0,                     \
        {{1, kLow32, SOL_SOCKET}, {2, kLow32, option}}, 2, \
        "reads the state of a socket that it holds"        \
  }
#define VIOLATION(call, reason) \
  Rule { SYS_##call, Action::kViolation, 0, {}, 0, reason }

// Held descriptors, read and written.
inline constexpr std::array kStdioRows = {
    ALLOW(read, kHeld),
    ALLOW(write, kHeld),
    ALLOW(readv, kHeld),
    ALLOW(writev, kHeld),
};

// Held descriptors, in every other way that changes no file and no device.
inline constexpr std::array kDescriptorRows = {
    ALLOW(pread64, kHeld),
    ALLOW(pwrite64, kHeld),
    ALLOW(preadv, kHeld),
    ALLOW(pwritev, kHeld),
    ALLOW(lseek, kHeld),
    ALLOW(fstat, kHeld),
    ALLOW(close, kHeld),
    ALLOW(dup, kHeld),
    ALLOW(dup2, kHeld),
    ALLOW(dup3, kHeld),
    ALLOW(pipe, "makes a pipe to itself"),
    ALLOW(pipe2, "makes a pipe to itself"),
    ALLOW_IF(fcntl, 1, kLow32, F_DUPFD, kDescriptorFlags),
    ALLOW_IF(fcntl, 1, kLow32, F_GETFD, kDescriptorFlags),
    ALLOW_IF(fcntl, 1, kLow32, F_SETFD, kDescriptorFlags),
    ALLOW_IF(fcntl, 1, kLow32, F_GETFL, kDescriptorFlags),
    Rule{SYS_fcntl,
         Action::kAllow,
         0,
         {{1, kLow32, F_SETFL}, {2, kLow32 & ~kHarmlessFlags, 0}},
         2,
         "makes a descriptor wait or not"},
    ALLOW_IF(fcntl, 1, kLow32, F_DUPFD_CLOEXEC, kDescriptorFlags),
    ALLOW_IF(fcntl, 1, kLow32, F_GETLK, kLocks),
    ALLOW_IF(fcntl, 1, kLow32, F_SETLK, kLocks),
    ALLOW_IF(fcntl, 1, kLow32, F_SETLKW, kLocks),
    ALLOW_IF(fcntl, 1, kLow32, F_OFD_SETLK, kLocks),
    REFUSE(fcntl, EPERM, kDescriptorOther),
    ALLOW_IF(ioctl, 1, kLow32, TCGETS, kTerminalRead),
    ALLOW_IF(ioctl, 1, kLow32, TIOCGWINSZ, kTerminalRead),
    ALLOW_IF(ioctl, 1, kLow32, FIONREAD, kTerminalRead),
    ALLOW_IF(ioctl, 1, kLow32, FIOCLEX, kDescriptorFlags),
    ALLOW_IF(ioctl, 1, kLow32, FIONCLEX, kDescriptorFlags),
    REFUSE(ioctl, ENOTTY, kDeviceControl),
};

// Waiting for held descriptors.
inline constexpr std::array kPollRows = {
    ALLOW(poll, kHeld),
    ALLOW(ppoll, kHeld),
    ALLOW(select, kHeld),
    ALLOW(pselect6, kHeld),
};

// Names and attributes, read.
inline constexpr std::array kNameRows = {
    ALLOW(getdents, kHeld),
    ALLOW(getdents64, kHeld),
    ALLOW(fchdir, "chooses where relative names start"),
    ALLOW(stat, kLooks),
    ALLOW(lstat, kLooks),
    ALLOW(newfstatat, kLooks),
    ALLOW(statx, kLooks),
    ALLOW(statfs, kLooks),
    ALLOW(fstatfs, kLooks),
    ALLOW(access, kLooks),
    ALLOW(faccessat, kLooks),
    ALLOW(faccessat2, kLooks),
    ALLOW(readlink, kLooks),
    ALLOW(readlinkat, kLooks),
    ALLOW(getcwd, kLooks),
    ALLOW(chdir, "chooses where relative names start"),
    ALLOW(umask, "sets the mode of files it may create"),
    REFUSE(getxattr, ENOTSUP, kAttributes),
    REFUSE(lgetxattr, ENOTSUP, kAttributes),
    REFUSE(fgetxattr, ENOTSUP, kAttributes),
    REFUSE(listxattr, ENOTSUP, kAttributes),
    REFUSE(llistxattr, ENOTSUP, kAttributes),
    REFUSE(flistxattr, ENOTSUP, kAttributes),
};

// Files, opened for reading and never changed.
inline constexpr std::array kReadRows = {
    ALLOW_IF(open, 1, kOpenWriteFlags, 0, kOpenRead),
    REFUSE(open, EROFS, kOpenWrite),
    ALLOW_IF(openat, 2, kOpenWriteFlags, 0, kOpenRead),
    REFUSE(openat, EROFS, kOpenWrite),
    REFUSE(creat, EROFS, kOpenWrite),
    REFUSE(truncate, EROFS, kChange),
    REFUSE(ftruncate, EINVAL, kChange),
    REFUSE(fallocate, ENOTSUP, kChange),
    REFUSE(fsync, EINVAL, kChange),
    REFUSE(fdatasync, EINVAL, kChange),
    REFUSE(flock, EPERM, kChange),
    REFUSE(rename, EROFS, kChange),
    REFUSE(renameat, EROFS, kChange),
    REFUSE(renameat2, EROFS, kChange),
    REFUSE(mkdir, EROFS, kChange),
    REFUSE(mkdirat, EROFS, kChange),
    REFUSE(rmdir, EROFS, kChange),
    REFUSE(unlink, EROFS, kChange),
    REFUSE(unlinkat, EROFS, kChange),
    REFUSE(link, EROFS, kChange),
    REFUSE(linkat, EROFS, kChange),
    REFUSE(symlink, EROFS, kChange),
    REFUSE(symlinkat, EROFS, kChange),
};

// Files, changed too where Landlock lets them.
inline constexpr std::array kWriteRows = {
    ALLOW_IF(open, 1, kOpenCreates, 0, kWritable),
    ALLOW_IF(open, 2, kSetId, 0, kWritable),
    REFUSE(open, EPERM, kPrivileged),
    ALLOW_IF(openat, 2, kOpenCreates, 0, kWritable),
    ALLOW_IF(openat, 3, kSetId, 0, kWritable),
    REFUSE(openat, EPERM, kPrivileged),
    ALLOW_IF(creat, 1, kSetId, 0, kWritable),
    REFUSE(creat, EPERM, kPrivileged),
    ALLOW(truncate, kWritable),
    ALLOW(ftruncate, kWritable),
    ALLOW(fallocate, kWritable),
    ALLOW(fsync, kWritable),
    ALLOW(fdatasync, kWritable),
    ALLOW(flock, kWritable),
    ALLOW(rename, kWritable),
    ALLOW(renameat, kWritable),
    ALLOW(renameat2, kWritable),
    ALLOW(mkdir, kWritable),
    ALLOW(mkdirat, kWritable),
    ALLOW(rmdir, kWritable),
    ALLOW(unlink, kWritable),
    ALLOW(unlinkat, kWritable),
    ALLOW(link, kWritable),
    ALLOW(linkat, kWritable),
    ALLOW(symlink, kWritable),
    ALLOW(symlinkat, kWritable),
};

// Files, where a process has opened all of them before the lock. libc makes
// fstat(2) of newfstatat(2), so that one stays.
inline constexpr std::array kNoFileRows = {
    REFUSE(open, EACCES, kFilesBefore),
    REFUSE(openat, EACCES, kFilesBefore),
    REFUSE(creat, EACCES, kFilesBefore),
    REFUSE(stat, EACCES, kFilesBefore),
    REFUSE(lstat, EACCES, kFilesBefore),
    ALLOW_IF(newfstatat, 3, kLow32, AT_EMPTY_PATH,
             "looks at a descriptor as fstat does, or at a name's attributes"),
    REFUSE(newfstatat, EACCES, kFilesBefore),
    REFUSE(statx, EACCES, kFilesBefore),
    REFUSE(access, EACCES, kFilesBefore),
    REFUSE(faccessat, EACCES, kFilesBefore),
    REFUSE(faccessat2, EACCES, kFilesBefore),
    REFUSE(readlink, EACCES, kFilesBefore),
    REFUSE(readlinkat, EACCES, kFilesBefore),
    REFUSE(getcwd, EACCES, kFilesBefore),
};

// Memory: never the kernel's. libc makes madvise with all signals blocked
// when a thread ends, where a trap would kill.
inline constexpr std::array kMemoryRows = {
    TRAP(mmap, kPool),
    TRAP(munmap, kPool),
    TRAP(mremap, kPool),
    TRAP(mprotect, kPool),
    TRAP(brk, kPool),
    ERRNO(madvise, EINVAL, kAdvice),
    ERRNO(msync, EINVAL, kAdvice),
    ERRNO(mincore, ENOMEM, kAdvice),
    ERRNO(mlock, EPERM, kPin),
    ERRNO(mlock2, EPERM, kPin),
    ERRNO(mlockall, EPERM, kPin),
    ERRNO(munlock, EPERM, kPin),
    ERRNO(munlockall, EPERM, kPin),
    REFUSE(pkey_alloc, ENOSYS, kSharedMemory),
    REFUSE(pkey_free, ENOSYS, kSharedMemory),
    REFUSE(pkey_mprotect, ENOSYS, kSharedMemory),
    REFUSE(mbind, ENOSYS, kAdvice),
    REFUSE(get_mempolicy, ENOSYS, kAdvice),
    REFUSE(set_mempolicy, ENOSYS, kAdvice),
    REFUSE(membarrier, ENOSYS, kNewer),
    REFUSE(memfd_create, ENOSYS, kSharedMemory),
    REFUSE(memfd_secret, ENOSYS, kSharedMemory),
    REFUSE(shmget, ENOSYS, kSharedMemory),
};

// Waiting for its own threads.
inline constexpr std::array kFutexRows = {
    ALLOW_IF(futex, 1, kFutexOperation, FUTEX_WAIT, kFutex),
    ALLOW_IF(futex, 1, kFutexOperation, FUTEX_WAKE, kFutex),
    ALLOW_IF(futex, 1, kFutexOperation, FUTEX_WAIT_BITSET, kFutex),
    ALLOW_IF(futex, 1, kFutexOperation, FUTEX_WAKE_BITSET, kFutex),
    REFUSE(futex, ENOSYS, kFutexOther),
    REFUSE(futex_waitv, ENOSYS, kFutexOther),
};

// Threads that start after the lock, on stacks laid before it, and what each
// does first, as one does that was starting when the lock came.
inline constexpr std::array kThreadRows = {
    ERRNO(clone3, ENOSYS, kNewer),
    ALLOW(set_robust_list, kThreadStart),
    ALLOW(rseq, kThreadStart),
    ALLOW_IF(clone, 0, ~uint64_t{0}, kThreadFlags,
             "starts a thread of its own"),
    VIOLATION(clone, "starts a process, or a thread that shares less"),
};

// Its end, and the return from a signal handler.
inline constexpr std::array kEndRows = {
    ALLOW(exit, kEnd),
    ALLOW(exit_group, kEnd),
    ALLOW(rt_sigreturn, kSignals),
};

// What abort(3) needs to end the process by SIGABRT.
inline constexpr std::array kAbortRows = {
    ALLOW(rt_sigprocmask, kSignals),
    ALLOW(getpid, kSelf),
    ALLOW(gettid, kSelf),
    ALLOW_IF(tgkill, 0, kLow32, kOwnPid, kOwn),
    VIOLATION(tgkill, "signals another process"),
};

// Its own signals.
inline constexpr std::array kSignalRows = {
    ALLOW(rt_sigaction, kSignals),
    ALLOW(rt_sigpending, kSignals),
    ALLOW(rt_sigsuspend, kSignals),
    ALLOW(rt_sigtimedwait, kSignals),
    ALLOW(restart_syscall, kSignals),
    ALLOW(sigaltstack, kSignals),
    ALLOW(pause, kSignals),
    ALLOW(alarm, kSignals),
    ALLOW(getitimer, kSignals),
    ALLOW(setitimer, kSignals),
    ALLOW_IF(kill, 0, kLow32, kOwnPid, kOwn),
    VIOLATION(kill, "signals another process"),
};

// Timers that send it signals.
inline constexpr std::array kTimerRows = {
    ALLOW(timer_create, kTimers),     ALLOW(timer_settime, kTimers),
    ALLOW(timer_gettime, kTimers),    ALLOW(timer_delete, kTimers),
    ALLOW(timer_getoverrun, kTimers),
};

// Clocks, read.
inline constexpr std::array kClockRows = {
    ALLOW(clock_gettime, kClock),
    ALLOW(clock_getres, kClock),
    ALLOW(gettimeofday, kClock),
    ALLOW(time, kClock),
};

// Clocks, waited for.
inline constexpr std::array kSleepRows = {
    ALLOW(clock_nanosleep, kClock),
    ALLOW(nanosleep, kClock),
    ALLOW(times, kClock),
};

// What a process may know of itself.
inline constexpr std::array kSelfRows = {
    ALLOW(getrusage, kSelf),
    ALLOW(getppid, kSelf),
    ALLOW(getpgrp, kSelf),
    ALLOW(getpgid, kSelf),
    ALLOW(getsid, kSelf),
    ALLOW(getuid, kSelf),
    ALLOW(geteuid, kSelf),
    ALLOW(getgid, kSelf),
    ALLOW(getegid, kSelf),
    ALLOW(getresuid, kSelf),
    ALLOW(getresgid, kSelf),
    ALLOW(getgroups, kSelf),
    ALLOW(getrlimit, kSelf),
    ALLOW(getpriority, kSelf),
    ALLOW(getcpu, kSelf),
    ALLOW(sched_yield, kSelf),
    ALLOW(sched_getaffinity, kSelf),
    ALLOW(sched_getscheduler, kSelf),
    ALLOW(sched_getparam, kSelf),
    ALLOW(sched_get_priority_max, kSelf),
    ALLOW(sched_get_priority_min, kSelf),
    ALLOW(uname, "names the kernel and the host"),
    ALLOW(sysinfo, "tells how much memory the machine has"),
    ALLOW(getrandom, "reads random bytes"),
    Rule{SYS_prlimit64,
         Action::kAllow,
         0,
         {{0, kLow32, 0}, {2, ~uint64_t{0}, 0}},
         2,
         "reads its own limits"},
    REFUSE(prlimit64, EPERM, kLimit),
};

// What changes the process in the kernel's eyes.
inline constexpr std::array kLimitRows = {
    REFUSE(setrlimit, EPERM, kLimit),
    REFUSE(sched_setaffinity, EPERM, kSchedule),
    REFUSE(sched_setscheduler, EPERM, kSchedule),
    REFUSE(sched_setparam, EPERM, kSchedule),
    REFUSE(sched_setattr, EPERM, kSchedule),
    REFUSE(setpriority, EPERM, kSchedule),
    REFUSE(ioprio_set, EPERM, kSchedule),
    REFUSE(ioprio_get, EPERM, kSchedule),
    REFUSE(personality, EPERM, kPersonality),
    REFUSE_IF(prctl, 0, kLow32, PR_SET_NAME, EPERM, kNames),
    REFUSE_IF(prctl, 0, kLow32, PR_SET_THP_DISABLE, EPERM, kHugePages),
    REFUSE_IF(prctl, 0, kLow32, PR_GET_NAME, EPERM, kNames),
    REFUSE_IF(prctl, 0, kLow32, PR_SET_VMA, EINVAL, kNamesMemory),
    VIOLATION(prctl, "changes how the kernel protects the process"),
    REFUSE(wait4, ECHILD, kNoChildren),
    REFUSE(waitid, ECHILD, kNoChildren),
};

// What Landlock does not cover: modes, owners, times, devices.
inline constexpr std::array kAttributeRows = {
    REFUSE(mknod, EPERM, kAttributesChange),
    REFUSE(mknodat, EPERM, kAttributesChange),
    REFUSE(chmod, EPERM, kAttributesChange),
    REFUSE(fchmod, EPERM, kAttributesChange),
    REFUSE(fchmodat, EPERM, kAttributesChange),
    REFUSE(chown, EPERM, kAttributesChange),
    REFUSE(fchown, EPERM, kAttributesChange),
    REFUSE(lchown, EPERM, kAttributesChange),
    REFUSE(fchownat, EPERM, kAttributesChange),
    REFUSE(utime, EPERM, kAttributesChange),
    REFUSE(utimes, EPERM, kAttributesChange),
    REFUSE(futimesat, EPERM, kAttributesChange),
    REFUSE(utimensat, EPERM, kAttributesChange),
};

// Probes that libc and common libraries recover from.
inline constexpr std::array kProbeRows = {
    REFUSE_IF(socket, 0, kLow32, AF_UNIX, EACCES, kLocalSocket),
    VIOLATION(socket, kNetwork),
    ERRNO(fadvise64, EPERM, kAdviceFile),
    REFUSE(readahead, EPERM, kAdviceFile),
    REFUSE(copy_file_range, ENOSYS, kCopies),
    REFUSE(splice, EINVAL, kCopies),
    REFUSE(tee, EINVAL, kCopies),
    REFUSE(sendfile, EINVAL, kCopies),
    REFUSE(signalfd, ENOSYS, kWaits),
    REFUSE(signalfd4, ENOSYS, kWaits),
    REFUSE(inotify_init, ENOSYS, kWaits),
    REFUSE(inotify_init1, ENOSYS, kWaits),
    REFUSE(close_range, ENOSYS, kNewer),
    REFUSE(openat2, ENOSYS, kNewer),
    REFUSE(preadv2, ENOSYS, kNewer),
    REFUSE(pwritev2, ENOSYS, kNewer),
};

// The same, where there are no events to wait for.
inline constexpr std::array kNoEventRows = {
    REFUSE(epoll_create, ENOSYS, kWaits),
    REFUSE(epoll_create1, ENOSYS, kWaits),
    REFUSE(eventfd, ENOSYS, kWaits),
    REFUSE(eventfd2, ENOSYS, kWaits),
    REFUSE(timerfd_create, ENOSYS, kWaits),
};

// What GLib asks of standard error before it writes there, and Tcl of each of
// the standard descriptors.
inline constexpr std::array kNoSocketRows = {
    REFUSE(getpeername, ENOTSOCK, kIsSocket),
    REFUSE(getsockname, ENOTSOCK, kIsSocket),
};

// Events of descriptors and of time.
inline constexpr std::array kEventRows = {
    ALLOW(epoll_create, kEvents),    ALLOW(epoll_create1, kEvents),
    ALLOW(epoll_ctl, kEvents),       ALLOW(epoll_wait, kEvents),
    ALLOW(epoll_pwait, kEvents),     ALLOW(epoll_pwait2, kEvents),
    ALLOW(eventfd, kEvents),         ALLOW(eventfd2, kEvents),
    ALLOW(timerfd_create, kEvents),  ALLOW(timerfd_settime, kEvents),
    ALLOW(timerfd_gettime, kEvents),
};

// Sockets that are held, and those that they accept. No address is chosen:
// sendto(2) only without one, and sendmsg(2), which can carry one and
// descriptors too, has no row.
inline constexpr std::array kSocketRows = {
    ALLOW(accept, kConnection),
    ALLOW(accept4, kConnection),
    ALLOW(recvfrom, kConnection),
    ALLOW_IF(sendto, 4, ~uint64_t{0}, 0, kConnection),
    REFUSE(sendto, EACCES, "sends to an address of its choice"),
    ALLOW(shutdown, kConnection),
    ALLOW(getsockname, kConnection),
    ALLOW(getpeername, kConnection),
    SOCKET_READ(SO_ERROR),
    SOCKET_READ(SO_TYPE),
    SOCKET_READ(SO_DOMAIN),
    SOCKET_READ(SO_PROTOCOL),
    SOCKET_READ(SO_ACCEPTCONN),
    SOCKET_READ(SO_RCVBUF),
    SOCKET_READ(SO_SNDBUF),
    REFUSE(getsockopt, EPERM, "reads what a server seldom needs"),
    SOCKET_OPTION(SOL_SOCKET, SO_RCVTIMEO),
    SOCKET_OPTION(SOL_SOCKET, SO_SNDTIMEO),
    SOCKET_OPTION(SOL_SOCKET, SO_KEEPALIVE),
    SOCKET_OPTION(SOL_SOCKET, SO_LINGER),
    SOCKET_OPTION(IPPROTO_TCP, TCP_NODELAY),
    SOCKET_OPTION(IPPROTO_TCP, TCP_CORK),
    REFUSE(setsockopt, EPERM, "sets an option that a server seldom needs"),
};

// Sockets made after the lock, to any host.
inline constexpr std::array kNetworkRows = {
    ALLOW_IF(socket, 0, kLow32, AF_INET, kNetwork),
    ALLOW_IF(socket, 0, kLow32, AF_INET6, kNetwork),
    VIOLATION(socket, kNetwork),
    ALLOW(connect, kNetwork),
    ALLOW(bind, kNetwork),
    ALLOW(listen, kNetwork),
};

#undef ALLOW
#undef ALLOW_IF
#undef TRAP
#undef ERRNO
#undef REFUSE
#undef REFUSE_IF
#undef SOCKET_OPTION
#undef SOCKET_READ
#undef VIOLATION

}  // namespace cellblock::rules

#endif  // CELLBLOCK_JAIL_RULES_H_
