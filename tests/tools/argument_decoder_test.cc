// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
#include "tools/jailrun/argument_decoder.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <linux/futex.h>
#include <linux/netlink.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <time.h>

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "jail/syscall_table.h"
#include "tests/tools/fake_memory.h"
#include "tools/jailrun/argument_names.h"

namespace cellblock {
namespace {

using ::testing::ElementsAre;
using ::testing::StartsWith;

std::vector<std::string> Decoded(uint32_t number,
                                 const std::vector<uint64_t>& args,
                                 const MemoryReader& memory = FakeMemory()) {
  Violation call;
  call.number = number;
  std::copy(args.begin(), args.end(), call.args);
  return DecodeArguments(call, memory);
}

std::string Text(const char* text) {
  return std::string(text, strlen(text) + 1);
}

TEST(ArgumentDecoderTest, SocketsAreNamed) {
  EXPECT_THAT(Decoded(SYS_socket, {AF_INET, SOCK_STREAM, 0}),
              ElementsAre("AF_INET", "SOCK_STREAM", "0"));
  EXPECT_THAT(
      Decoded(SYS_socket, {AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK,
                           IPPROTO_UDP}),
      ElementsAre("AF_INET6", "SOCK_DGRAM|SOCK_CLOEXEC|SOCK_NONBLOCK",
                  "IPPROTO_UDP"));
  EXPECT_THAT(Decoded(SYS_socket, {AF_NETLINK, SOCK_RAW, NETLINK_AUDIT}),
              ElementsAre("AF_NETLINK", "SOCK_RAW", "NETLINK_AUDIT"));
  EXPECT_THAT(Decoded(SYS_socket, {999, 0x1000f, 7}),
              ElementsAre("999", "15|0x10000", "7"));
}

TEST(ArgumentDecoderTest, OnlyTheHalfThatTheKernelReadsCounts) {
  EXPECT_THAT(Decoded(SYS_socket, {(uint64_t{1} << 32) + AF_INET, 1, 0}),
              ElementsAre("AF_INET", "SOCK_STREAM", "0"));
}

TEST(ArgumentDecoderTest, WhereTheKernelReadsBothHalvesBothCount) {
  constexpr uint64_t kHigh = uint64_t{1} << 32;
  EXPECT_EQ(Decoded(SYS_mprotect, {0, 0, kHigh | PROT_READ})[2],
            "PROT_READ|0x100000000");
  EXPECT_EQ(Decoded(SYS_unshare, {kHigh | CLONE_FS})[0],
            "CLONE_FS|0x100000000");
  EXPECT_EQ(Decoded(SYS_ptrace, {kHigh, 0, 0, 0})[0], "0x100000000");
  EXPECT_EQ(Decoded(SYS_umount2, {0, kHigh | 2})[1], "MNT_DETACH");
}

TEST(ArgumentDecoderTest, NegativeNumbersWithoutANameStayNegative) {
  EXPECT_EQ(Decoded(SYS_socket, {UINT64_MAX, 1, 0})[0], "-1");
  EXPECT_EQ(Decoded(SYS_kill, {1, 0xffffffff})[1], "-1");
  EXPECT_EQ(Decoded(SYS_getrusage, {UINT64_MAX, 0})[0], "RUSAGE_CHILDREN");
  EXPECT_EQ(Decoded(SYS_add_key, {0, 0, 0, 0, static_cast<uint64_t>(-3)})[4],
            "KEY_SPEC_SESSION_KEYRING");
}

TEST(ArgumentDecoderTest, WhatTheKernelDoesNotLookAtIsLeftOut) {
  constexpr uint64_t kGarbage = 0x7fff12345678;
  EXPECT_THAT(Decoded(SYS_fcntl, {1, F_GETFL, kGarbage}),
              ElementsAre("1", "F_GETFL"));
  EXPECT_THAT(Decoded(SYS_open, {0, O_RDONLY | O_DIRECTORY, kGarbage}),
              ElementsAre("NULL", "O_RDONLY|O_DIRECTORY"));
  EXPECT_THAT(Decoded(SYS_open, {0, O_RDWR | O_TMPFILE, 0600}),
              ElementsAre("NULL", "O_RDWR|O_TMPFILE", "0o600"));
}

TEST(ArgumentDecoderTest, FlagsAreNamed) {
  FakeMemory memory;
  memory.Put(0x1000, Text("/etc/passwd"));
  EXPECT_THAT(Decoded(SYS_openat,
                      {static_cast<uint64_t>(AT_FDCWD), 0x1000,
                       O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644},
                      memory),
              ElementsAre("AT_FDCWD", "\"/etc/passwd\"",
                          "O_WRONLY|O_CREAT|O_TRUNC|O_CLOEXEC", "0o644"));
  EXPECT_EQ(Decoded(SYS_open, {0x1000, O_RDONLY | O_DIRECTORY, 0}, memory)[1],
            "O_RDONLY|O_DIRECTORY");
  EXPECT_EQ(Decoded(SYS_open, {0x1000, O_RDWR, 0}, memory)[1], "O_RDWR");
  EXPECT_THAT(Decoded(SYS_mmap,
                      {0, 4096, PROT_READ | PROT_EXEC,
                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, UINT64_MAX, 0}),
              ElementsAre("NULL", "4096", "PROT_READ|PROT_EXEC",
                          "MAP_PRIVATE|MAP_FIXED|MAP_ANONYMOUS", "-1", "0x0"));
  EXPECT_EQ(Decoded(SYS_clone, {CLONE_VM | CLONE_VFORK | SIGCHLD})[0],
            "CLONE_VM|CLONE_VFORK|SIGCHLD");
  EXPECT_EQ(Decoded(SYS_clone, {0})[0], "0");
  EXPECT_EQ(Decoded(SYS_access, {0x1000, R_OK | X_OK}, memory)[1], "R_OK|X_OK");
}

TEST(ArgumentDecoderTest, CommandsAreNamed) {
  EXPECT_EQ(Decoded(SYS_prctl, {PR_SET_DUMPABLE, 1})[0], "PR_SET_DUMPABLE");
  EXPECT_EQ(Decoded(SYS_ptrace, {PTRACE_ATTACH, 1, 0, 0})[0], "PTRACE_ATTACH");
  EXPECT_EQ(Decoded(SYS_ioctl, {0, 0x5412, 0})[1], "TIOCSTI");
  EXPECT_EQ(Decoded(SYS_kill, {1, SIGKILL})[1], "SIGKILL");
  EXPECT_EQ(Decoded(SYS_fcntl, {1, F_SETFL, O_NONBLOCK})[2], "O_NONBLOCK");
  EXPECT_EQ(Decoded(SYS_fcntl, {1, F_DUPFD, 5})[2], "5");
  EXPECT_EQ(Decoded(SYS_fcntl, {1, F_SETFD, FD_CLOEXEC})[2], "FD_CLOEXEC");
  EXPECT_EQ(Decoded(SYS_fcntl, {1, F_SETSIG, SIGUSR1})[2], "SIGUSR1");
  EXPECT_EQ(Decoded(SYS_fcntl, {1, 9999, 5})[2], "0x5");
  EXPECT_EQ(Decoded(SYS_keyctl, {11, 0, 0, 0, 0})[0], "KEYCTL_READ");
  EXPECT_EQ(Decoded(SYS_madvise, {0, 0, MADV_FREE})[2], "MADV_FREE");
  EXPECT_EQ(Decoded(SYS_clock_gettime, {CLOCK_BOOTTIME, 0})[0],
            "CLOCK_BOOTTIME");
  EXPECT_EQ(Decoded(SYS_futex, {0, FUTEX_LOCK_PI | FUTEX_PRIVATE_FLAG, 0})[1],
            "FUTEX_LOCK_PI|FUTEX_PRIVATE_FLAG");
}

TEST(ArgumentDecoderTest, AddressesAreRead) {
  FakeMemory memory;
  sockaddr_in internet = {};
  internet.sin_family = AF_INET;
  internet.sin_port = htons(443);
  inet_pton(AF_INET, "192.0.2.1", &internet.sin_addr);
  memory.PutValue(0x1000, internet);
  EXPECT_EQ(Decoded(SYS_connect, {3, 0x1000, sizeof(internet)}, memory)[1],
            "{AF_INET, 192.0.2.1:443}");
  sockaddr_in6 internet6 = {};
  internet6.sin6_family = AF_INET6;
  internet6.sin6_port = htons(53);
  internet6.sin6_addr.s6_addr[15] = 1;
  memory.PutValue(0x2000, internet6);
  EXPECT_EQ(Decoded(SYS_bind, {3, 0x2000, sizeof(internet6)}, memory)[1],
            "{AF_INET6, [::1]:53}");
  sockaddr_un local = {};
  local.sun_family = AF_UNIX;
  strcpy(local.sun_path, "/run/\n");
  memory.PutValue(0x3000, local);
  EXPECT_EQ(Decoded(SYS_connect, {3, 0x3000, sizeof(local)}, memory)[1],
            "{AF_UNIX, \"/run/\\x0a\"}");
  // Abstract names, and lengths that lie.
  strcpy(local.sun_path + 1, "bus");
  local.sun_path[0] = '\0';
  memory.PutValue(0x3000, local);
  EXPECT_EQ(Decoded(SYS_connect, {3, 0x3000, 6}, memory)[1],
            "{AF_UNIX, @\"bus\"}");
  EXPECT_EQ(Decoded(SYS_connect, {3, 0x3000, 2}, memory)[1], "{AF_UNIX}");
  EXPECT_EQ(Decoded(SYS_connect, {3, 0x3000, 1}, memory)[1], "0x3000");
  EXPECT_EQ(Decoded(SYS_connect, {3, 0x1000, 4}, memory)[1], "{AF_INET}");
  EXPECT_THAT(Decoded(SYS_connect, {3, 0x3000, UINT32_MAX}, memory)[1],
              StartsWith("{AF_UNIX, @\"bus"));
  EXPECT_LE(memory.largest(), sizeof(sockaddr_un));
}

TEST(ArgumentDecoderTest, StructuresAreRead) {
  FakeMemory memory;
  memory.PutValue(0x1000, timespec{.tv_sec = 1, .tv_nsec = 500});
  EXPECT_EQ(Decoded(SYS_nanosleep, {0x1000, 0}, memory)[0], "{1 s, 500 ns}");
  memory.PutValue(0x2000, rlimit{.rlim_cur = 10, .rlim_max = RLIM_INFINITY});
  EXPECT_THAT(Decoded(SYS_setrlimit, {RLIMIT_NOFILE, 0x2000}, memory),
              ElementsAre("RLIMIT_NOFILE", "{soft=10, hard=unlimited}"));
  iovec parts[2] = {{nullptr, 10}, {nullptr, 5}};
  memory.PutValue(0x3000, parts);
  EXPECT_EQ(Decoded(SYS_writev, {1, 0x3000, 2}, memory)[1],
            "{2 parts, 15 bytes}");
  msghdr message = {};
  message.msg_iov = reinterpret_cast<iovec*>(0x3000);
  message.msg_iovlen = 1;
  memory.PutValue(0x4000, message);
  EXPECT_EQ(Decoded(SYS_sendmsg, {1, 0x4000, 0}, memory)[1],
            "{name=NULL, parts={1 part, 10 bytes}, control=0 bytes}");
}

TEST(ArgumentDecoderTest, WordsAreReadAndCounted) {
  FakeMemory memory;
  memory.Put(0x1000, Text("/bin/sh"));
  memory.Put(0x2000, Text("-c"));
  const uint64_t words[] = {0x1000, 0x2000, 0};
  memory.PutValue(0x3000, words);
  EXPECT_THAT(Decoded(SYS_execve, {0x1000, 0x3000, 0x5}, memory),
              ElementsAre("\"/bin/sh\"", "[\"/bin/sh\", \"-c\"]", "0x5"));
  std::vector<uint64_t> many(100, 0x2000);
  memory.Put(0x4000, std::string(reinterpret_cast<char*>(many.data()), 800));
  EXPECT_EQ(Decoded(SYS_execve, {0x1000, 0x4000, 0}, memory)[1],
            "[\"-c\", \"-c\", \"-c\", \"-c\", \"-c\", \"-c\", ...]");
  // It ends without a null, and a word leads nowhere.
  const uint64_t cut[] = {0x99999};
  memory.PutValue(0x5000, cut);
  EXPECT_EQ(Decoded(SYS_execve, {0x1000, 0x5000, 0}, memory)[1],
            "[0x99999, ?]");
}

TEST(ArgumentDecoderTest, TextIsBoundedAndEscaped) {
  FakeMemory memory;
  memory.Put(0x1000, std::string(100000, 'x'));
  EXPECT_EQ(Decoded(SYS_chdir, {0x1000}, memory)[0],
            "\"" + std::string(96, 'x') + "\"...");
  EXPECT_LE(memory.largest(), 96u);
  std::string all;
  for (int byte = 1; byte < 256; ++byte) all += static_cast<char>(byte);
  for (size_t at = 0; at + 90 < all.size(); at += 45) {
    memory.Put(0x1000, all.substr(at, 90) + '\0');
    const std::string text = Decoded(SYS_chdir, {0x1000}, memory)[0];
    for (const char c : text) {
      EXPECT_TRUE(c >= 0x20 && c < 0x7f) << static_cast<int>(c);
    }
  }
}

TEST(ArgumentDecoderTest, WhatCannotBeReadStaysANumber) {
  for (const uint64_t address :
       {uint64_t{1}, uint64_t{0xdead0000}, UINT64_MAX, UINT64_MAX - 7}) {
    char text[32];
    snprintf(text, sizeof(text), "0x%llx",
             static_cast<unsigned long long>(address));
    EXPECT_EQ(Decoded(SYS_chdir, {address})[0], text);
    EXPECT_EQ(Decoded(SYS_execve, {address, address, address})[1], text);
    EXPECT_EQ(Decoded(SYS_connect, {3, address, 16})[1], text);
    EXPECT_EQ(Decoded(SYS_sendmsg, {3, address, 0})[1], text);
    EXPECT_EQ(Decoded(SYS_writev, {3, address, UINT64_MAX})[1], text);
    EXPECT_EQ(Decoded(SYS_writev, {3, address, 3})[1], text);
    EXPECT_EQ(Decoded(SYS_nanosleep, {address, 0})[0], text);
  }
  EXPECT_EQ(Decoded(SYS_chdir, {0})[0], "NULL");
}

// Whatever the numbers and the memory.
TEST(ArgumentDecoderTest, EveryCallIsBounded) {
  FakeMemory memory;
  memory.Put(0, std::string(1 << 16, '\xff'));
  std::vector<uint32_t> numbers = {9999, UINT32_MAX};
  for (const SyscallInfo& info : AllSyscalls()) numbers.push_back(info.number);
  for (const uint32_t number : numbers) {
    const SyscallInfo* info = FindSyscall(number);
    for (const uint64_t value :
         {uint64_t{0}, uint64_t{1}, uint64_t{8}, uint64_t{1000},
          uint64_t{65530}, uint64_t{1} << 32, UINT64_MAX}) {
      const std::vector<std::string> texts =
          Decoded(number, std::vector<uint64_t>(6, value), memory);
      const size_t count = info != nullptr ? info->arg_count : 6u;
      EXPECT_TRUE(texts.size() == count || texts.size() + 1 == count) << number;
      for (const std::string& text : texts) {
        EXPECT_LE(text.size(), kArgumentTextBytes);
        EXPECT_FALSE(text.empty());
        for (const char c : text) EXPECT_TRUE(c >= 0x20 && c < 0x7f) << text;
      }
    }
  }
  EXPECT_LT(memory.reads(), 100000u);
}

TEST(ArgumentNamesTest, EveryBitOfFlagsIsShown) {
  for (int i = 0; i <= static_cast<int>(NameSet::kSeals); ++i) {
    const auto set = static_cast<NameSet>(i);
    EXPECT_FALSE(NamesOf(set).empty()) << i;
    EXPECT_EQ(FlagNames(set, 0), "0");
    for (const NamedValue& named : NamesOf(set)) {
      EXPECT_FALSE(ValueName(set, named.value).empty());
    }
  }
  EXPECT_EQ(FlagNames(NameSet::kProtections, 0x80 | PROT_READ),
            "PROT_READ|0x80");
  EXPECT_EQ(ValueName(NameSet::kSignals, 64), "64");
  EXPECT_EQ(ValueName(NameSet::kIoControls, 0x12345678), "0x12345678");
}

}  // namespace
}  // namespace cellblock
