// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "jail/policy.h"

#include <errno.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <linux/futex.h>
#include <linux/seccomp.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include <cstring>
#include <set>
#include <string>

#include "jail/presets.h"
#include "jail/syscall_table.h"
#include "tests/jail/probes.h"

namespace cellblock {
namespace {

constexpr uint64_t kHigh = 0xdead'beef'0000'0000;  // above an int's bits
constexpr uint64_t kAt = static_cast<uint64_t>(AT_FDCWD);

// A call that some later kernel may have.
constexpr uint32_t kNewNumber = 600;

struct Case {
  uint32_t number;
  Args args;
  Action action;
  int error = 0;
};

void ExpectDecisions(const Policy& policy, std::span<const Case> cases) {
  for (const Case& c : cases) {
    SyscallRequest request = {c.number, {}};
    std::copy(c.args.begin(), c.args.end(), request.args);
    const Decision decision = policy.Decide(request, kPid);
    char text[kSyscallTextBytes];
    FormatSyscall(c.number, request.args, text, sizeof(text));
    EXPECT_EQ(decision.action, c.action) << policy.name() << ": " << text;
    EXPECT_EQ(decision.error, c.error) << policy.name() << ": " << text;
    EXPECT_NE(decision.reason, nullptr) << policy.name() << ": " << text;
  }
}

// What neither changes, with the neighbours of each accepted value.
constexpr Case kEveryDecoder[] = {
    {SYS_read, {0}, Action::kAllow},
    {SYS_read, {~uint64_t{0}, 1, ~uint64_t{0}}, Action::kAllow},
    {SYS_exit_group, {}, Action::kAllow},
    {SYS_rt_sigreturn, {}, Action::kAllow},

    {SYS_mmap, {}, Action::kTrap},
    {SYS_munmap, {}, Action::kTrap},
    {SYS_mremap, {}, Action::kTrap},
    {SYS_mprotect, {}, Action::kTrap},
    {SYS_brk, {}, Action::kTrap},
    {SYS_madvise, {}, Action::kErrno, EINVAL},
    {SYS_mlockall, {}, Action::kErrno, EPERM},
    {SYS_mincore, {}, Action::kErrno, ENOMEM},
    {SYS_memfd_create, {}, Action::kRefuse, ENOSYS},
    {SYS_userfaultfd, {}, Action::kViolation},
    {SYS_remap_file_pages, {}, Action::kViolation},
    {SYS_process_madvise, {}, Action::kViolation},

    {SYS_fcntl, {0, F_DUPFD}, Action::kAllow},
    {SYS_fcntl, {0, F_SETFL, O_APPEND}, Action::kAllow},
    {SYS_fcntl, {0, F_SETFL, O_RDWR | O_NONBLOCK | 0100000}, Action::kAllow},
    {SYS_fcntl, {0, F_SETFL, O_ASYNC}, Action::kRefuse, EPERM},
    {SYS_fcntl, {0, F_SETFL, O_ASYNC | O_NONBLOCK}, Action::kRefuse, EPERM},
    {SYS_fcntl, {0, F_SETFL, O_DIRECT}, Action::kRefuse, EPERM},
    {SYS_fcntl, {0, F_SETFL, O_NOATIME}, Action::kRefuse, EPERM},
    {SYS_set_robust_list, {}, Action::kAllow},
    {SYS_rseq, {}, Action::kAllow},
    {SYS_fcntl, {0, F_GETLK}, Action::kAllow},
    {SYS_fcntl, {0, F_SETLKW}, Action::kAllow},
    {SYS_fcntl, {0, F_SETOWN}, Action::kRefuse, EPERM},
    {SYS_fcntl, {0, F_DUPFD_CLOEXEC}, Action::kAllow},
    {SYS_fcntl, {0, F_DUPFD_CLOEXEC - 1}, Action::kRefuse, EPERM},
    {SYS_fcntl, {0, F_DUPFD_CLOEXEC + 1}, Action::kRefuse, EPERM},
    {SYS_fcntl, {0, F_ADD_SEALS}, Action::kRefuse, EPERM},
    {SYS_fcntl, {0, F_SETPIPE_SZ}, Action::kRefuse, EPERM},
    {SYS_fcntl, {0, F_NOTIFY}, Action::kRefuse, EPERM},
    // The kernel reads the command as 32 bits, so what is above tells nothing.
    {SYS_fcntl, {0, kHigh | F_DUPFD}, Action::kAllow},
    {SYS_fcntl, {0, kHigh | F_SETOWN}, Action::kRefuse, EPERM},

    {SYS_ioctl, {0, TCGETS}, Action::kAllow},
    {SYS_ioctl, {0, TIOCGWINSZ}, Action::kAllow},
    {SYS_ioctl, {0, FIONREAD}, Action::kAllow},
    {SYS_ioctl, {0, TCSETS}, Action::kRefuse, ENOTTY},
    {SYS_ioctl, {0, TIOCSTI}, Action::kRefuse, ENOTTY},
    {SYS_ioctl, {0, TIOCLINUX}, Action::kRefuse, ENOTTY},
    {SYS_ioctl, {0, FIONBIO}, Action::kRefuse, ENOTTY},
    {SYS_ioctl, {0, FIOASYNC}, Action::kRefuse, ENOTTY},
    {SYS_ioctl, {0, kHigh | TIOCSTI}, Action::kRefuse, ENOTTY},
    {SYS_ioctl, {0, kHigh | TCGETS}, Action::kAllow},

    {SYS_futex, {0, FUTEX_WAIT}, Action::kAllow},
    {SYS_futex, {0, FUTEX_WAIT_PRIVATE}, Action::kAllow},
    {SYS_futex,
     {0, FUTEX_WAIT_BITSET_PRIVATE | FUTEX_CLOCK_REALTIME},
     Action::kAllow},
    {SYS_futex, {0, FUTEX_WAKE_PRIVATE}, Action::kAllow},
    {SYS_futex, {0, FUTEX_FD}, Action::kRefuse, ENOSYS},
    {SYS_futex, {0, FUTEX_REQUEUE}, Action::kRefuse, ENOSYS},
    {SYS_futex, {0, FUTEX_CMP_REQUEUE_PI_PRIVATE}, Action::kRefuse, ENOSYS},
    {SYS_futex, {0, FUTEX_LOCK_PI}, Action::kRefuse, ENOSYS},
    {SYS_futex, {0, FUTEX_WAKE_OP}, Action::kRefuse, ENOSYS},
    {SYS_futex, {0, 512}, Action::kRefuse, ENOSYS},
    {SYS_futex, {0, kHigh | FUTEX_LOCK_PI}, Action::kRefuse, ENOSYS},

    {SYS_kill, {kPid, 6}, Action::kAllow},
    {SYS_kill, {kHigh | kPid, 6}, Action::kAllow},
    {SYS_kill, {kPid - 1, 6}, Action::kViolation},
    {SYS_kill, {kPid + 1, 6}, Action::kViolation},
    {SYS_kill, {0, 6}, Action::kViolation},
    {SYS_kill, {static_cast<uint64_t>(-1), 6}, Action::kViolation},
    {SYS_kill, {static_cast<uint64_t>(-kPid), 6}, Action::kViolation},
    {SYS_kill, {kOwnPid, 6}, Action::kViolation},
    {SYS_tgkill, {kPid, 1, 6}, Action::kAllow},
    {SYS_tgkill, {kPid + 1, kPid, 6}, Action::kViolation},
    {SYS_tgkill, {kOwnPid, kPid, 6}, Action::kViolation},
    {SYS_tkill, {kPid, 6}, Action::kViolation},
    {SYS_rt_sigqueueinfo, {kPid, 6}, Action::kViolation},

    {SYS_prlimit64, {0, RLIMIT_STACK, 0}, Action::kAllow},
    {SYS_prlimit64, {kHigh, RLIMIT_STACK, 0}, Action::kAllow},
    {SYS_prlimit64, {1, RLIMIT_STACK, 0}, Action::kRefuse, EPERM},
    {SYS_prlimit64, {kPid, RLIMIT_STACK, 0}, Action::kRefuse, EPERM},
    // A pointer is 64 bits: one whose low half is 0 still sets a limit.
    {SYS_prlimit64, {0, RLIMIT_STACK, 1}, Action::kRefuse, EPERM},
    {SYS_prlimit64, {0, RLIMIT_STACK, kHigh}, Action::kRefuse, EPERM},
    {SYS_prlimit64,
     {0, RLIMIT_STACK, uint64_t{1} << 32},
     Action::kRefuse,
     EPERM},

    {SYS_socket, {AF_UNIX}, Action::kRefuse, EACCES},
    {SYS_socket, {kHigh | AF_UNIX}, Action::kRefuse, EACCES},
    {SYS_socket, {AF_INET}, Action::kViolation},
    {SYS_socket, {AF_UNSPEC}, Action::kViolation},
    {SYS_socket, {AF_NETLINK}, Action::kViolation},

    {SYS_clone3, {}, Action::kErrno, ENOSYS},
    {SYS_clone, {}, Action::kViolation},
    {SYS_clone, {kThreadFlags}, Action::kAllow},
    {SYS_clone, {kThreadFlags | kHigh}, Action::kViolation},
    {SYS_clone, {kThreadFlags | CLONE_NEWUSER}, Action::kViolation},
    {SYS_clone, {kThreadFlags | CLONE_PTRACE}, Action::kViolation},
    {SYS_clone, {kThreadFlags & ~CLONE_VM}, Action::kViolation},
    {SYS_set_robust_list, {1, 24}, Action::kAllow},
    {SYS_rseq, {1, 32}, Action::kAllow},
    {SYS_getpeername, {2}, Action::kRefuse, ENOTSOCK},
    {SYS_getsockname, {2}, Action::kRefuse, ENOTSOCK},
    {SYS_fork, {}, Action::kViolation},
    {SYS_execve, {}, Action::kViolation},
    {SYS_ptrace, {}, Action::kViolation},
    {SYS_prctl, {}, Action::kViolation},
    {SYS_prctl, {PR_SET_DUMPABLE, 1}, Action::kViolation},
    {SYS_prctl, {PR_SET_NAME}, Action::kRefuse, EPERM},
    {SYS_prctl, {PR_SET_VMA}, Action::kRefuse, EINVAL},
    {SYS_prctl, {PR_SET_THP_DISABLE, 1}, Action::kRefuse, EPERM},
    {SYS_prctl, {PR_GET_NAME}, Action::kRefuse, EPERM},
    {SYS_prctl, {PR_SET_THP_DISABLE, 1}, Action::kRefuse, EPERM},
    {SYS_seccomp, {}, Action::kViolation},
    {SYS_io_uring_setup, {}, Action::kViolation},
    {SYS_bpf, {}, Action::kViolation},
};

constexpr Case kWithoutRw[] = {
    {SYS_openat, {kAt, 1, O_RDONLY}, Action::kAllow},
    {SYS_openat, {kAt, 1, kHigh | O_RDONLY}, Action::kAllow},
    {SYS_openat, {kAt, 1, O_WRONLY}, Action::kRefuse, EROFS},
    {SYS_openat, {kAt, 1, kHigh | O_WRONLY}, Action::kRefuse, EROFS},
    {SYS_openat, {kAt, 1, O_RDONLY | O_TRUNC}, Action::kRefuse, EROFS},
    // The mode, not the flags, is where open(2) and openat(2) differ.
    {SYS_openat, {kAt, O_WRONLY, O_RDONLY, O_CREAT}, Action::kAllow},
    {SYS_open, {1, O_RDONLY, O_CREAT}, Action::kAllow},
    {SYS_open, {1, O_RDWR, 0}, Action::kRefuse, EROFS},
    {SYS_creat, {}, Action::kRefuse, EROFS},
    {SYS_openat2, {}, Action::kRefuse, ENOSYS},
    {SYS_unlink, {}, Action::kRefuse, EROFS},
    {SYS_renameat2, {}, Action::kRefuse, EROFS},
    {SYS_chmod, {}, Action::kRefuse, EPERM},
    {SYS_utimensat, {}, Action::kRefuse, EPERM},
};

constexpr Case kWithRw[] = {
    {SYS_openat, {kAt, 1, O_RDWR | O_CREAT | O_TRUNC}, Action::kAllow},
    {SYS_open, {1, O_WRONLY}, Action::kAllow},
    {SYS_openat2, {}, Action::kRefuse, ENOSYS},
    {SYS_unlink, {}, Action::kAllow},
    {SYS_renameat2, {}, Action::kAllow},
    {SYS_mknod, {}, Action::kRefuse, EPERM},
    {SYS_chmod, {}, Action::kRefuse, EPERM},
    {SYS_fchmodat, {}, Action::kRefuse, EPERM},
    {SYS_utimensat, {}, Action::kRefuse, EPERM},
    {SYS_setxattr, {}, Action::kViolation},
};

constexpr Case kStrict[] = {
    {SYS_read, {0}, Action::kAllow},
    {SYS_read, {kHigh}, Action::kAllow},  // the kernel reads 32 bits
    {SYS_read, {1}, Action::kViolation},
    {SYS_readv, {0}, Action::kAllow},
    {SYS_readv, {3}, Action::kViolation},
    {SYS_write, {0}, Action::kViolation},
    {SYS_write, {1}, Action::kAllow},
    {SYS_write, {2}, Action::kAllow},
    {SYS_write, {3}, Action::kViolation},
    {SYS_write, {kLow32}, Action::kViolation},
    {SYS_writev, {2}, Action::kAllow},
    {SYS_writev, {0}, Action::kViolation},
    {SYS_exit, {}, Action::kAllow},
    {SYS_exit_group, {}, Action::kAllow},
    {SYS_rt_sigreturn, {}, Action::kAllow},
    {SYS_futex, {}, Action::kViolation},
    {SYS_clock_gettime, {}, Action::kViolation},
    {SYS_getpid, {}, Action::kViolation},
    {SYS_close, {}, Action::kViolation},
    {SYS_mmap, {}, Action::kViolation},
    {SYS_brk, {}, Action::kViolation},
    {SYS_tgkill, {kPid}, Action::kViolation},
    {kNewNumber, {}, Action::kViolation},
};

constexpr Case kWorker[] = {
    {SYS_write, {2}, Action::kAllow},
    {SYS_write, {1}, Action::kViolation},
    {SYS_read, {0}, Action::kViolation},
    {SYS_futex, {0, FUTEX_WAIT}, Action::kAllow},
    {SYS_futex, {0, FUTEX_WAKE_PRIVATE}, Action::kAllow},
    {SYS_futex, {0, FUTEX_LOCK_PI}, Action::kRefuse, ENOSYS},
    {SYS_clock_gettime, {}, Action::kAllow},
    {SYS_clock_nanosleep, {}, Action::kViolation},
    {SYS_close, {}, Action::kViolation},
    {SYS_mmap, {}, Action::kViolation},
    {SYS_madvise, {0, 0, MADV_POPULATE_WRITE}, Action::kViolation},
    {SYS_clone, {kThreadFlags}, Action::kViolation},
    {SYS_clone, {kForkFlags}, Action::kViolation},
    {SYS_kill, {kPid, 6}, Action::kViolation},
    {kNewNumber, {}, Action::kViolation},
};

// Where abort(3) works, and no other process is signalled.
constexpr Case kOfJail[] = {
    {SYS_rt_sigprocmask, {}, Action::kAllow},
    {SYS_getpid, {}, Action::kAllow},
    {SYS_gettid, {}, Action::kAllow},
    {SYS_tgkill, {kPid, 1, 6}, Action::kAllow},
    {SYS_tgkill, {kPid + 1, kPid, 6}, Action::kViolation},
};

constexpr Case kService[] = {
    {SYS_read, {77}, Action::kAllow},
    {SYS_accept4, {77}, Action::kAllow},
    {SYS_recvfrom, {77}, Action::kAllow},
    {SYS_sendto, {77, 1, 1, 0, 0}, Action::kAllow},
    {SYS_sendto, {77, 1, 1, 0, 1}, Action::kRefuse, EACCES},
    {SYS_sendto, {77, 1, 1, 0, kHigh}, Action::kRefuse, EACCES},
    {SYS_sendmsg, {77}, Action::kViolation},
    {SYS_recvmsg, {77}, Action::kViolation},
    {SYS_setsockopt, {7, IPPROTO_TCP, TCP_NODELAY}, Action::kAllow},
    {SYS_setsockopt, {7, SOL_SOCKET, SO_RCVTIMEO}, Action::kAllow},
    {SYS_setsockopt, {7, SOL_SOCKET, TCP_NODELAY}, Action::kRefuse, EPERM},
    {SYS_setsockopt, {7, SOL_SOCKET, SO_ATTACH_FILTER}, Action::kRefuse, EPERM},
    {SYS_setsockopt, {7, IPPROTO_TCP, TCP_REPAIR}, Action::kRefuse, EPERM},
    {SYS_socket, {AF_INET}, Action::kViolation},
    {SYS_socket, {AF_UNIX}, Action::kRefuse, EACCES},
    {SYS_connect, {}, Action::kViolation},
    {SYS_bind, {}, Action::kViolation},
    {SYS_listen, {}, Action::kViolation},
    {SYS_epoll_wait, {}, Action::kAllow},
    {SYS_eventfd2, {}, Action::kAllow},
    {SYS_timerfd_settime, {}, Action::kAllow},
    {SYS_openat, {kAt, 1, O_RDONLY}, Action::kRefuse, EACCES},
    {SYS_newfstatat, {3, 1, 1, AT_EMPTY_PATH}, Action::kAllow},
    {SYS_newfstatat, {3, 1, 1, 0}, Action::kRefuse, EACCES},
    {SYS_clone, {kThreadFlags}, Action::kAllow},
    {SYS_clone, {kThreadFlags | kHigh}, Action::kViolation},
    {SYS_clone, {kThreadFlags | CLONE_NEWUSER}, Action::kViolation},
    {SYS_clone, {kThreadFlags & ~CLONE_VM}, Action::kViolation},
    {SYS_clone, {SIGCHLD}, Action::kViolation},
    {SYS_clone3, {}, Action::kErrno, ENOSYS},
    {SYS_mmap, {}, Action::kTrap},
    {SYS_brk, {}, Action::kTrap},
    {SYS_madvise, {}, Action::kErrno, EINVAL},
    {SYS_execve, {}, Action::kViolation},
    {SYS_prctl, {PR_SET_DUMPABLE, 1}, Action::kViolation},
    {kNewNumber, {}, Action::kRefuse, ENOSYS},
};

constexpr Case kTemplate[] = {
    {SYS_clone, {kForkFlags}, Action::kAllow},
    {SYS_clone, {SIGCHLD}, Action::kViolation},
    {SYS_clone, {kHigh | kForkFlags}, Action::kViolation},
    {SYS_clone, {kForkFlags | CLONE_NEWPID}, Action::kViolation},
    {SYS_clone, {kThreadFlags}, Action::kViolation},
    {SYS_prctl, {PR_SET_PDEATHSIG, SIGKILL}, Action::kAllow},
    {SYS_prctl, {PR_SET_PDEATHSIG, 0}, Action::kViolation},
    {SYS_prctl, {PR_SET_DUMPABLE, SIGKILL}, Action::kViolation},
    {SYS_madvise, {0, 0, MADV_POPULATE_WRITE}, Action::kAllow},
    {SYS_madvise, {0, 0, MADV_DONTNEED}, Action::kViolation},
    {SYS_seccomp,
     {SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC},
     Action::kAllow},
    {SYS_seccomp,
     {SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER},
     Action::kViolation},
    {SYS_seccomp, {SECCOMP_GET_ACTION_AVAIL, 1}, Action::kViolation},
    {SYS_getppid, {}, Action::kAllow},
    {SYS_tgkill, {kPid + 1, 1, 6}, Action::kAllow},
    {SYS_write, {2}, Action::kAllow},
    {SYS_write, {1}, Action::kViolation},
    {SYS_mmap, {}, Action::kViolation},
    {SYS_execve, {}, Action::kViolation},
    {SYS_kill, {}, Action::kViolation},
    {kNewNumber, {}, Action::kViolation},
};

TEST(PolicyTest, EveryPresetDecidesAsTheTableSays) {
  for (const Policy& preset : {DecoderPreset(), DecoderWithWritePreset()}) {
    ExpectDecisions(preset, kEveryDecoder);
  }
  ExpectDecisions(DecoderPreset(), kWithoutRw);
  ExpectDecisions(DecoderWithWritePreset(), kWithRw);
  ExpectDecisions(StrictPreset(), kStrict);
  ExpectDecisions(WorkerPreset(), kWorker);
  ExpectDecisions(WorkerPreset(), kOfJail);
  ExpectDecisions(ServicePreset(), kService);
  ExpectDecisions(ServicePreset(), kOfJail);
  ExpectDecisions(TemplatePreset(), kTemplate);
}

TEST(PolicyTest, TheFirstRowWhoseConditionsHoldDecides) {
  const Rule rules[] = {
      {SYS_read, Action::kRefuse, EIO, {{0, 1, 1}}, 1, "odd"},
      {SYS_read, Action::kAllow, 0, {{0, kLow32, 3}}, 1, "three"},
      {SYS_read, Action::kAllow, 0, {{0, kLow32, 4}, {2, 7, 0}}, 2, "four"},
      {SYS_read, Action::kViolation, 0, {}, 0, "rest"},
  };
  const Policy policy("order", rules);
  ASSERT_FALSE(policy.Validate().has_value());
  const auto reason = [&](uint64_t fd, uint64_t count) {
    return std::string(
        policy.Decide({SYS_read, {fd, 0, count, 0, 0, 0}}, kPid).reason);
  };
  EXPECT_EQ(reason(1, 0), "odd");
  EXPECT_EQ(reason(3, 0), "odd");
  EXPECT_EQ(reason(4, 8), "four");
  EXPECT_EQ(reason(4, 9), "rest");  // every condition of a row must hold
  EXPECT_EQ(reason(2, 8), "rest");
}

TEST(PolicyTest, ConditionsCompareAllSixtyFourBitsOfTheirMask) {
  const Rule rules[] = {
      {SYS_read, Action::kAllow, 0, {{5, ~uint64_t{0}, kHigh}}, 1, "whole"},
      {SYS_read, Action::kViolation, 0, {}, 0, "rest"},
  };
  const Policy policy("wide", rules);
  const auto action = [&](uint64_t value) {
    return policy.Decide({SYS_read, {0, 0, 0, 0, 0, value}}, kPid).action;
  };
  EXPECT_EQ(action(kHigh), Action::kAllow);
  for (int bit = 0; bit < 64; ++bit) {
    EXPECT_EQ(action(kHigh ^ (uint64_t{1} << bit)), Action::kViolation) << bit;
  }
}

TEST(PolicyTest, KnownCallsWithoutARowAreViolationsWithTheReasonOfTheirGroup) {
  const Policy empty("empty", {});
  for (const SyscallInfo& info : AllSyscalls()) {
    const Decision decision = empty.Decide({info.number, {}}, kPid);
    EXPECT_EQ(decision.action, Action::kViolation) << info.name;
    EXPECT_EQ(decision.error, 0) << info.name;
    EXPECT_STREQ(decision.reason, GroupReason(info.group)) << info.name;
  }
}

TEST(PolicyTest, UnknownNumbersAreRefusedOrViolationsAsThePolicySays) {
  size_t refused = 0;
  for (const Policy& preset : AllPresets()) {
    const bool refuses = preset.traits().unknown == UnknownCalls::kRefuse;
    if (refuses) ++refused;
    for (uint32_t number : ProbeNumbers()) {
      if (FindSyscall(number) != nullptr) continue;
      const Decision decision = preset.Decide({number, {}}, kPid);
      EXPECT_EQ(decision.action, refuses ? Action::kRefuse : Action::kViolation)
          << number;
      EXPECT_EQ(decision.error, refuses ? ENOSYS : 0) << number;
    }
  }
  EXPECT_EQ(refused, 3u);
}

TEST(PolicyTest, RowsThatLibseccompCannotCompileInTheirPlaceAreFound) {
  const ArgCondition three = {0, kLow32, 3};
  const ArgCondition four = {0, kLow32, 4};
  const ArgCondition odd = {0, 1, 1};
  const auto row = [](Action action, int error,
                      std::optional<ArgCondition> condition) {
    Rule rule = {SYS_read, action, error, {}, 0, "why"};
    if (condition) rule.conditions[rule.condition_count++] = *condition;
    return rule;
  };
  const auto allow = [&](auto condition) {
    return row(Action::kAllow, 0, condition);
  };
  const auto refuse = [&](auto condition) {
    return row(Action::kRefuse, EIO, condition);
  };
  constexpr std::nullopt_t kRest = std::nullopt;
  const struct {
    std::vector<Rule> rules;
    std::optional<size_t> row;
  } cases[] = {
      {{allow(three), refuse(kRest)}, {}},
      {{refuse(three), refuse(kRest)}, {}},
      {{refuse(three), allow(four), refuse(kRest)}, {}},
      {{refuse(odd), allow(four), refuse(kRest)}, {}},
      {{refuse(odd), allow(three), refuse(kRest)}, 0},
      {{allow(four), refuse(three), allow(kRest)}, 1},
      {{allow(three), row(Action::kErrno, EIO, kRest)}, 0},
      {{allow(three), row(Action::kTrap, 0, kRest)}, 0},
      {{allow(three), row(Action::kKill, 0, kRest)}, 0},
      {{refuse(three), row(Action::kErrno, EIO, kRest)}, {}},
  };
  for (const auto& [rules, at] : cases) {
    const Policy policy("order", rules);
    ASSERT_FALSE(policy.Validate().has_value());
    const auto fault = policy.FindInexpressible();
    const std::optional<size_t> found =
        fault ? std::optional(fault->row) : std::nullopt;
    EXPECT_EQ(found, at);
  }
  for (const Policy& preset : AllPresets()) {
    EXPECT_FALSE(preset.FindInexpressible().has_value()) << preset.name();
  }
}

TEST(PolicyTest, RulesForGivesTheRowsOfOneCallInOrder) {
  const Policy preset = DecoderPreset();
  size_t found = 0;
  for (uint32_t number = 0; number <= 600; ++number) {
    const std::span<const Rule> rules = preset.RulesFor(number);
    for (const Rule& rule : rules) EXPECT_EQ(rule.syscall, number);
    found += rules.size();
  }
  EXPECT_EQ(found, preset.rules().size());
  EXPECT_EQ(preset.RulesFor(SYS_fcntl).size(), 11u);
  EXPECT_TRUE(preset.RulesFor(SYS_acct).empty());
  EXPECT_TRUE(preset.RulesFor(0xffffffff).empty());
}

std::set<std::string> NotNever(std::initializer_list<const char*> names) {
  std::set<std::string> missing;
  for (const char* name : names) {
    const SyscallInfo* info = FindSyscallByName(name, strlen(name));
    if (info == nullptr || NeverAllowed(info->number) == nullptr) {
      missing.insert(name);
    }
  }
  return missing;
}

using Names = std::set<std::string>;

TEST(PolicyTest, WhatMapsMemoryIsNeverAllowed) {
  EXPECT_EQ(
      NotNever({"mmap", "munmap", "mremap", "mprotect", "brk", "madvise",
                "remap_file_pages", "pkey_mprotect", "pkey_alloc", "pkey_free",
                "shmat", "shmget", "memfd_create", "userfaultfd",
                "process_madvise", "personality", "modify_ldt"}),
      Names{});
}

TEST(PolicyTest, NoCallOfTheMemoryGroupIsEverAllowed) {
  Names missing;
  for (const SyscallInfo& info : AllSyscalls()) {
    if (info.group == SyscallGroup::kMemory && !NeverAllowed(info.number)) {
      missing.insert(info.name);
    }
  }
  EXPECT_EQ(missing, Names{});
}

TEST(PolicyTest, WhatMapsOrUnmapsUnderAnotherNameIsNeverAllowed) {
  EXPECT_EQ(NotNever({"shmdt", "io_setup", "arch_prctl"}), Names{});
}

TEST(PolicyTest, WhatReplacesOrMultipliesTheProgramIsNeverAllowed) {
  EXPECT_EQ(NotNever({"execve", "execveat", "uselib", "fork", "vfork", "clone",
                      "clone3"}),
            Names{});
}

TEST(PolicyTest, WhatPassesOrChangesTheFilterIsNeverAllowed) {
  EXPECT_EQ(NotNever({"io_uring_setup", "io_uring_enter", "io_uring_register",
                      "seccomp", "prctl", "bpf", "ptrace", "process_vm_readv",
                      "process_vm_writev"}),
            Names{});
}

TEST(PolicyTest, NeverAllowedGivesAReasonAndLeavesTheRest) {
  for (const SyscallInfo& info : AllSyscalls()) {
    const char* reason = NeverAllowed(info.number);
    if (reason == nullptr) continue;
    EXPECT_GT(strlen(reason), 10u) << info.name;
  }
  for (const char* name : {"read", "openat", "socket", "connect", "chmod",
                           "epoll_wait", "setrlimit", "sched_setaffinity"}) {
    const SyscallInfo* info = FindSyscallByName(name, strlen(name));
    ASSERT_NE(info, nullptr) << name;
    EXPECT_EQ(NeverAllowed(info->number), nullptr) << name;
  }
  EXPECT_EQ(NeverAllowed(0xffffffff), nullptr);
}

}  // namespace
}  // namespace cellblock
