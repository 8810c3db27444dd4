// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

// That the floors do what they time. How long it takes is no test's business.

#include "tests/benchmark/jail_floors.h"

#include <errno.h>
#include <gtest/gtest.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>

#include <algorithm>
#include <cstdint>

namespace cellblock {
namespace {

constexpr sock_filter kAllow[] = {BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)};
constexpr sock_filter kKill[] = {
    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS)};

void ExpectFigure(const Sample& sample) {
  ASSERT_TRUE(sample.has_value());
  EXPECT_GT(*sample, 0);
}

TEST(JailFloorsTest, ThePeerTakesOneTurnForEachSample) {
  const auto peer = FutexPeer::Start();
  ASSERT_NE(peer, nullptr);
  for (uint64_t turn = 1; turn <= 100; ++turn) {
    ExpectFigure(peer->PingPong());
    EXPECT_EQ(peer->turns(), turn);
  }
}

TEST(JailFloorsTest, ThePeerEndsWithItsObject) {
  auto peer = FutexPeer::Start();
  ASSERT_NE(peer, nullptr);
  const pid_t pid = peer->pid();
  EXPECT_EQ(kill(pid, 0), 0);
  peer.reset();
  EXPECT_EQ(kill(pid, 0), -1);
  EXPECT_EQ(errno, ESRCH);
}

TEST(JailFloorsTest, APeerThatIsGoneGivesNoSample) {
  const auto peer = FutexPeer::Start();
  ASSERT_NE(peer, nullptr);
  ASSERT_EQ(kill(peer->pid(), SIGKILL), 0);
  EXPECT_FALSE(peer->PingPong().has_value());
}

TEST(JailFloorsTest, TheCopiesAreMade) {
  constexpr size_t kBytes = size_t{1} << 20;
  const auto floor = CopyFloor::Create(kBytes);
  ASSERT_NE(floor, nullptr);
  EXPECT_EQ(floor->input().size(), kBytes);
  EXPECT_EQ(std::count(floor->output().begin(), floor->output().end(), 2),
            static_cast<ptrdiff_t>(kBytes));
  ExpectFigure(floor->WithHandOver());
  EXPECT_EQ(std::count(floor->output().begin(), floor->output().end(), 0),
            static_cast<ptrdiff_t>(kBytes));
  ExpectFigure(floor->CopiesAlone());
}

TEST(JailFloorsTest, ChildrenEndWell) {
  ExpectFigure(ForkExitWait());
  ExpectFigure(ForkFilterExitWait(kAllow));
  ExpectFigure(SpawnWait("/bin/true"));
  ExpectFigure(MapPopulated(size_t{4} << 20));
}

TEST(JailFloorsTest, TheFilterIsInForce) {
  EXPECT_FALSE(ForkFilterExitWait(kKill).has_value());
  EXPECT_FALSE(ForkFilterExitWait({}).has_value());
}

TEST(JailFloorsTest, FailuresGiveNoSample) {
  EXPECT_FALSE(SpawnWait("/bin/false").has_value());
  EXPECT_FALSE(SpawnWait("/bin/there-is-none").has_value());
  EXPECT_FALSE(MapPopulated(size_t{1} << 60).has_value());
}

}  // namespace
}  // namespace cellblock
