// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

// What a reviewer wants to know of each preset, as literal lists: a change of
// a preset is a change of this file.

#include "jail/presets.h"

#include <errno.h>
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/syscall.h>

#include <set>
#include <string>

#include "jail/syscall_table.h"
#include "tests/jail/probes.h"

namespace cellblock {
namespace {

using Names = std::set<std::string>;

Decision Decide(const Policy& policy, uint32_t number, const Args& args) {
  SyscallRequest request = {number, {}};
  std::copy(args.begin(), args.end(), request.args);
  return policy.Decide(request, kPid);
}

// The calls that `policy` lets through for some arguments.
Names Allowed(const Policy& policy) {
  Names names;
  for (const SyscallInfo& info : AllSyscalls()) {
    for (const Args& args : ProbeArgs(policy, info.number, kPid)) {
      if (Decide(policy, info.number, args).action == Action::kAllow) {
        names.insert(info.name);
      }
    }
  }
  return names;
}

Names WithRow(const Policy& policy, Action action) {
  Names names;
  for (const Rule& rule : policy.rules()) {
    if (rule.action == action) names.insert(FindSyscall(rule.syscall)->name);
  }
  return names;
}

// Calls of which some rows have conditions.
Names Conditional(const Policy& policy) {
  Names names;
  for (const Rule& rule : policy.rules()) {
    if (rule.condition_count > 0) {
      names.insert(FindSyscall(rule.syscall)->name);
    }
  }
  return names;
}

Names Minus(Names from, const Names& taken) {
  for (const std::string& name : taken) from.erase(name);
  return from;
}

TEST(PresetsTest, EachIsFoundByItsOwnName) {
  Names names;
  for (const Policy& preset : AllPresets()) {
    EXPECT_TRUE(names.insert(preset.name()).second) << preset.name();
    ASSERT_NE(FindPreset(preset.name()), nullptr);
    EXPECT_EQ(FindPreset(preset.name())->rules().data(), preset.rules().data());
  }
  EXPECT_EQ(names, (Names{"strict", "worker", "decoder", "decoder+rw",
                          "service", "template"}));
  EXPECT_STREQ(StrictPreset().name(), "strict");
  EXPECT_STREQ(WorkerPreset().name(), "worker");
  EXPECT_STREQ(DecoderPreset().name(), "decoder");
  EXPECT_STREQ(DecoderWithWritePreset().name(), "decoder+rw");
  EXPECT_STREQ(ServicePreset().name(), "service");
  EXPECT_STREQ(TemplatePreset().name(), "template");
  for (const char* none : {"", "decode", "decoder ", "Decoder", "decoder+"}) {
    EXPECT_EQ(FindPreset(none), nullptr) << none;
  }
}

TEST(PresetsTest, EveryRowHasAReason) {
  for (const Policy& preset : AllPresets()) {
    for (const Rule& rule : preset.rules()) {
      ASSERT_NE(rule.reason, nullptr);
      EXPECT_GE(std::string(rule.reason).size(), 10u) << rule.reason;
    }
  }
}

TEST(PresetsTest, DecoderAllowsExactlyThese) {
  EXPECT_EQ(
      Allowed(DecoderPreset()),
      (Names{
          // held descriptors
          "read", "write", "readv", "writev", "pread64", "pwrite64", "preadv",
          "pwritev", "lseek", "fstat", "close", "dup", "dup2", "dup3", "pipe",
          "pipe2", "poll", "ppoll", "select", "pselect6", "getdents",
          "getdents64", "fchdir", "fcntl", "ioctl",
          // names and attributes
          "open", "openat", "stat", "lstat", "newfstatat", "statx", "statfs",
          "fstatfs", "access", "faccessat", "faccessat2", "readlink",
          "readlinkat", "getcwd", "chdir", "umask",
          // threads and ends
          "futex", "exit", "exit_group", "clone", "set_robust_list", "rseq",
          // signals
          "rt_sigaction", "rt_sigprocmask", "rt_sigreturn", "rt_sigpending",
          "rt_sigsuspend", "rt_sigtimedwait", "restart_syscall", "sigaltstack",
          "pause", "alarm", "getitimer", "setitimer", "kill", "tgkill",
          // clocks
          "clock_gettime", "clock_getres", "clock_nanosleep", "nanosleep",
          "gettimeofday", "time", "times",
          // itself
          "getrusage", "getpid", "getppid", "gettid", "getpgrp", "getpgid",
          "getsid", "getuid", "geteuid", "getgid", "getegid", "getresuid",
          "getresgid", "getgroups", "getrlimit", "getpriority", "getcpu",
          "sched_yield", "sched_getaffinity", "sched_getscheduler",
          "sched_getparam", "sched_get_priority_max", "sched_get_priority_min",
          "uname", "sysinfo", "getrandom", "prlimit64"}));
}

TEST(PresetsTest, WritingAddsExactlyThese) {
  EXPECT_EQ(Minus(Allowed(DecoderWithWritePreset()), Allowed(DecoderPreset())),
            (Names{"creat", "truncate", "ftruncate", "fallocate", "fsync",
                   "fdatasync", "flock", "rename", "renameat", "renameat2",
                   "mkdir", "mkdirat", "rmdir", "unlink", "unlinkat", "link",
                   "linkat", "symlink", "symlinkat"}));
  EXPECT_EQ(Minus(Allowed(DecoderPreset()), Allowed(DecoderWithWritePreset())),
            Names{});
}

TEST(PresetsTest, StrictAllowsExactlyThese) {
  EXPECT_EQ(Allowed(StrictPreset()),
            (Names{"read", "readv", "write", "writev", "exit", "exit_group",
                   "rt_sigreturn"}));
  EXPECT_EQ(Conditional(StrictPreset()),
            (Names{"read", "readv", "write", "writev"}));
}

TEST(PresetsTest, WorkerAllowsExactlyThese) {
  EXPECT_EQ(
      Allowed(WorkerPreset()),
      (Names{"write", "restart_syscall", "futex", "clock_gettime",
             "clock_getres", "gettimeofday", "time", "exit", "exit_group",
             "rt_sigreturn", "rt_sigprocmask", "getpid", "gettid", "tgkill"}));
  EXPECT_EQ(Conditional(WorkerPreset()), (Names{"write", "futex", "tgkill"}));
}

TEST(PresetsTest, TemplateAllowsExactlyTheseBeyondAWorker) {
  EXPECT_EQ(Minus(Allowed(TemplatePreset()), Allowed(WorkerPreset())),
            (Names{"clone", "prctl", "madvise", "seccomp", "getppid"}));
  EXPECT_EQ(Minus(Allowed(WorkerPreset()), Allowed(TemplatePreset())), Names{});
}

TEST(PresetsTest, ServiceAllowsExactlyTheseBeyondADecoder) {
  EXPECT_EQ(Minus(Allowed(ServicePreset()), Allowed(DecoderPreset())),
            (Names{"accept",          "accept4",        "recvfrom",
                   "sendto",          "shutdown",       "getsockname",
                   "getpeername",     "getsockopt",     "setsockopt",
                   "epoll_create",    "epoll_create1",  "epoll_ctl",
                   "epoll_wait",      "epoll_pwait",    "epoll_pwait2",
                   "eventfd",         "eventfd2",       "timerfd_create",
                   "timerfd_settime", "timerfd_gettime"}));
  // It has no files but those that it holds.
  EXPECT_EQ(Minus(Allowed(DecoderPreset()), Allowed(ServicePreset())),
            (Names{"getdents", "getdents64", "fchdir", "open", "openat", "stat",
                   "lstat", "statx", "statfs", "fstatfs", "access", "faccessat",
                   "faccessat2", "readlink", "readlinkat", "getcwd", "chdir",
                   "umask"}));
}

TEST(PresetsTest, ExactlyTheseAreAnsweredFromThePool) {
  for (const Policy& preset :
       {StrictPreset(), WorkerPreset(), TemplatePreset()}) {
    EXPECT_EQ(WithRow(preset, Action::kTrap), Names{}) << preset.name();
  }
  for (const Policy& preset :
       {DecoderPreset(), DecoderWithWritePreset(), ServicePreset()}) {
    EXPECT_EQ(WithRow(preset, Action::kTrap),
              (Names{"brk", "mmap", "mprotect", "mremap", "munmap"}));
  }
}

TEST(PresetsTest, ExactlyTheseAreAnsweredByTheFilter) {
  for (const Policy& preset :
       {StrictPreset(), WorkerPreset(), TemplatePreset()}) {
    EXPECT_EQ(WithRow(preset, Action::kErrno), Names{}) << preset.name();
  }
  for (const Policy& preset :
       {DecoderPreset(), DecoderWithWritePreset(), ServicePreset()}) {
    EXPECT_EQ(WithRow(preset, Action::kErrno),
              (Names{"clone3", "fadvise64", "madvise", "mincore", "mlock",
                     "mlock2", "mlockall", "msync", "munlock", "munlockall"}));
  }
}

TEST(PresetsTest, ExactlyTheseDependOnTheirArguments) {
  const Names common = {"clone", "fcntl",     "futex",  "ioctl", "kill",
                        "prctl", "prlimit64", "socket", "tgkill"};
  EXPECT_EQ(Minus(Conditional(DecoderPreset()), common),
            (Names{"open", "openat"}));
  EXPECT_EQ(Minus(Conditional(DecoderWithWritePreset()), common),
            (Names{"open", "openat", "creat"}));
  EXPECT_EQ(Minus(Conditional(ServicePreset()), common),
            (Names{"newfstatat", "sendto", "setsockopt", "getsockopt"}));
  EXPECT_EQ(Conditional(TemplatePreset()),
            (Names{"write", "futex", "clone", "prctl", "madvise", "seccomp"}));
}

// A root user's jail could leave a program behind that runs as root.
TEST(PresetsTest, WritingCreatesNoSetuidFile) {
  const Policy policy = DecoderWithWritePreset();
  constexpr uint64_t kCreate = O_WRONLY | O_CREAT;
  for (const uint64_t mode : {0u, 0644u, 0755u, 01777u, 02755u, 04755u}) {
    const Action action =
        (mode & 06000) == 0 ? Action::kAllow : Action::kRefuse;
    EXPECT_EQ(Decide(policy, SYS_open, {0, kCreate, mode}).action, action);
    EXPECT_EQ(Decide(policy, SYS_openat, {0, 0, kCreate, mode}).action, action);
    EXPECT_EQ(Decide(policy, SYS_creat, {0, mode}).action, action);
    EXPECT_EQ(
        Decide(policy, SYS_openat, {0, 0, O_TMPFILE | O_RDWR, mode}).action,
        action);
    // Without them the mode is not read, and may be anything.
    EXPECT_EQ(Decide(policy, SYS_openat, {0, 0, O_WRONLY, mode}).action,
              Action::kAllow);
  }
}

// Each with what all its presets have of it: the forms of IsPinned, and for a
// service the sockets that it holds.
TEST(PresetsTest, NoCallOfADangerousGroupIsAllowed) {
  const std::set<SyscallGroup> dangerous = {
      SyscallGroup::kMemory,      SyscallGroup::kExecute,
      SyscallGroup::kNetwork,     SyscallGroup::kTracing,
      SyscallGroup::kKernelAdmin, SyscallGroup::kNamespaces,
      SyscallGroup::kAsyncIo,     SyscallGroup::kKeys,
      SyscallGroup::kConfinement, SyscallGroup::kCredentials,
      SyscallGroup::kObsolete};
  const std::set<std::pair<std::string, std::string>> excepted = {
      {"service", "accept"},      {"service", "accept4"},
      {"service", "recvfrom"},    {"service", "sendto"},
      {"service", "shutdown"},    {"service", "getsockname"},
      {"service", "getpeername"}, {"service", "getsockopt"},
      {"service", "setsockopt"},  {"template", "madvise"},
      {"template", "seccomp"}};
  size_t tried = 0;
  for (const Policy& preset : AllPresets()) {
    for (const SyscallInfo& info : AllSyscalls()) {
      if (!dangerous.contains(info.group)) continue;
      ++tried;
      bool allowed = false;
      for (const Args& args : ProbeArgs(preset, info.number, kPid)) {
        allowed = allowed ||
                  Decide(preset, info.number, args).action == Action::kAllow;
      }
      EXPECT_EQ(allowed, excepted.contains({preset.name(), info.name}))
          << preset.name() << ": " << info.name << " of "
          << GroupName(info.group);
    }
  }
  EXPECT_GT(tried, 250u);
}

TEST(PresetsTest, NothingThatIsNeverAllowedIsAllowedButInItsOneForm) {
  Names pinned;
  for (const Policy& preset : AllPresets()) {
    for (const Rule& rule : preset.rules()) {
      if (rule.action != Action::kAllow || !NeverAllowed(rule.syscall)) {
        continue;
      }
      const std::string name = FindSyscall(rule.syscall)->name;
      EXPECT_TRUE(IsPinned(rule, preset.traits().process)) << name;
      pinned.insert(std::string(preset.name()) + ": " + name);
    }
  }
  EXPECT_EQ(pinned,
            (Names{"decoder: clone", "decoder: ioctl", "decoder+rw: clone",
                   "decoder+rw: ioctl", "service: ioctl", "service: clone",
                   "template: clone", "template: prctl", "template: madvise",
                   "template: seccomp"}));
}

// A form changed in any way is not the form.
TEST(PresetsTest, ACallIsPinnedInOneFormOnly) {
  size_t tried = 0;
  for (const Policy& preset : {ServicePreset(), TemplatePreset()}) {
    const ProcessKind kind = preset.traits().process;
    // What a jail may, its template may too.
    const bool jails = kind == ProcessKind::kJail;
    for (const Rule& rule : preset.rules()) {
      // Of ioctl any command is a form; PolicyBuilderTest has those that are
      // none.
      if (!IsPinned(rule, kind) || rule.syscall == SYS_ioctl) continue;
      EXPECT_EQ(IsPinned(rule, ProcessKind::kJail), jails) << rule.syscall;
      EXPECT_EQ(IsPinned(rule, ProcessKind::kForked), jails) << rule.syscall;
      EXPECT_TRUE(IsPinned(rule, ProcessKind::kTemplate)) << rule.syscall;
      for (size_t c = 0; c < rule.condition_count; ++c) {
        for (int bit = 0; bit < 64; ++bit) {
          for (uint64_t ArgCondition::*half :
               {&ArgCondition::mask, &ArgCondition::value}) {
            Rule changed = rule;
            changed.conditions[c].*half ^= uint64_t{1} << bit;
            EXPECT_FALSE(IsPinned(changed, kind)) << rule.syscall;
            ++tried;
          }
        }
        Rule fewer = rule;
        --fewer.condition_count;
        EXPECT_FALSE(IsPinned(fewer, kind)) << rule.syscall;
      }
    }
  }
  EXPECT_EQ(tried, 7u * 128);
}

// open(2) and openat(2) differ in where their flags stand.
void ExpectOpen(const Policy& policy, uint64_t flags, Action action,
                int error) {
  const Decision open = Decide(policy, SYS_open, {0, flags});
  const Decision openat = Decide(policy, SYS_openat, {0, 0, flags});
  EXPECT_EQ(open.action, action) << std::hex << flags;
  EXPECT_EQ(open.error, error) << std::hex << flags;
  EXPECT_EQ(openat.action, action) << std::hex << flags;
  EXPECT_EQ(openat.error, error) << std::hex << flags;
}

constexpr uint64_t kTmpFileBit = O_TMPFILE & ~O_DIRECTORY;
constexpr uint64_t kWriteFlags[] = {O_WRONLY, O_RDWR,    O_CREAT,
                                    O_TRUNC,  O_TMPFILE, kTmpFileBit};
constexpr uint64_t kReadFlags[] = {O_RDONLY,
                                   O_CLOEXEC,
                                   O_DIRECTORY,
                                   O_NOFOLLOW,
                                   O_NONBLOCK,
                                   O_NOCTTY,
                                   0x8000 /* O_LARGEFILE */,
                                   O_NOATIME,
                                   O_PATH,
                                   O_APPEND,
                                   O_EXCL,
                                   O_SYNC,
                                   O_DIRECT,
                                   O_ASYNC};

TEST(PresetsTest, DecoderNeverOpensForWriting) {
  for (uint64_t a : kWriteFlags) {
    ExpectOpen(DecoderPreset(), a, Action::kRefuse, EROFS);
    ExpectOpen(DecoderPreset(), a | ~kLow32, Action::kRefuse, EROFS);
    for (uint64_t b : kWriteFlags) {
      ExpectOpen(DecoderPreset(), a | b, Action::kRefuse, EROFS);
    }
    for (uint64_t b : kReadFlags) {
      ExpectOpen(DecoderPreset(), a | b, Action::kRefuse, EROFS);
    }
  }
  // The access mode that is neither, and may only be used for ioctl(2).
  ExpectOpen(DecoderPreset(), O_ACCMODE, Action::kRefuse, EROFS);
}

TEST(PresetsTest, DecoderOpensForReadingWithEveryOtherFlag) {
  for (uint64_t a : kReadFlags) {
    for (uint64_t b : kReadFlags) {
      ExpectOpen(DecoderPreset(), a | b, Action::kAllow, 0);
      ExpectOpen(DecoderPreset(), a | b | ~kLow32, Action::kAllow, 0);
    }
  }
}

TEST(PresetsTest, WhatLandlockDoesNotCoverIsRefusedWithWritingToo) {
  for (uint32_t number :
       {SYS_chmod, SYS_fchmod, SYS_fchmodat, SYS_chown, SYS_fchown, SYS_lchown,
        SYS_fchownat, SYS_utime, SYS_utimes, SYS_futimesat, SYS_utimensat,
        SYS_mknod, SYS_mknodat, SYS_setxattr, SYS_lsetxattr, SYS_fsetxattr,
        SYS_removexattr, SYS_lremovexattr, SYS_fremovexattr}) {
    for (const Policy& preset : AllPresets()) {
      EXPECT_NE(Decide(preset, number, {}).action, Action::kAllow)
          << FindSyscall(number)->name;
    }
  }
}

}  // namespace
}  // namespace cellblock
