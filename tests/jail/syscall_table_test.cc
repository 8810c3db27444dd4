// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "jail/syscall_table.h"

#include <fcntl.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <iostream>
#include <iterator>
#include <limits>
#include <set>
#include <string>
#include <string_view>

namespace cellblock {
namespace {

struct HeaderCall {
  uint32_t number;
  const char* name;
};

// What the <asm/unistd_64.h> of this machine knows.
constexpr HeaderCall kHeaderCalls[] = {
#include "tests/jail/header_syscalls.inc"
};

// The table's promise; the kernel's numbers leave out what lies between.
bool Promised(uint32_t number) {
  return number <= 334 || (number >= 424 && number <= 450);
}

std::string Format(uint32_t number, const uint64_t (&args)[6]) {
  char text[kSyscallTextBytes];
  const size_t length = FormatSyscall(number, args, text, sizeof(text));
  EXPECT_EQ(std::strlen(text), length);
  return text;
}

std::string Format(std::string_view name, const uint64_t (&args)[6]) {
  const SyscallInfo* info = FindSyscallByName(name.data(), name.size());
  if (info == nullptr) return "no such row";
  return Format(info->number, args);
}

int ArgCount(std::string_view name) {
  const SyscallInfo* info = FindSyscallByName(name.data(), name.size());
  return info != nullptr ? info->arg_count : -1;
}

std::set<std::string> NamesWithArgCount(int count) {
  std::set<std::string> names;
  for (const SyscallInfo& info : AllSyscalls()) {
    if (info.arg_count == count) names.insert(info.name);
  }
  return names;
}

constexpr uint64_t kAllOnes = std::numeric_limits<uint64_t>::max();

TEST(SyscallTableTest, KnowsEveryCallOfTheHeaderByItsName) {
  ASSERT_GE(std::size(kHeaderCalls), 300u) << "the header was not understood";
  std::string newer;
  for (const HeaderCall& call : kHeaderCalls) {
    const SyscallInfo* info = FindSyscall(call.number);
    if (!Promised(call.number)) {
      EXPECT_EQ(info, nullptr) << call.name;
      newer += std::string(" ") + call.name;
      continue;
    }
    ASSERT_NE(info, nullptr) << call.number << " " << call.name;
    EXPECT_STREQ(info->name, call.name) << call.number;
  }
  if (!newer.empty()) {
    std::cout << "The header knows calls newer than the table:" << newer
              << "\n";
    RecordProperty("newer_than_the_table", newer);
  }
}

TEST(SyscallTableTest, HasNoCallThatTheHeaderLacks) {
  uint32_t last = 0;
  std::set<uint32_t> numbers;
  for (const HeaderCall& call : kHeaderCalls) {
    numbers.insert(call.number);
    last = std::max(last, call.number);
  }
  for (const SyscallInfo& info : AllSyscalls()) {
    if (info.number > last) {
      std::cout << "The header is older than " << info.name << "\n";
      continue;
    }
    EXPECT_TRUE(numbers.contains(info.number)) << info.name;
  }
}

TEST(SyscallTableTest, HasExactlyThePromisedNumbersInOrder) {
  ASSERT_EQ(AllSyscalls().size(), 362u);
  size_t i = 0;
  for (uint32_t number = 0; number <= 450; ++number) {
    if (!Promised(number)) continue;
    EXPECT_EQ(AllSyscalls()[i++].number, number);
  }
}

TEST(SyscallTableTest, HasEachNameOnce) {
  std::set<std::string> names;
  for (const SyscallInfo& info : AllSyscalls()) {
    EXPECT_TRUE(names.insert(info.name).second) << info.name;
  }
}

TEST(SyscallTableTest, FindsEachRowByNumberAndByName) {
  for (const SyscallInfo& info : AllSyscalls()) {
    EXPECT_EQ(FindSyscall(info.number), &info);
    EXPECT_EQ(FindSyscallByName(info.name, std::strlen(info.name)), &info);
  }
}

TEST(SyscallTableTest, FindsNothingForOtherNumbers) {
  for (uint32_t number = 0; number < 0x20000; ++number) {
    if (Promised(number)) continue;
    EXPECT_EQ(FindSyscall(number), nullptr) << number;
  }
  EXPECT_EQ(FindSyscall(0x40000000), nullptr);      // x32 read
  EXPECT_EQ(FindSyscall(0x40000000 | 9), nullptr);  // x32 mmap
  EXPECT_EQ(FindSyscall(0x80000000), nullptr);
  EXPECT_EQ(FindSyscall(0xffffffff), nullptr);
}

TEST(SyscallTableTest, FindsNothingForOtherNames) {
  EXPECT_EQ(FindSyscallByName("", 0), nullptr);
  EXPECT_EQ(FindSyscallByName(nullptr, 0), nullptr);
  EXPECT_EQ(FindSyscallByName("rea", 3), nullptr);
  EXPECT_EQ(FindSyscallByName("Read", 4), nullptr);
  EXPECT_EQ(FindSyscallByName("read\0", 5), nullptr);
  EXPECT_EQ(FindSyscallByName("uretprobe", 9), nullptr);
}

TEST(SyscallTableTest, NameNeedNotBeTerminated) {
  const SyscallInfo* info = FindSyscallByName("readv", 4);
  ASSERT_NE(info, nullptr);
  EXPECT_STREQ(info->name, "read");
}

TEST(SyscallTableTest, FormatsFillExactlyTheArguments) {
  for (const SyscallInfo& info : AllSyscalls()) {
    for (int i = 0; i < 6; ++i) {
      EXPECT_EQ(info.args[i] != ArgFormat::kNone, i < info.arg_count)
          << info.name << " " << i;
    }
  }
}

TEST(SyscallTableTest, CallsWithoutArgumentsAreExactlyThese) {
  EXPECT_EQ(NamesWithArgCount(0),
            (std::set<std::string>{
                "fork", "getegid", "geteuid", "getgid", "getpgrp", "getpid",
                "getppid", "gettid", "getuid", "inotify_init", "munlockall",
                "pause", "restart_syscall", "rt_sigreturn", "sched_yield",
                "setsid", "sync", "vfork", "vhangup"}));
}

TEST(SyscallTableTest, CallsWithSixArgumentsAreExactlyThese) {
  EXPECT_EQ(
      NamesWithArgCount(6),
      (std::set<std::string>{
          "copy_file_range", "epoll_pwait", "epoll_pwait2", "futex",
          "io_pgetevents", "io_uring_enter", "mbind", "mmap", "move_pages",
          "preadv2", "process_vm_readv", "process_vm_writev", "pselect6",
          "pwritev2", "recvfrom", "sendto", "splice"}));
}

// The kernel's own SYSCALL_DEFINEn, where a slip is likely or matters.
TEST(SyscallTableTest, ArgumentCountsAreTheKernels) {
  constexpr struct {
    const char* name;
    int count;
  } kExpected[] = {
      {"read", 3},
      {"open", 3},
      {"close", 1},
      {"fstat", 2},
      {"poll", 3},
      {"lseek", 3},
      {"mprotect", 3},
      {"munmap", 2},
      {"brk", 1},
      {"rt_sigaction", 4},
      {"rt_sigprocmask", 4},
      {"ioctl", 3},
      {"pread64", 4},
      {"writev", 3},
      {"pipe", 1},
      {"select", 5},
      {"mremap", 5},
      {"msync", 3},
      {"shmat", 3},
      {"sendfile", 4},
      {"socket", 3},
      {"sendmsg", 3},
      {"socketpair", 4},
      {"getsockopt", 5},
      {"clone", 5},
      {"execve", 3},
      {"exit", 1},
      {"wait4", 4},
      {"semctl", 4},
      {"msgrcv", 5},
      {"fcntl", 3},
      {"ptrace", 4},
      {"rt_sigtimedwait", 4},
      {"personality", 1},
      {"prctl", 5},
      {"arch_prctl", 2},
      {"mount", 5},
      {"reboot", 4},
      {"setxattr", 5},
      {"getxattr", 4},
      {"io_getevents", 5},
      {"remap_file_pages", 5},
      {"fadvise64", 4},
      {"clock_nanosleep", 4},
      {"exit_group", 1},
      {"tgkill", 3},
      {"get_mempolicy", 5},
      {"kexec_load", 4},
      {"waitid", 5},
      {"keyctl", 5},
      {"openat", 4},
      {"newfstatat", 4},
      {"linkat", 5},
      {"fchmodat", 3},
      {"faccessat", 3},
      {"ppoll", 5},
      {"tee", 4},
      {"sync_file_range", 4},
      {"utimensat", 4},
      {"fallocate", 4},
      {"accept4", 4},
      {"preadv", 5},
      {"pwritev", 5},
      {"perf_event_open", 5},
      {"recvmmsg", 5},
      {"fanotify_mark", 5},
      {"prlimit64", 4},
      {"name_to_handle_at", 5},
      {"kcmp", 5},
      {"renameat2", 5},
      {"seccomp", 3},
      {"getrandom", 3},
      {"memfd_create", 2},
      {"kexec_file_load", 5},
      {"execveat", 5},
      {"userfaultfd", 1},
      {"membarrier", 3},
      {"pkey_mprotect", 4},
      {"statx", 5},
      {"rseq", 4},
      {"pidfd_send_signal", 4},
      {"io_uring_setup", 2},
      {"io_uring_register", 4},
      {"move_mount", 5},
      {"clone3", 2},
      {"close_range", 3},
      {"openat2", 4},
      {"pidfd_getfd", 3},
      {"faccessat2", 4},
      {"process_madvise", 5},
      {"mount_setattr", 5},
      {"landlock_add_rule", 4},
      {"memfd_secret", 1},
      {"futex_waitv", 5},
      {"set_mempolicy_home_node", 4},
  };
  for (const auto& expected : kExpected) {
    EXPECT_EQ(ArgCount(expected.name), expected.count) << expected.name;
  }
}

TEST(SyscallTableTest, EveryGroupIsUsedAndHasItsOwnNameAndReason) {
  std::set<SyscallGroup> used;
  for (const SyscallInfo& info : AllSyscalls()) used.insert(info.group);
  EXPECT_EQ(used.size(), kSyscallGroupCount);

  std::set<std::string> names;
  std::set<std::string> reasons;
  for (size_t i = 0; i < kSyscallGroupCount; ++i) {
    const SyscallGroup group = static_cast<SyscallGroup>(i);
    EXPECT_TRUE(used.contains(group)) << GroupName(group);
    EXPECT_STRNE(GroupName(group), "");
    EXPECT_STRNE(GroupReason(group), "");
    EXPECT_TRUE(names.insert(GroupName(group)).second) << GroupName(group);
    EXPECT_TRUE(reasons.insert(GroupReason(group)).second)
        << GroupReason(group);
  }
}

TEST(SyscallTableTest, ValueOutsideTheGroupsIsCalledUnknown) {
  for (size_t i = kSyscallGroupCount; i < 256; ++i) {
    EXPECT_STREQ(GroupName(static_cast<SyscallGroup>(i)), "unknown");
    EXPECT_STREQ(GroupReason(static_cast<SyscallGroup>(i)), "is unknown");
  }
}

TEST(SyscallTableTest, GroupsOfTheDangerousCallsAreRight) {
  constexpr struct {
    const char* name;
    SyscallGroup group;
  } kExpected[] = {
      {"mmap", SyscallGroup::kMemory},
      {"brk", SyscallGroup::kMemory},
      {"mprotect", SyscallGroup::kMemory},
      {"pkey_mprotect", SyscallGroup::kMemory},
      {"memfd_create", SyscallGroup::kMemory},
      {"userfaultfd", SyscallGroup::kMemory},
      {"execveat", SyscallGroup::kExecute},
      {"clone3", SyscallGroup::kProcess},
      {"prctl", SyscallGroup::kProcessState},
      {"socket", SyscallGroup::kNetwork},
      {"shmat", SyscallGroup::kIpc},
      {"openat2", SyscallGroup::kFileOpen},
      {"open_by_handle_at", SyscallGroup::kFileOpen},
      {"ptrace", SyscallGroup::kTracing},
      {"process_vm_writev", SyscallGroup::kTracing},
      {"pidfd_getfd", SyscallGroup::kTracing},
      {"perf_event_open", SyscallGroup::kTracing},
      {"bpf", SyscallGroup::kKernelAdmin},
      {"kexec_load", SyscallGroup::kKernelAdmin},
      {"setns", SyscallGroup::kNamespaces},
      {"open_tree", SyscallGroup::kNamespaces},
      {"io_uring_enter", SyscallGroup::kAsyncIo},
      {"keyctl", SyscallGroup::kKeys},
      {"seccomp", SyscallGroup::kConfinement},
      {"setuid", SyscallGroup::kCredentials},
      {"prlimit64", SyscallGroup::kResourceLimits},
  };
  for (const auto& expected : kExpected) {
    const SyscallInfo* info =
        FindSyscallByName(expected.name, std::strlen(expected.name));
    ASSERT_NE(info, nullptr) << expected.name;
    EXPECT_EQ(info->group, expected.group) << expected.name;
  }
}

TEST(FormatSyscallTest, PrintsEachArgumentInItsFormat) {
  EXPECT_EQ(Format("socket", {1, 2, 0}), "socket(1, 2, 0)");
  EXPECT_EQ(Format("getpid", {1, 2, 3, 4, 5, 6}), "getpid()");
  EXPECT_EQ(Format("open", {0x1000, O_WRONLY | O_CREAT, 0644}),
            "open(0x1000, 0x41, 0o644)");
  EXPECT_EQ(Format("lseek", {3, static_cast<uint64_t>(-4096), 1}),
            "lseek(3, -4096, 1)");
  EXPECT_EQ(
      Format("mmap", {0, 4096, 3, 0x22, static_cast<uint64_t>(-1), 0x2000}),
      "mmap(0x0, 4096, 0x3, 0x22, -1, 0x2000)");
  EXPECT_EQ(Format("kill", {static_cast<uint64_t>(-1), 9}), "kill(-1, 9)");
  EXPECT_EQ(Format("prctl", {15, 0xffff0000ffff0000, 0, 0, 1}),
            "prctl(15, 0xffff0000ffff0000, 0x0, 0x0, 0x1)");
}

TEST(FormatSyscallTest, PrintsTheWorkingDirectoryByName) {
  // The kernel takes 32 bits: both ways of widening -100 mean the same.
  for (const uint64_t directory :
       {static_cast<uint64_t>(AT_FDCWD), uint64_t{0xffffff9c}}) {
    EXPECT_EQ(Format("openat", {directory, 0x7fff00001000, 0, 0}),
              "openat(AT_FDCWD, 0x7fff00001000, 0x0, 0o0)");
  }
  EXPECT_EQ(Format("close", {static_cast<uint64_t>(-99)}), "close(-99)");
  EXPECT_EQ(Format("exit", {static_cast<uint64_t>(-100)}), "exit(-100)");
}

TEST(FormatSyscallTest, PrintsExtremes) {
  const uint64_t lowest = uint64_t{1} << 63;
  EXPECT_EQ(Format("exit", {0x80000000}), "exit(-2147483648)");
  EXPECT_EQ(Format("exit", {0xffffffff7fffffff}), "exit(2147483647)");
  EXPECT_EQ(Format("alarm", {kAllOnes}), "alarm(4294967295)");
  EXPECT_EQ(Format("umask", {kAllOnes}), "umask(0o37777777777)");
  EXPECT_EQ(Format("memfd_secret", {kAllOnes}), "memfd_secret(0xffffffff)");
  EXPECT_EQ(Format("ftruncate", {0, lowest}),
            "ftruncate(0, -9223372036854775808)");
  EXPECT_EQ(Format("munmap", {kAllOnes, kAllOnes}),
            "munmap(0xffffffffffffffff, 18446744073709551615)");
}

TEST(FormatSyscallTest, PrintsUnknownNumbersWithSixRegisters) {
  EXPECT_EQ(Format(999, {0, 1, 0xff, kAllOnes, 4, 5}),
            "syscall_999(0x0, 0x1, 0xff, 0xffffffffffffffff, 0x4, 0x5)");
  EXPECT_EQ(Format(0x40000001, {1, 2, 3, 4, 5, 6}),
            "syscall_1073741825(0x1, 0x2, 0x3, 0x4, 0x5, 0x6)");
}

TEST(FormatSyscallTest, StatedBufferHoldsEveryCall) {
  constexpr uint64_t kLongest[] = {kAllOnes, uint64_t{1} << 63,
                                   static_cast<uint64_t>(AT_FDCWD), 0x80000000};
  for (const uint64_t value : kLongest) {
    const uint64_t args[6] = {value, value, value, value, value, value};
    for (uint32_t number : {335u, 0xffffffffu}) {
      EXPECT_EQ(Format(number, args).back(), ')') << number;
    }
    for (const SyscallInfo& info : AllSyscalls()) {
      EXPECT_EQ(Format(info.number, args).back(), ')') << info.name;
    }
  }
}

TEST(FormatSyscallTest, CutsWhatDoesNotFitAndStaysInTheBuffer) {
  constexpr std::string_view kWhole = "openat(AT_FDCWD, 0x1000, 0x80000, 0o0)";
  const uint64_t args[6] = {static_cast<uint64_t>(AT_FDCWD), 0x1000, O_CLOEXEC,
                            0};
  for (size_t size = 0; size <= kWhole.size() + 2; ++size) {
    char text[64];
    std::memset(text, '#', sizeof(text));
    const size_t length = FormatSyscall(257, args, text, size);
    if (size == 0) {
      EXPECT_EQ(length, 0u);
    } else {
      EXPECT_EQ(length, std::min(size - 1, kWhole.size()));
      EXPECT_EQ(std::string_view(text), kWhole.substr(0, length));
    }
    for (size_t i = size; i < sizeof(text); ++i) EXPECT_EQ(text[i], '#');
  }
}

TEST(FormatSyscallTest, WritesNothingThroughANullBufferOfNoBytes) {
  const uint64_t args[6] = {};
  EXPECT_EQ(FormatSyscall(0, args, nullptr, 0), 0u);
}

}  // namespace
}  // namespace cellblock
