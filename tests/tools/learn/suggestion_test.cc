// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "tools/jailrun/learn/suggestion.h"

#include <errno.h>
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>

namespace cellblock {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

constexpr pid_t kPid = 4711;

SeenCall Call(long number, std::vector<uint64_t> args = {}) {
  SeenCall call;
  call.request.number = static_cast<uint32_t>(number);
  std::copy(args.begin(), args.end(), call.request.args);
  call.count = 1;
  call.succeeded = true;
  call.text = "call " + std::to_string(number);
  return call;
}

SeenCall Failing(SeenCall call) {
  call.succeeded = false;
  return call;
}

PathFacts NoPaths() {
  return {.readable_by_default = [](const std::string&) { return true; },
          .too_wide = [](const std::string&) { return false; },
          .exists = [](const std::string&) { return true; }};
}

Suggestion Of(std::vector<SeenCall> calls, std::vector<SeenFile> files = {}) {
  Learned learned;
  learned.pid = kPid;
  learned.calls = std::move(calls);
  learned.files = std::move(files);
  return Suggest(learned, NoPaths());
}

std::vector<std::string> Allowances(const Suggestion& suggestion) {
  std::vector<std::string> allowances;
  for (const Addition& addition : suggestion.additions) {
    allowances.push_back(addition.allowance);
  }
  return allowances;
}

TEST(SuggestionTest, NothingNeedsTheTightestPreset) {
  const Suggestion suggestion = Of({});
  EXPECT_EQ(suggestion.preset, "strict");
  EXPECT_THAT(suggestion.additions, IsEmpty());
  EXPECT_THAT(suggestion.answered, IsEmpty());
  EXPECT_TRUE(suggestion.passes());
}

TEST(SuggestionTest, StandardStreamsAreStrict) {
  const Suggestion suggestion =
      Of({Call(SYS_read, {0}), Call(SYS_write, {1}), Call(SYS_exit_group)});
  EXPECT_EQ(suggestion.preset, "strict");
  EXPECT_THAT(suggestion.additions, IsEmpty());
}

// The runtime has them allowed in every run.
TEST(SuggestionTest, WhatTheRuntimeNeedsIsNoAddition) {
  const Suggestion suggestion =
      Of({Call(SYS_close, {3}), Call(SYS_rt_sigprocmask)});
  EXPECT_EQ(suggestion.preset, "strict");
  EXPECT_THAT(suggestion.additions, IsEmpty());
}

TEST(SuggestionTest, ClocksAreWorker) {
  EXPECT_EQ(Of({Call(SYS_clock_gettime)}).preset, "worker");
}

TEST(SuggestionTest, AnArgumentDecides) {
  EXPECT_EQ(Of({Call(SYS_tgkill, {kPid, kPid, 6})}).preset, "worker");
  EXPECT_THAT(Allowances(Of({Call(SYS_tgkill, {kPid + 1, kPid + 1, 6})})),
              ElementsAre("unsafe:tgkill"));
}

TEST(SuggestionTest, ReadingFilesIsDecoder) {
  const Suggestion suggestion = Of({Call(SYS_openat, {0, 0, O_RDONLY}),
                                    Call(SYS_read, {3}), Call(SYS_fstat, {3})});
  EXPECT_EQ(suggestion.preset, "decoder");
  EXPECT_THAT(suggestion.additions, IsEmpty());
}

// Service would answer it with EACCES, which is no way to go on.
TEST(SuggestionTest, RefusingWhatAnotherPresetAllowsIsNotEnough) {
  const Suggestion suggestion =
      Of({Call(SYS_openat, {0, 0, O_RDONLY}), Call(SYS_epoll_create1),
          Call(SYS_epoll_ctl, {3}), Call(SYS_epoll_wait, {3})});
  EXPECT_EQ(suggestion.preset, "service");
  EXPECT_THAT(Allowances(suggestion), ElementsAre("@files"));
}

TEST(SuggestionTest, ADescriptorThatWasOnlyTriedIsNotNeeded) {
  SeenCall tried = Call(SYS_epoll_create1);
  tried.idle = true;
  const Suggestion suggestion = Of({tried, Call(SYS_openat, {0, 0, O_RDONLY})});
  EXPECT_EQ(suggestion.preset, "decoder");
  EXPECT_THAT(suggestion.additions, IsEmpty());
  ASSERT_THAT(suggestion.answered, SizeIs(1));
  EXPECT_EQ(suggestion.answered[0].what, "epoll_create1");
  EXPECT_EQ(suggestion.answered[0].error, ENOSYS);
}

TEST(SuggestionTest, AProbeIsAnswered) {
  SeenCall probe = Failing(Call(SYS_socket, {AF_UNIX, SOCK_STREAM}));
  probe.count = 3;
  const Suggestion suggestion = Of({probe});
  EXPECT_EQ(suggestion.preset, "decoder");
  EXPECT_THAT(suggestion.additions, IsEmpty());
  ASSERT_THAT(suggestion.answered, SizeIs(1));
  EXPECT_EQ(suggestion.answered[0].what, "socket");
  EXPECT_EQ(suggestion.answered[0].error, EACCES);
  EXPECT_EQ(suggestion.answered[0].count, 3);
}

// A violation ends the program whatever the kernel would have said.
TEST(SuggestionTest, AForbiddenCallThatFailedIsNeededToo) {
  EXPECT_THAT(Allowances(Of({Failing(Call(SYS_socket, {AF_INET}))})),
              ElementsAre("@network"));
}

TEST(SuggestionTest, TheNarrowestAdditionIsTaken) {
  const Suggestion suggestion =
      Of({Call(SYS_openat, {0, 0, O_RDONLY}), Call(SYS_getpeername, {0})});
  EXPECT_EQ(suggestion.preset, "decoder");
  EXPECT_THAT(Allowances(suggestion), ElementsAre("getpeername:0"));
  EXPECT_FALSE(suggestion.additions[0].cost.empty());
  EXPECT_THAT(suggestion.additions[0].call, HasSubstr("call"));
}

TEST(SuggestionTest, ManyDescriptorsAreTheCall) {
  std::vector<SeenCall> calls = {Call(SYS_openat, {0, 0, O_RDONLY})};
  for (uint64_t fd = 0; fd < 9; ++fd) {
    calls.push_back(Call(SYS_getpeername, {fd}));
  }
  EXPECT_THAT(Allowances(Of(calls)), ElementsAre("getpeername"));
}

TEST(SuggestionTest, WhatALaterGroupCoversIsLeftOut) {
  const Suggestion suggestion =
      Of({Call(SYS_openat, {0, 0, O_RDONLY}), Call(SYS_recvfrom, {5}),
          Call(SYS_setsockopt, {5, SOL_SOCKET, SO_KEEPALIVE})});
  EXPECT_EQ(suggestion.preset, "decoder");
  EXPECT_THAT(Allowances(suggestion), ElementsAre("@sockets"));
}

TEST(SuggestionTest, MemoryByNumberNeedsAPresetThatServesIt) {
  const Suggestion suggestion = Of({Call(SYS_mmap, {0, 4096})});
  EXPECT_EQ(suggestion.preset, "decoder");
  EXPECT_TRUE(suggestion.passes());
}

TEST(SuggestionTest, WhatNoPolicyAllowsIsAnObstacle) {
  const Suggestion suggestion =
      Of({Call(SYS_io_uring_setup), Call(SYS_clock_gettime)});
  EXPECT_EQ(suggestion.preset, "worker");
  ASSERT_THAT(suggestion.obstacles, SizeIs(1));
  EXPECT_THAT(suggestion.obstacles[0].reason, HasSubstr("ring"));
  EXPECT_FALSE(suggestion.passes());
}

TEST(SuggestionTest, AnImpossibleCallIsOneObstacle) {
  EXPECT_THAT(Of({Call(SYS_seccomp, {1}), Call(SYS_seccomp, {2})}).obstacles,
              SizeIs(1));
}

TEST(SuggestionTest, WritingFilesIsForRw) {
  const Suggestion suggestion =
      Of({Call(SYS_openat, {0, 0, O_WRONLY | O_CREAT, 0600}),
          Call(SYS_fsync, {3}), Call(SYS_rename)},
         {{"/data/file", FileUse::kCreate}});
  EXPECT_EQ(suggestion.preset, "decoder");
  EXPECT_THAT(suggestion.additions, IsEmpty());
  EXPECT_THAT(suggestion.answered, IsEmpty());
  EXPECT_THAT(suggestion.paths.writable, ElementsAre("/data"));
  EXPECT_TRUE(suggestion.passes());
}

TEST(SuggestionTest, ProcessesAreObstaclesAndThreadsAreNot) {
  Learned learned;
  learned.pid = kPid;
  learned.processes = {{"vfork", 2}};
  learned.executed = "/bin/true";
  learned.threads = 1;
  const Suggestion suggestion = Suggest(learned, NoPaths());
  ASSERT_THAT(suggestion.obstacles, SizeIs(2));
  EXPECT_EQ(suggestion.obstacles[0].what, "2 processes, by vfork");
  EXPECT_EQ(suggestion.obstacles[1].what, "execve of /bin/true");
}

TEST(SuggestionTest, WaitingForAChildIsNotToldTwice) {
  Learned learned;
  learned.pid = kPid;
  learned.processes = {{"clone", 1}};
  learned.calls = {Call(SYS_wait4)};
  EXPECT_THAT(Suggest(learned, NoPaths()).answered, IsEmpty());
}

}  // namespace
}  // namespace cellblock
