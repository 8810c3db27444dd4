// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "jail/presets.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <linux/prctl.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include <array>
#include <cstddef>

namespace cellblock {
namespace {

constexpr uint64_t kLargeFile = 0100000;  // O_LARGEFILE, which libc has as 0

// open(2) flags that make it read its mode, and those that create, change or
// may later change a file. O_TMPFILE contains O_DIRECTORY, so only its own bit
// is here.
constexpr uint64_t kOpenCreates = O_CREAT | (O_TMPFILE & ~O_DIRECTORY);
constexpr uint64_t kOpenWriteFlags = O_WRONLY | O_RDWR | O_TRUNC | kOpenCreates;

// Modes by which a new file would run as its owner.
constexpr uint64_t kSetId = S_ISUID | S_ISGID;

// What F_SETFL may set, or leave set. Not O_ASYNC: on a terminal the kernel
// makes its foreground group the owner, and every key would signal the shell.
constexpr uint64_t kHarmlessFlags =
    O_ACCMODE | O_NONBLOCK | O_APPEND | kLargeFile;

// A futex operation without the bits that choose its clock and scope.
constexpr uint64_t kFutexOperation =
    kLow32 & ~uint64_t{FUTEX_PRIVATE_FLAG | FUTEX_CLOCK_REALTIME};

constexpr const char kHeld[] = "works on descriptors that are already held";
constexpr const char kLooks[] = "reads names and attributes";
constexpr const char kSelf[] = "tells the process about itself";
constexpr const char kClock[] = "reads a clock or waits for one";
constexpr const char kSignals[] = "handles its own signals";
constexpr const char kOwn[] = "signals its own process, as abort does";
constexpr const char kEnd[] = "ends the thread or the process";
constexpr const char kFutex[] = "waits for and wakes its own threads";
constexpr const char kFutexOther[] =
    "uses a futex operation libc has no need of";
constexpr const char kOpenRead[] = "opens for reading";
constexpr const char kOpenWrite[] = "opens for writing, which needs --rw";
constexpr const char kChange[] = "changes the file system, which needs --rw";
constexpr const char kAttributesChange[] =
    "changes a file's mode, owner or times, or makes a device";
constexpr const char kWritable[] = "changes files below what --rw names";
constexpr const char kPrivileged[] = "creates a setuid or setgid file";
constexpr const char kDescriptorFlags[] = "reads or sets a descriptor's flags";
constexpr const char kLocks[] = "locks a file that it holds open";
constexpr const char kDescriptorOther[] = "controls more than its descriptor";
constexpr const char kTerminalRead[] = "reads a terminal's or pipe's state";
constexpr const char kDeviceControl[] = "controls a device";
constexpr const char kPool[] = "is answered from the pool";
constexpr const char kAdvice[] = "advises the kernel about memory";
constexpr const char kAdviceFile[] = "advises the kernel about a file";
constexpr const char kPin[] = "pins memory";
constexpr const char kNewer[] = "has an older form that libc falls back to";
constexpr const char kThreadStart[] =
    "is made by a thread that was starting when the lock came";
constexpr const char kNoChildren[] = "waits for children, and a jail has none";
constexpr const char kSchedule[] = "changes how the process is scheduled";
constexpr const char kLimit[] = "changes a resource limit";
constexpr const char kLocalSocket[] =
    "asks a local service, as getpwnam asks nscd";
constexpr const char kNetwork[] = "opens a channel to other processes or hosts";
constexpr const char kWaits[] = "opens a descriptor to wait on";
constexpr const char kCopies[] = "copies between descriptors in the kernel";
constexpr const char kSharedMemory[] = "makes memory outside the pool";
constexpr const char kAttributes[] = "reads extended attributes";
constexpr const char kNames[] = "reads or sets a thread's name";
constexpr const char kPersonality[] = "changes the process's personality";

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
#define VIOLATION(call, reason) \
  Rule { SYS_##call, Action::kViolation, 0, {}, 0, reason }

// What every decoder may do, files aside.
constexpr std::array kCommon = {
    // Held descriptors.
    ALLOW(read, kHeld),
    ALLOW(write, kHeld),
    ALLOW(readv, kHeld),
    ALLOW(writev, kHeld),
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
    ALLOW(poll, kHeld),
    ALLOW(ppoll, kHeld),
    ALLOW(select, kHeld),
    ALLOW(pselect6, kHeld),
    ALLOW(getdents, kHeld),
    ALLOW(getdents64, kHeld),
    ALLOW(fchdir, "chooses where relative names start"),
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

    // Names and attributes, read.
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

    // Memory: never the kernel's. libc makes madvise with all signals blocked
    // when a thread ends, where a trap would kill.
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

    // Threads of its own.
    ALLOW_IF(futex, 1, kFutexOperation, FUTEX_WAIT, kFutex),
    ALLOW_IF(futex, 1, kFutexOperation, FUTEX_WAKE, kFutex),
    ALLOW_IF(futex, 1, kFutexOperation, FUTEX_WAIT_BITSET, kFutex),
    ALLOW_IF(futex, 1, kFutexOperation, FUTEX_WAKE_BITSET, kFutex),
    REFUSE(futex, ENOSYS, kFutexOther),
    REFUSE(futex_waitv, ENOSYS, kFutexOther),
    ERRNO(clone3, ENOSYS, kNewer),
    ALLOW(set_robust_list, kThreadStart),
    ALLOW(rseq, kThreadStart),
    ALLOW(exit, kEnd),
    ALLOW(exit_group, kEnd),

    // Signals.
    ALLOW(rt_sigaction, kSignals),
    ALLOW(rt_sigprocmask, kSignals),
    ALLOW(rt_sigreturn, kSignals),
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
    ALLOW_IF(tgkill, 0, kLow32, kOwnPid, kOwn),
    VIOLATION(tgkill, "signals another process"),

    // Clocks, and what a process may know of itself.
    ALLOW(clock_gettime, kClock),
    ALLOW(clock_getres, kClock),
    ALLOW(clock_nanosleep, kClock),
    ALLOW(nanosleep, kClock),
    ALLOW(gettimeofday, kClock),
    ALLOW(time, kClock),
    ALLOW(times, kClock),
    ALLOW(getrusage, kSelf),
    ALLOW(getpid, kSelf),
    ALLOW(getppid, kSelf),
    ALLOW(gettid, kSelf),
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
    REFUSE_IF(prctl, 0, kLow32, PR_GET_NAME, EPERM, kNames),
    VIOLATION(prctl, "changes how the kernel protects the process"),
    REFUSE(wait4, ECHILD, kNoChildren),
    REFUSE(waitid, ECHILD, kNoChildren),

    // What Landlock does not cover: modes, owners, times, devices.
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

    // Probes that libc and common libraries recover from.
    REFUSE_IF(socket, 0, kLow32, AF_UNIX, EACCES, kLocalSocket),
    VIOLATION(socket, kNetwork),
    ERRNO(fadvise64, EPERM, kAdviceFile),
    REFUSE(readahead, EPERM, kAdviceFile),
    REFUSE(copy_file_range, ENOSYS, kCopies),
    REFUSE(splice, EINVAL, kCopies),
    REFUSE(tee, EINVAL, kCopies),
    REFUSE(sendfile, EINVAL, kCopies),
    REFUSE(epoll_create, ENOSYS, kWaits),
    REFUSE(epoll_create1, ENOSYS, kWaits),
    REFUSE(eventfd, ENOSYS, kWaits),
    REFUSE(eventfd2, ENOSYS, kWaits),
    REFUSE(timerfd_create, ENOSYS, kWaits),
    REFUSE(signalfd, ENOSYS, kWaits),
    REFUSE(signalfd4, ENOSYS, kWaits),
    REFUSE(inotify_init, ENOSYS, kWaits),
    REFUSE(inotify_init1, ENOSYS, kWaits),
    REFUSE(close_range, ENOSYS, kNewer),
    REFUSE(openat2, ENOSYS, kNewer),
    REFUSE(preadv2, ENOSYS, kNewer),
    REFUSE(pwritev2, ENOSYS, kNewer),
};

// Files: opened for reading, never changed.
constexpr std::array kReadOnly = {
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

// Files: changed too, where Landlock lets them.
constexpr std::array kReadWrite = {
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

#undef ALLOW
#undef ALLOW_IF
#undef TRAP
#undef ERRNO
#undef REFUSE
#undef REFUSE_IF
#undef VIOLATION

template <size_t A, size_t B>
constexpr std::array<Rule, A + B> Join(const std::array<Rule, A>& a,
                                       const std::array<Rule, B>& b) {
  std::array<Rule, A + B> joined = {};
  for (size_t i = 0; i < A; ++i) joined[i] = a[i];
  for (size_t i = 0; i < B; ++i) joined[A + i] = b[i];
  return joined;
}

constexpr auto kDecoder = Join(kCommon, kReadOnly);
constexpr auto kDecoderWithWrite = Join(kCommon, kReadWrite);

constexpr Policy kPresets[] = {
    Policy("decoder", kDecoder),
    Policy("decoder+rw", kDecoderWithWrite),
};

}  // namespace

Policy DecoderPreset() { return kPresets[0]; }

Policy DecoderWithWritePreset() { return kPresets[1]; }

std::span<const Policy> AllPresets() { return kPresets; }

const Policy* FindPreset(std::string_view name) {
  for (const Policy& preset : kPresets) {
    if (name == preset.name()) return &preset;
  }
  return nullptr;
}

}  // namespace cellblock
