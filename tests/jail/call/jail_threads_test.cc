// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// Many threads that call the same jails, whose workers die and miss deadlines,
// while other jails are made and destroyed.

#include <string.h>
#include <sys/syscall.h>

#include <atomic>
#include <future>
#include <memory>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "gtest/gtest.h"
#include "jail/jail.h"
#include "tests/jail/call/hostile_decoder.h"
#include "tests/seed.h"

namespace cellblock {
namespace {

using std::chrono::milliseconds;

constexpr char kWorkers[] = "tests/jail/call/hostile_worker";
constexpr int kThreads = 8;
constexpr Freshness kFreshnesses[] = {Freshness::kReuse, Freshness::kHeapReset,
                                      Freshness::kForkPerCall,
                                      Freshness::kNewProcess};
// Queueing behind others on a busy machine, with a sanitizer, included.
constexpr milliseconds kPatience{60'000};

absl::StatusOr<std::unique_ptr<Jail>> MakeJail(
    Freshness freshness, std::atomic<uint64_t>* calls = nullptr) {
  JailOptions options = {.pool_bytes = 1 << 20,
                         .freshness = freshness,
                         .workers = 2,
                         .deadline = kPatience,
                         .start_deadline = kPatience,
                         .input_bytes = 4096,
                         .output_buffer = 4096,
                         .worker_binary = kWorkers};
  if (calls != nullptr) {
    options.log = [calls](const CallRecord&) { ++*calls; };
  }
  return Jail::Create(std::move(options), "hostile");
}

std::vector<uint8_t> Input(uint64_t seed, Attack attack = Attack::kNone) {
  const HostileScript script = {seed, attack};
  std::vector<uint8_t> bytes(sizeof(script));
  memcpy(bytes.data(), &script, sizeof(script));
  return bytes;
}

std::string WhatIsWrong(const absl::StatusOr<UntrustedBytes>& output,
                        uint64_t seed) {
  if (!output.ok()) return output.status().ToString();
  return output->Validate([seed](std::span<const uint8_t> bytes) {
    return std::ranges::equal(bytes, HonestOutput(seed)) ? ""
                                                         : "another output";
  });
}

void CallSomehow(Jail& jail, uint64_t how, uint64_t seed) {
  switch (how % 8) {
    case 0:
      EXPECT_FALSE(jail.Call(Input(seed, Attack::kDeath),
                             {.deadline = milliseconds(500)})
                       .ok());
      break;
    case 1:
      EXPECT_FALSE(jail.Call(Input(seed, Attack::kSilence),
                             {.deadline = milliseconds(20)})
                       .ok());
      break;
    case 2: {
      std::promise<std::string> wrong;
      jail.CallAsync(Input(seed), [&wrong, seed](auto output) {
        wrong.set_value(WhatIsWrong(output, seed));
      });
      EXPECT_EQ(wrong.get_future().get(), "");
      break;
    }
    case 3:
      EXPECT_TRUE(jail.TestLock(SYS_ptrace).ok());
      EXPECT_FALSE(jail.posture().empty());
      break;
    default:
      EXPECT_EQ(WhatIsWrong(jail.Call(Input(seed)), seed), "");
  }
}

TEST(JailThreads, CallFourJailsWhoseWorkersDie) {
  const uint64_t seed = TestSeed();
  const uint64_t calls = TestFactor() * 40;
  std::atomic<uint64_t> ended{0};
  std::vector<std::unique_ptr<Jail>> jails;
  for (const Freshness freshness : kFreshnesses) {
    auto jail = MakeJail(freshness, &ended);
    ASSERT_TRUE(jail.ok()) << jail.status();
    jails.push_back(*std::move(jail));
  }
  std::vector<std::thread> threads;
  for (uint64_t i = 0; i < kThreads; ++i) {
    threads.emplace_back([&, i] {
      std::mt19937_64 random(seed * kThreads + i);
      for (uint64_t k = 0; k < calls; ++k) {
        Jail& jail = *jails[random() % jails.size()];
        CallSomehow(jail, random(), random());
      }
    });
  }
  std::thread maker([&] {
    std::mt19937_64 random(seed);
    for (uint64_t i = 0; i < TestFactor() * 8; ++i) {
      auto jail = MakeJail(kFreshnesses[i % std::size(kFreshnesses)]);
      ASSERT_TRUE(jail.ok()) << jail.status();
      std::vector<std::promise<void>> done(3);
      for (std::promise<void>& one : done) {
        (*jail)->CallAsync(Input(random()),
                           [&one](const auto&) { one.set_value(); });
      }
      if (i % 2 == 0) CallSomehow(**jail, random(), random());
      // With calls that wait, and such that are at work.
      jail->reset();
      for (std::promise<void>& one : done) one.get_future().get();
    }
  });
  for (std::thread& thread : threads) thread.join();
  maker.join();
  EXPECT_EQ(ended, kThreads * calls);
}

// While others of its calls wait, which are told so.
TEST(JailThreads, ACallBackMayDestroyItsJail) {
  for (int round = 0; round < 10; ++round) {
    auto made = MakeJail(Freshness::kReuse);
    ASSERT_TRUE(made.ok()) << made.status();
    std::unique_ptr<Jail> jail = *std::move(made);
    std::promise<void> destroyed;
    std::atomic<int> told{0};
    std::promise<void> may_go;
    std::shared_future<void> go = may_go.get_future().share();
    jail->CallAsync(Input(1), [&, go](const auto& output) {
      EXPECT_TRUE(output.ok()) << output.status();
      go.get();
      jail.reset();
      destroyed.set_value();
    });
    for (int i = 0; i < 8; ++i) {
      jail->CallAsync(Input(1), [&](const auto&) { ++told; });
    }
    may_go.set_value();
    ASSERT_EQ(destroyed.get_future().wait_for(std::chrono::seconds(60)),
              std::future_status::ready);
    EXPECT_EQ(told, 8);
  }
}

// From a `done` that is told of the end.
TEST(JailThreads, ACallThatIsAskedForWhileTheJailEndsIsToldSo) {
  auto made = MakeJail(Freshness::kReuse);
  ASSERT_TRUE(made.ok()) << made.status();
  Jail* const jail = made->get();
  std::atomic<int> refused{0};
  for (int i = 0; i < 100; ++i) {
    jail->CallAsync(Input(1), [&](const auto& output) {
      if (output.ok()) return;
      jail->CallAsync(Input(1), [&](const auto& again) {
        EXPECT_EQ(again.status().code(), absl::StatusCode::kUnavailable);
        ++refused;
      });
    });
  }
  made->reset();
  EXPECT_GT(refused, 0);
}

}  // namespace
}  // namespace cellblock
