// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// Workers and templates that are killed at any moment, by whoever may.

#include <signal.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <memory>
#include <random>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "jail/jail.h"
#include "tests/jail/call/live_calls.h"
#include "tests/jail/call/processes.h"
#include "tests/seed.h"

namespace cellblock {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;
using ::testing::HasSubstr;

constexpr milliseconds kDeadline{2000};
// Of a machine that does other work.
constexpr milliseconds kSlack{4000};

template <typename Done>
bool Eventually(const Done& done) {
  const auto end = steady_clock::now() + std::chrono::seconds(20);
  while (steady_clock::now() < end) {
    if (done()) return true;
    std::this_thread::sleep_for(milliseconds(5));
  }
  return false;
}

class EveryFreshness : public ::testing::TestWithParam<Freshness> {
 protected:
  // Where one serves one call only, the next gets ready beside it.
  static size_t SlotsForEachWorker() {
    return GetParam() == Freshness::kReuse ||
                   GetParam() == Freshness::kHeapReset
               ? 1
               : 2;
  }

  // Whether every slot has its template and its worker, and nothing is under
  // way: two looks some time apart see the same.
  static bool IsSettled() {
    const std::vector<pid_t> before = ChildrenOf(getpid());
    std::this_thread::sleep_for(milliseconds(50));
    return WorkersOf(getpid()).size() == SlotsForEachWorker() &&
           TemplatesOf(getpid()).size() == SlotsForEachWorker() &&
           ChildrenOf(getpid()) == before;
  }
};

INSTANTIATE_TEST_SUITE_P(All, EveryFreshness,
                         ::testing::ValuesIn(kEveryFreshness));

// What became of a call while its worker may have been killed.
void ExpectAnswerOrKill(const absl::StatusOr<std::string>& said,
                        const std::string& expected) {
  if (said.ok()) {
    EXPECT_EQ(*said, expected);
    return;
  }
  const auto failure = FailureOf(said.status());
  ASSERT_TRUE(failure.has_value()) << said.status();
  if (failure->end == CallEnd::kNoWorker) return;
  EXPECT_EQ(failure->end, CallEnd::kCrashed) << said.status();
  EXPECT_EQ(failure->signal, SIGKILL) << said.status();
}

void CallUntil(Jail& jail, const std::atomic<bool>& is_over,
               std::atomic<int>* answered) {
  for (int k = 0; !is_over; ++k) {
    std::string text = "input " + std::to_string(k);
    const auto begin = steady_clock::now();
    const auto said = Say(jail, text);
    EXPECT_LT(steady_clock::now() - begin, kDeadline + kSlack);
    std::reverse(text.begin(), text.end());
    ExpectAnswerOrKill(said, text);
    *answered += said.ok() ? 1 : 0;
  }
}

TEST_P(EveryFreshness, CallsEndInTimeWhateverIsKilled) {
  std::mt19937_64 random(TestSeed() * 4 + static_cast<uint64_t>(GetParam()));
  auto jail = MakeJail({.pool_bytes = 1 << 20,
                        .freshness = GetParam(),
                        .workers = 3,
                        .deadline = kDeadline,
                        // Nothing may wait for so long.
                        .start_deadline = milliseconds(120'000)},
                       "reverse");
  ASSERT_NE(jail, nullptr);
  std::atomic<bool> is_over{false};
  std::atomic<int> answered{0};
  std::vector<std::thread> callers;
  for (int i = 0; i < 4; ++i) {
    callers.emplace_back([&] { CallUntil(*jail, is_over, &answered); });
  }
  int killed = 0;
  const auto end =
      steady_clock::now() + milliseconds(1500) * static_cast<int>(TestFactor());
  while (steady_clock::now() < end) {
    const std::vector<pid_t> children = ChildrenOf(getpid());
    if (!children.empty()) {
      killed += kill(children[random() % children.size()], SIGKILL) == 0;
    }
    std::this_thread::sleep_for(std::chrono::microseconds(random() % 30'000));
  }
  is_over = true;
  for (std::thread& caller : callers) caller.join();
  EXPECT_GT(killed, 10);
  EXPECT_GT(answered, 0);
  // Service goes on: nothing is killed any more, and one call after the other
  // is answered once the last ones that were hit are replaced.
  EXPECT_TRUE(Eventually([&] { return Say(*jail, "ab").ok(); }));
  const size_t slots = 3 * SlotsForEachWorker();
  // A template and a worker in each, and nobody that was lost.
  EXPECT_TRUE(Eventually([&] {
    return ChildrenOf(getpid()).size() == 2 * slots;
  })) << ChildrenOf(getpid()).size()
      << " instead of " << 2 * slots;
  for (int i = 0; i < 20; ++i) EXPECT_EQ(SayText(*jail, "abc"), "cba");
  jail.reset();
  EXPECT_THAT(ChildrenOf(getpid()), ::testing::IsEmpty());
}

TEST_P(EveryFreshness, TemplatesThatWereKilledAreReplaced) {
  auto jail = MakeJail({.freshness = GetParam()}, "reverse");
  ASSERT_NE(jail, nullptr);
  for (int round = 0; round < 3; ++round) {
    const auto said = Say(*jail, "ab");
    ASSERT_TRUE(said.ok()) << said.status();
    // A worker that is not locked yet looks like a template.
    ASSERT_TRUE(Eventually([] { return IsSettled(); }));
    const std::vector<pid_t> templates = TemplatesOf(getpid());
    ASSERT_FALSE(templates.empty());
    for (const pid_t pid : templates) kill(pid, SIGKILL);
    // Calls go on; and whether there are any or not, it is noticed.
    if (round != 1) {
      EXPECT_EQ(SayText(*jail, "abc"), "cba");
    }
    EXPECT_TRUE(Eventually([&] {
      const std::vector<pid_t> children = ChildrenOf(getpid());
      return children.size() == 2 * SlotsForEachWorker() &&
             std::find_first_of(children.begin(), children.end(),
                                templates.begin(),
                                templates.end()) == children.end();
    }));
    for (const pid_t pid : WorkersOf(getpid())) kill(pid, SIGKILL);
    ASSERT_TRUE(Eventually([&] { return Say(*jail, "abc").ok(); }));
    // One that was killed takes its time to be gone.
    EXPECT_TRUE(Eventually([&] {
      const std::vector<pid_t> now = TemplatesOf(getpid());
      return !now.empty() &&
             std::find_first_of(now.begin(), now.end(), templates.begin(),
                                templates.end()) == now.end();
    }));
  }
}

// Stopped, it is as good as hung.
TEST_P(EveryFreshness, AWorkerThatIsStoppedIsReplacedAtTheDeadline) {
  auto jail = MakeJail(
      {.freshness = GetParam(), .deadline = milliseconds(1000)}, "reverse");
  ASSERT_NE(jail, nullptr);
  ASSERT_TRUE(Eventually(
      [&] { return WorkersOf(getpid()).size() == SlotsForEachWorker(); }));
  for (const pid_t pid : WorkersOf(getpid())) kill(pid, SIGSTOP);
  EXPECT_EQ(FailureIn(*jail, "abc", {.deadline = milliseconds(500)}).end,
            CallEnd::kDeadline);
  EXPECT_TRUE(Eventually([&] { return Say(*jail, "abc").ok(); }));
}

// A listener that has nobody left to hear tells so for ever.
TEST(Survival, NobodySpinsForAWorkerThatDiedWithItsTemplate) {
  auto jail = MakeJail({.output_buffer = 4096}, "echo");
  ASSERT_NE(jail, nullptr);
  ASSERT_TRUE(Eventually([] { return WorkersOf(getpid()).size() == 2; }));
  const auto cpu_time = [] {
    timespec used;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
    return milliseconds(used.tv_sec * 1000 + used.tv_nsec / 1'000'000);
  };
  bool is_first = true;
  const absl::Status status = jail->CallInPlace(
      100'000, [](std::span<uint8_t>) {},
      [&](UntrustedView) {
        if (!std::exchange(is_first, false)) return absl::OkStatus();
        for (const pid_t pid : ChildrenOf(getpid())) kill(pid, SIGKILL);
        std::this_thread::sleep_for(milliseconds(500));
        const milliseconds before = cpu_time();
        std::this_thread::sleep_for(milliseconds(1000));
        EXPECT_LT(cpu_time() - before, milliseconds(300));
        return absl::OkStatus();
      });
  EXPECT_FALSE(status.ok());
  EXPECT_TRUE(Eventually([&] { return Say(*jail, "ab").ok(); }));
}

// Without descriptors no worker can be made, and with them again.
TEST(Survival, OfAHostThatHasNoDescriptorsLeft) {
  auto jail = MakeJail(
      {.freshness = Freshness::kNewProcess, .deadline = milliseconds(300)},
      "reverse");
  ASSERT_NE(jail, nullptr);
  rlimit before;
  getrlimit(RLIMIT_NOFILE, &before);
  const rlimit none = {3, before.rlim_max};
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &none), 0);
  std::string why;
  for (int i = 0; i < 5; ++i) why = SayText(*jail, "abc");
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &before), 0);
  EXPECT_THAT(why, HasSubstr("Too many open files"));
  EXPECT_TRUE(Eventually([&] { return SayText(*jail, "abc") == "cba"; }));
  jail.reset();
  EXPECT_THAT(ChildrenOf(getpid()), ::testing::IsEmpty());
}

}  // namespace
}  // namespace cellblock

int main(int argc, char** argv) {
  cellblock::jail::Init(argc, argv, cellblock::TestDecoders());
  ::testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
