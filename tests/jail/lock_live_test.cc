// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

// The locked phase on the real kernel, without a supervisor. Each test has a
// child of its own; see child_check.h for what it may do.

#include <errno.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <linux/audit.h>
#include <linux/futex.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <ucontext.h>

#include <cstdio>
#include <filesystem>
#include <string>

#include "jail/lock.h"
#include "tests/jail/child_check.h"
#include "tests/jail/live_filter.h"

namespace cellblock {
namespace {

// The 32-bit entry of the kernel, from 64-bit code.
long Int80(long number) {
  long result;
  asm volatile("int $0x80"
               : "=a"(result)
               : "a"(number), "b"(0), "c"(0), "d"(0)
               : "memory", "r8", "r9", "r10", "r11");
  return result;
}

TEST(LockLiveTest, TheKernelReportsTheLock) {
  EXPECT_THAT(InChild([] {
                const LockState before = StateOfLock();
                LockAlone();
                const LockState after = StateOfLock();
                CHILD_CHECK(after.no_new_privs);
                CHILD_CHECK(after.seccomp_mode == SECCOMP_MODE_FILTER);
                CHILD_CHECK(after.filters == before.filters + 1);
              }),
              EndsClean());
}

TEST(LockLiveTest, AllowedCallsWork) {
  EXPECT_THAT(
      InChild([] {
        int ends[2];
        CHILD_CHECK(pipe(ends) == 0);
        const pid_t self = getpid();
        LockAlone();
        char bytes[4] = {};
        CHILD_CHECK(write(ends[1], "jail", 4) == 4);
        CHILD_CHECK(read(ends[0], bytes, 4) == 4);
        CHILD_CHECK(memcmp(bytes, "jail", 4) == 0);
        const int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
        CHILD_CHECK(fd >= 0);
        struct stat status;
        CHILD_CHECK(fstat(fd, &status) == 0 && status.st_size > 4);
        CHILD_CHECK(pread(fd, bytes, 4, 0) == 4);
        CHILD_CHECK(memcmp(bytes, "\177ELF", 4) == 0);
        CHILD_CHECK(lseek(fd, 2, SEEK_SET) == 2);
        CHILD_CHECK(fcntl(fd, F_GETFD) == FD_CLOEXEC);
        CHILD_CHECK(close(fd) == 0);
        CHILD_CHECK(syscall(SYS_getpid) == self);
        timespec now;
        CHILD_CHECK(syscall(SYS_clock_gettime, CLOCK_REALTIME, &now) == 0);
        CHILD_CHECK(syscall(SYS_getrandom, bytes, 4, 0) == 4);
        int word = 0;
        CHILD_CHECK(syscall(SYS_futex, &word, FUTEX_WAKE_PRIVATE, 1) == 0);
        CHILD_CHECK(kill(self, 0) == 0);
        CHILD_CHECK(syscall(SYS_tgkill, self, self, 0) == 0);
      }),
      EndsClean());
}

TEST(LockLiveTest, AbortStillEndsBySigabrt) {
  EXPECT_THAT(InChild([] {
                LockAlone();
                abort();
              }),
              DiesOf(SIGABRT));
}

constexpr struct {
  long number;
  int error;
} kAnsweredInTheFilter[] = {
    {SYS_madvise, EINVAL},  {SYS_msync, EINVAL},     {SYS_mincore, ENOMEM},
    {SYS_mlock, EPERM},     {SYS_mlock2, EPERM},     {SYS_mlockall, EPERM},
    {SYS_munlock, EPERM},   {SYS_munlockall, EPERM}, {SYS_clone3, ENOSYS},
    {SYS_fadvise64, EPERM},
};

TEST(LockLiveTest, WhatTheFilterAnswersIsNotCarriedOut) {
  EXPECT_THAT(InChild([] {
                LockAlone();
                for (const auto& [number, error] : kAnsweredInTheFilter) {
                  errno = 0;
                  CHILD_CHECK(syscall(number, 0, 0, 0, 0, 0, 0) == -1);
                  CHILD_CHECK(errno == error);
                }
              }),
              EndsClean());
}

constexpr long kTrapped[] = {SYS_mmap, SYS_munmap, SYS_mremap, SYS_mprotect,
                             SYS_brk};

TEST(LockLiveTest, MemoryCallsDieWhereNobodyHandlesTheTrap) {
  for (long number : kTrapped) {
    EXPECT_THAT(InChild([=] {
                  LockAlone();
                  syscall(number, 0, 4096, PROT_READ,
                          MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
                }),
                DiesOf(SIGSYS))
        << number;
  }
}

// Answers a trapped call with what no kernel would.
constexpr long kAnswer = 0x5151'5151;
siginfo_t trap;

void AnswerTrap(int, siginfo_t* info, void* context) {
  trap = *info;
  static_cast<ucontext_t*>(context)->uc_mcontext.gregs[REG_RAX] = kAnswer;
}

void HandleTraps() {
  struct sigaction action = {};
  action.sa_sigaction = AnswerTrap;
  action.sa_flags = SA_SIGINFO;
  CHILD_CHECK(sigaction(SIGSYS, &action, nullptr) == 0);
}

TEST(LockLiveTest, MemoryCallsAreAnsweredByTheHandlerOfTheTrap) {
  for (long number : kTrapped) {
    EXPECT_THAT(InChild([=] {
                  HandleTraps();
                  LockAlone();
                  const long answer =
                      syscall(number, 0, 4096, PROT_READ,
                              MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
                  CHILD_CHECK(answer == kAnswer);
                  CHILD_CHECK(trap.si_signo == SIGSYS);
                  CHILD_CHECK(trap.si_code == kSentByFilter);
                  CHILD_CHECK(trap.si_syscall == number);
                  CHILD_CHECK(trap.si_arch == AUDIT_ARCH_X86_64);
                  CHILD_CHECK(trap.si_errno == 0);
                }),
                EndsClean())
        << number;
  }
}

TEST(LockLiveTest, ATrapWhileSigsysIsBlockedKills) {
  EXPECT_THAT(InChild([] {
                HandleTraps();
                LockAlone();
                sigset_t all;
                sigfillset(&all);
                CHILD_CHECK(sigprocmask(SIG_SETMASK, &all, nullptr) == 0);
                syscall(SYS_brk, 0);
              }),
              DiesOf(SIGSYS));
}

// Where the process itself is told, what is refused is not carried out either.
TEST(LockLiveTest, WhatIsDeniedReachesTheHandlerThatIsNamed) {
  for (long number : {SYS_socket, SYS_execve, SYS_openat, SYS_kill}) {
    EXPECT_THAT(InChild([=] {
                  HandleTraps();
                  const FilterProgram program =
                      OwnFilter(ServicePreset(), Notify::kHandler);
                  CHILD_CHECK(Lock(program, Notify::kHandler).failed ==
                              LockStep::kDone);
                  CHILD_CHECK(syscall(number, 1, 0, 0, 0, 0, 0) == kAnswer);
                  CHILD_CHECK(trap.si_code == kSentByFilter);
                  CHILD_CHECK(trap.si_syscall == number);
                }),
                EndsClean())
        << number;
  }
}

TEST(LockLiveTest, NeverAllowedCallsKill) {
  for (long number :
       {SYS_execve, SYS_fork, SYS_vfork, SYS_clone, SYS_ptrace, SYS_seccomp,
        SYS_prctl, SYS_io_uring_setup, SYS_bpf, SYS_process_vm_writev,
        SYS_userfaultfd, SYS_remap_file_pages, SYS_memfd_create, SYS_shmget}) {
    EXPECT_THAT(InChild([=] {
                  HandleTraps();  // what kills cannot be handled
                  LockAlone();
                  syscall(number, 0, 0, 0, 0, 0, 0);
                }),
                DiesOf(SIGSYS))
        << number;
  }
}

// Dies of SIGSYS where it could leave a core. True iff it did.
bool LeavesACore(void (*die)()) {
  std::string directory = testing::TempDir() + "core_XXXXXX";
  EXPECT_NE(mkdtemp(directory.data()), nullptr);
  const pid_t child = StartChild([&] {
    const rlimit plenty = {RLIM_INFINITY, RLIM_INFINITY};
    CHILD_CHECK(chdir(directory.c_str()) == 0);
    setrlimit(RLIMIT_CORE, &plenty);
    die();
  });
  int status = 0;
  EXPECT_EQ(waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS);
  std::filesystem::remove_all(directory);
  return WCOREDUMP(status);
}

TEST(LockLiveTest, AForbiddenCallLeavesNoCore) {
  EXPECT_FALSE(LeavesACore([] {
    LockAlone();
    syscall(SYS_execve, nullptr, nullptr, nullptr);
  }));
  // The same signal without the lock, where this machine writes cores at all.
  const bool writes_cores = LeavesACore([] { raise(SIGSYS); });
  printf("this machine %s\n", writes_cores ? "writes cores" : "does not");
}

TEST(LockLiveTest, SignalsToOthersKill) {
  EXPECT_THAT(InChild([] {
                const pid_t parent = getppid();
                LockAlone();
                kill(parent, 0);
              }),
              DiesOf(SIGSYS));
  EXPECT_THAT(InChild([] {
                LockAlone();
                kill(-1, 0);
              }),
              DiesOf(SIGSYS));
}

TEST(LockLiveTest, AFurtherFilterKills) {
  EXPECT_THAT(InChild([] {
                LockAlone();
                InstallBare(kAllowAll, 0);
              }),
              DiesOf(SIGSYS));
  EXPECT_THAT(InChild([] {
                LockAlone();
                prctl(PR_SET_SECCOMP, SECCOMP_MODE_STRICT);
              }),
              DiesOf(SIGSYS));
}

// getpid, write, exit, and 32-bit mmap.
constexpr long kI386Numbers[] = {20, 4, 1, 90, 0};

TEST(LockLiveTest, CallsOfThe32BitEntryKill) {
  const ChildEnd unlocked = InChild([] { CHILD_CHECK(Int80(20) > 0); });
  if (unlocked == ChildEnd{true, SIGSEGV}) {
    SKIP_FOR_LACK_OF("int 0x80");
  }
  ASSERT_THAT(unlocked, EndsClean());
  for (long number : kI386Numbers) {
    EXPECT_THAT(InChild([=] {
                  HandleTraps();
                  LockAlone();
                  Int80(number);
                }),
                DiesOf(SIGSYS))
        << number;
  }
}

TEST(LockLiveTest, X32NumbersKill) {
  for (long number : {SYS_read, SYS_getpid, SYS_write, SYS_exit_group}) {
    EXPECT_THAT(InChild([=] {
                  HandleTraps();
                  LockAlone();
                  syscall(kX32Bit | number, 0, 0, 0);
                }),
                DiesOf(SIGSYS))
        << number;
  }
}

// The kernel reads a number as 32 bits, and so does the filter.
TEST(LockLiveTest, TheHighHalfOfANumberTellsNothing) {
  EXPECT_THAT(InChild([] {
                const pid_t self = getpid();
                LockAlone();
                CHILD_CHECK(syscall(SYS_getpid + (1L << 32)) == self);
                CHILD_CHECK(syscall(SYS_getpid + (0x40000000L << 32)) == self);
              }),
              EndsClean());
  EXPECT_THAT(InChild([] {
                LockAlone();
                syscall(SYS_socket + (1L << 32), AF_INET, SOCK_STREAM, 0);
              }),
              DiesOf(SIGSYS));
}

// By the kernel's design these two pass every filter. Neither can be used from
// outside the kernel's own trampolines; should that change, this will show it.
TEST(LockLiveTest, TheCallsThatKernelsExemptFromSeccompDoNothing) {
  constexpr long kUretprobe = 335, kUprobe = 336;
  for (long number : {kUretprobe, kUprobe}) {
    const auto call = [number] {
      errno = 0;
      CHILD_CHECK(syscall(number, 0, 0, 0, 0, 0, 0) == -1);
      CHILD_CHECK(errno == ENXIO || errno == ENOSYS);
      LeaveChild(errno);
    };
    const ChildEnd unlocked = InChild(call);
    const ChildEnd locked = InChild([&] {
      LockAlone();
      call();
    });
    if (unlocked == ChildEnd{false, ENOSYS}) {
      // Older than the call: a number like others.
      EXPECT_THAT(locked, DiesOf(SIGSYS)) << number;
    } else {
      EXPECT_EQ(locked, unlocked) << number;
      EXPECT_THAT(locked, number == kUretprobe
                              ? DiesOf(SIGILL)
                              : testing::Eq(ChildEnd{false, ENXIO}))
          << number;
    }
  }
}

}  // namespace
}  // namespace cellblock
