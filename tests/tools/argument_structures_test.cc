// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// Each structure as a call takes it: what is shown of it, and that it stays an
// address where it cannot be read whole. Calls in a jail are in
// tests/tools/jailrun/refused_calls_test.py.

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <linux/filter.h>
#include <linux/futex.h>
#include <linux/seccomp.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>

#include <algorithm>
#include <cstdint>
#include <string>
#include <tuple>
#include <vector>

#include "tests/tools/fake_memory.h"
#include "tools/jailrun/argument_decoder.h"

namespace cellblock {
namespace {

using ::testing::HasSubstr;

constexpr uint64_t kAt = 0x1000;

std::vector<std::string> Decoded(uint32_t number,
                                 const std::vector<uint64_t>& args,
                                 const MemoryReader& memory) {
  Violation call;
  call.number = number;
  std::copy(args.begin(), args.end(), call.args);
  return DecodeArguments(call, memory);
}

using Words = std::vector<uint64_t>;

std::string Bytes(const Words& words) {
  return std::string(reinterpret_cast<const char*>(words.data()),
                     8 * words.size());
}

template <typename T>
std::string BytesOf(const T& value) {
  return std::string(reinterpret_cast<const char*>(&value), sizeof(value));
}

// A call with a structure at kAt as its argument `index`.
struct Example {
  uint32_t number;
  Words arguments;
  size_t index;
  std::string bytes;
  std::string text;
};

std::vector<Example> Examples() {
  constexpr uint64_t kTerm = 1 << (SIGTERM - 1);
  constexpr uint64_t kNow = UTIME_NOW;
  const pollfd polls[] = {{3, POLLIN, 0}, {-1, 0, 0}};
  epoll_event event = {};
  event.events = EPOLLOUT | EPOLLONESHOT;
  event.data.u64 = 0x123456789;
  struct flock lock = {};
  lock.l_type = F_UNLCK;
  lock.l_whence = SEEK_END;
  lock.l_start = -1;
  const linger wait = {.l_onoff = 1, .l_linger = 30};
  stack_t stack = {};
  stack.ss_flags = SS_DISABLE;
  stack.ss_size = 4096;
  return {
      {SYS_timer_settime,
       {1, 0, kAt, 0},
       2,
       Bytes({1, 2, 3, 4}),
       "{value={3 s, 4 ns}, interval={1 s, 2 ns}}"},
      {SYS_setitimer,
       {ITIMER_REAL, kAt, 0},
       1,
       Bytes({1, 2, 3, 4}),
       "{value={3 s, 4 us}, interval={1 s, 2 us}}"},
      {SYS_settimeofday, {kAt, 0}, 0, Bytes({7, 8}), "{7 s, 8 us}"},
      {SYS_utimensat,
       {0, 0, kAt, 0},
       2,
       Bytes({0, kNow, 5, UTIME_OMIT}),
       "[UTIME_NOW, UTIME_OMIT]"},
      {SYS_utimes,
       {0, kAt},
       1,
       Bytes({1, 2, 3, 4}),
       "[{1 s, 2 us}, {3 s, 4 us}]"},
      {SYS_adjtimex,
       {kAt},
       0,
       BytesOf<uint32_t>(0x8001),
       "{modes=ADJ_OFFSET|0x8000}"},
      {SYS_futex,
       {0, FUTEX_WAIT_BITSET | FUTEX_CLOCK_REALTIME, 0, kAt},
       3,
       Bytes({1, 0}),
       "{1 s, 0 ns}"},
      {SYS_rt_sigprocmask,
       {SIG_BLOCK, kAt, 0, 8},
       1,
       Bytes({kTerm | 1}),
       "[SIGHUP, SIGTERM]"},
      {SYS_rt_sigprocmask,
       {SIG_BLOCK, kAt, 0, 8},
       1,
       Bytes({~kTerm}),
       "all but [SIGTERM]"},
      {SYS_rt_sigsuspend, {kAt, 8}, 0, Bytes({UINT64_MAX}), "all"},
      {SYS_rt_sigsuspend, {kAt, 8}, 0, Bytes({0}), "[]"},
      {SYS_rt_sigsuspend, {kAt, 8}, 0, Bytes({uint64_t{1} << 63}), "[64]"},
      {SYS_rt_sigaction,
       {SIGUSR1, kAt, 0, 8},
       1,
       Bytes({0, SA_NODEFER, 0, kTerm}),
       "{handler=SIG_DFL, mask=[SIGTERM], flags=SA_NODEFER}"},
      {SYS_timer_create,
       {0, kAt, 0},
       1,
       Bytes({5, SIGEV_THREAD_ID * (uint64_t{1} << 32) + SIGUSR2}),
       "{SIGEV_THREAD_ID, SIGUSR2, value=0x5}"},
      {SYS_rt_sigqueueinfo,
       {1, SIGHUP, kAt},
       2,
       Bytes({SIGHUP, static_cast<uint32_t>(SI_TKILL)}),
       "{SIGHUP, code=SI_TKILL}"},
      {SYS_sigaltstack,
       {kAt, 0},
       0,
       BytesOf(stack),
       "{at=0x0, size=4096, flags=SS_DISABLE}"},
      {SYS_epoll_ctl,
       {3, EPOLL_CTL_MOD, 4, kAt},
       3,
       BytesOf(event),
       "{events=EPOLLOUT|EPOLLONESHOT, data=0x123456789}"},
      {SYS_poll, {kAt, 2, 0}, 0, BytesOf(polls), "[{3, POLLIN}, {-1, 0}]"},
      {SYS_select, {10, kAt, 0, 0, 0}, 1, Bytes({0x209}), "[0, 3, 9]"},
      {SYS_pselect6, {3, 0, kAt, 0, 0, 0}, 2, Bytes({0xff}), "[0, 1, 2]"},
      {SYS_sched_setaffinity,
       {0, 8, kAt},
       2,
       Bytes({UINT64_MAX}),
       "[0, 1, 2, 3, 4, 5, ...]"},
      {SYS_openat2,
       {0, 0, kAt, 24},
       2,
       Bytes({O_PATH, 0, 16}),
       "{flags=O_RDONLY|O_PATH, mode=0o0, resolve=RESOLVE_IN_ROOT}"},
      {SYS_clone3,
       {kAt, 88},
       0,
       Bytes({CLONE_VM, 0, 0, 0, SIGCHLD, 0x5000, 16, 0, 0, 0, 0}),
       "{flags=CLONE_VM, exit_signal=SIGCHLD, stack=0x5000, stack_size=16}"},
      {SYS_mount_setattr,
       {0, 0, 0, kAt, 32},
       3,
       Bytes({1, 0, MS_SLAVE, 0}),
       "{set=MOUNT_ATTR_RDONLY, clear=0, propagation=MS_SLAVE}"},
      {SYS_fcntl,
       {3, F_OFD_SETLKW, kAt},
       2,
       BytesOf(lock),
       "{F_UNLCK, SEEK_END, start=-1, length=0}"},
      {SYS_open_by_handle_at,
       {3, kAt, 0},
       1,
       Bytes({12 + (uint64_t{1} << 32)}),
       "{type=1, 12 bytes}"},
      {SYS_sched_setscheduler,
       {0, SCHED_FIFO, kAt},
       2,
       BytesOf(int32_t{9}),
       "{priority=9}"},
      {SYS_sched_setattr,
       {0, kAt, 0},
       1,
       Bytes({48, 0, 5, 0, 0, 0}),
       "{SCHED_OTHER, flags=0, nice=5, priority=0, runtime=0, deadline=0, "
       "period=0}"},
      {SYS_capset,
       {kAt, 0},
       0,
       Bytes({0x19980330}),
       "{version=0x19980330, pid=0}"},
      {SYS_capset,
       {0, kAt},
       1,
       Bytes({uint64_t{UINT32_MAX} << 32 | 1, 0x100, 1}),
       "{effective=CAP_CHOWN, permitted=0x1ffffffff, "
       "inheritable=CAP_SETPCAP}"},
      {SYS_mq_open,
       {0, O_CREAT, 0600, kAt},
       3,
       Bytes({0, 5, 6, 0}),
       "{messages=5, message_size=6}"},
      {SYS_io_uring_setup,
       {1, kAt},
       1,
       Bytes({0, 1}),
       "{flags=IORING_SETUP_IOPOLL}"},
      {SYS_perf_event_open,
       {kAt, 0, 0, 0, 0},
       0,
       Bytes({4, 0xabc}),
       "{PERF_TYPE_RAW, config=0xabc}"},
      {SYS_seccomp,
       {SECCOMP_SET_MODE_FILTER, 0, kAt},
       2,
       Bytes({3, 0}),
       "{3 instructions}"},
      {SYS_prctl,
       {PR_SET_SECCOMP, SECCOMP_MODE_FILTER, kAt, 0, 0},
       2,
       Bytes({1, 0}),
       "{1 instruction}"},
      {SYS_semop,
       {1, kAt, 1},
       1,
       std::string("\x02\x00\xff\xff\x00\x08", 6),
       "[{2, -1, flags=0x800}]"},
      {SYS_setgroups, {2, kAt}, 1, Bytes({(uint64_t{7} << 32) + 5}), "[5, 7]"},
      {SYS_setsockopt,
       {1, SOL_SOCKET, SO_LINGER, kAt, 8},
       3,
       BytesOf(wait),
       "{on=1, seconds=30}"},
      {SYS_setsockopt,
       {1, IPPROTO_TCP, TCP_CONGESTION, kAt, 4},
       3,
       std::string("bbr\0", 4),
       "\"bbr\""},
      {SYS_setsockopt,
       {1, IPPROTO_IPV6, IPV6_V6ONLY, kAt, 4},
       3,
       BytesOf(int32_t{-1}),
       "[-1]"},
  };
}

TEST(ArgumentStructuresTest, EachIsShown) {
  for (const Example& example : Examples()) {
    FakeMemory memory;
    memory.Put(kAt, example.bytes);
    EXPECT_EQ(Decoded(example.number, example.arguments, memory)[example.index],
              example.text)
        << example.number;
  }
}

// It ends one byte early: the end of a page, with none behind it.
TEST(ArgumentStructuresTest, OneThatIsCutOffIsAnAddressOrEndsInAQuestionMark) {
  for (const Example& example : Examples()) {
    FakeMemory memory;
    memory.Put(kAt, example.bytes.substr(0, example.bytes.size() - 1));
    const std::string text =
        Decoded(example.number, example.arguments, memory)[example.index];
    const bool said =
        text == "0x1000" || text.ends_with(", ?]") || text.ends_with("\"...");
    // What of them is not shown may be missing.
    const bool shown =
        text == example.text &&
        (example.number == SYS_clone3 || example.number == SYS_io_uring_setup ||
         example.number == SYS_rt_sigqueueinfo ||
         example.number == SYS_select || example.number == SYS_pselect6);
    EXPECT_TRUE(said || shown) << example.number << ": " << text;
  }
}

TEST(ArgumentStructuresTest, NoneIsNull) {
  for (Example& example : Examples()) {
    example.arguments[example.index] = 0;
    EXPECT_EQ(
        Decoded(example.number, example.arguments, FakeMemory())[example.index],
        "NULL")
        << example.number;
  }
}

TEST(ArgumentStructuresTest, LengthsAreTheKernelsAndNotBelieved) {
  FakeMemory memory;
  memory.Put(kAt, Bytes(Words(1000, 1)));
  const auto how = [&](uint64_t length) {
    return Decoded(SYS_openat2, {0, 0, kAt, length}, memory)[2];
  };
  EXPECT_EQ(how(23), "0x1000");
  EXPECT_THAT(how(24), HasSubstr("flags="));
  EXPECT_EQ(how(UINT64_MAX), how(24));
  EXPECT_LE(memory.largest(), 24u);
  EXPECT_EQ(Decoded(SYS_clone3, {kAt, 63}, memory)[0], "0x1000");
  EXPECT_EQ(Decoded(SYS_mount_setattr, {0, 0, 0, kAt, 8}, memory)[3], "0x1000");
}

TEST(ArgumentStructuresTest, CountsAreBounded) {
  FakeMemory memory;
  memory.Put(kAt, std::string(1 << 20, '\1'));
  for (const auto& [number, arguments, index] :
       std::vector<std::tuple<uint32_t, Words, size_t>>{
           {SYS_poll, {kAt, UINT64_MAX, 0}, 0},
           {SYS_semop, {1, kAt, UINT64_MAX}, 1},
           {SYS_setgroups, {UINT64_MAX, kAt}, 1},
           {SYS_sendmmsg, {1, kAt, UINT64_MAX, 0}, 1},
           {SYS_select, {UINT64_MAX, kAt, 0, 0, 0}, 1},
           {SYS_sched_setaffinity, {0, UINT64_MAX, kAt}, 2},
       }) {
    const std::string text = Decoded(number, arguments, memory)[index];
    EXPECT_TRUE(text.ends_with("...]") || text.size() == kArgumentTextBytes)
        << number << ": " << text;
  }
  EXPECT_LT(memory.reads(), 100u);
  EXPECT_LE(memory.largest(), 128u);
}

// A pointer that is one for some commands only.
TEST(ArgumentStructuresTest, WhatAnotherCommandTakesIsNotRead) {
  FakeMemory memory;
  memory.Put(kAt, Bytes({1, 2, 3, 4}));
  EXPECT_EQ(Decoded(SYS_futex, {0, FUTEX_REQUEUE, 1, kAt, 0, 0}, memory)[3],
            "0x1000");
  EXPECT_EQ(Decoded(SYS_seccomp, {SECCOMP_GET_ACTION_AVAIL, 0, kAt}, memory)[2],
            "0x1000");
  EXPECT_EQ(Decoded(SYS_prctl, {PR_SET_SECCOMP, 1, kAt, 0, 0}, memory)[2],
            "0x1000");
  EXPECT_EQ(memory.reads(), 0u);
}

}  // namespace
}  // namespace cellblock
