// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// A worker that was taken over against its host: whatever it writes into the
// channel, and whenever, each call ends in time and with a failure, nothing is
// left behind, and the next worker is a good one.

#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "jail/jail.h"
#include "tests/jail/call/hostile_decoder.h"
#include "tests/seed.h"

namespace cellblock {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr char kWorkers[] = "tests/jail/call/hostile_worker";
constexpr size_t kOutputBuffer = 4096;
constexpr size_t kOutputLimit = 64 << 10;
// What a call that has to wait for its deadline costs.
constexpr milliseconds kDeadline{100};
// Far more than a busy machine needs: longer is a call that hangs.
constexpr milliseconds kSlack{5000};

size_t Entries(const char* directory) {
  DIR* const entries = opendir(directory);
  if (entries == nullptr) return 0;
  size_t count = 0;
  while (readdir(entries) != nullptr) ++count;
  closedir(entries);
  return count;
}

size_t OpenDescriptors() { return Entries("/proc/self/fd"); }

// Of all threads, those that nobody waited for included.
size_t Children() {
  size_t count = 0;
  DIR* const tasks = opendir("/proc/self/task");
  while (const dirent* const task = readdir(tasks)) {
    const std::string path =
        std::string("/proc/self/task/") + task->d_name + "/children";
    FILE* const file = fopen(path.c_str(), "re");
    if (file == nullptr) continue;
    for (int pid; fscanf(file, "%d", &pid) == 1;) ++count;
    fclose(file);
  }
  closedir(tasks);
  return count;
}

Attack AnyAttack(std::mt19937_64& random) {
  // Its worker lives on, so this is cheap.
  if (random() % 2 == 0) return Attack::kBystander;
  const auto attack = static_cast<Attack>(
      1 + random() % (static_cast<uint32_t>(Attack::kNumber) - 1));
  const bool is_slow = attack == Attack::kSilence ||
                       attack == Attack::kRequests ||
                       attack == Attack::kEagerParts;
  return is_slow && random() % 32 != 0 ? Attack::kRandomWords : attack;
}

// Whether a call can end so, that was attacked so.
bool IsPossible(Attack attack, CallEnd end) {
  const auto is_one_of = [end](std::initializer_list<CallEnd> ends) {
    return std::find(ends.begin(), ends.end(), end) != ends.end();
  };
  const bool has_died = is_one_of({CallEnd::kCrashed, CallEnd::kExited,
                                   CallEnd::kExhausted, CallEnd::kViolation});
  // None was ready before the deadline, which is short.
  if (end == CallEnd::kNoWorker) return true;
  switch (attack) {
    case Attack::kBystander:
      return end == CallEnd::kDeadline;
    case Attack::kSilence:
      return end == CallEnd::kDeadline;
    case Attack::kRequests:
      return is_one_of({CallEnd::kDeadline, CallEnd::kViolation});
    case Attack::kDeath:
      return has_died || end == CallEnd::kDeadline;
    case Attack::kManyWakes:
    case Attack::kFlips:
      return is_one_of({CallEnd::kLied, CallEnd::kDeadline});
    case Attack::kEmptyParts:
      return end == CallEnd::kLied;
    case Attack::kManyParts:
    case Attack::kEagerParts:
      return is_one_of(
          {CallEnd::kOutputLimit, CallEnd::kLied, CallEnd::kDeadline});
    case Attack::kCount:
    case Attack::kKind:
    case Attack::kLongOutput:
    case Attack::kLongMessage:
      return has_died || end == CallEnd::kLied;
    case Attack::kNotes:
    case Attack::kTwice:
      return has_died ||
             is_one_of({CallEnd::kRefused, CallEnd::kLied, CallEnd::kDeadline});
    case Attack::kRandomWords:
    case Attack::kChanges:
    case Attack::kDoneAndMore:
    case Attack::kNoise:
      return has_died || is_one_of({CallEnd::kRefused, CallEnd::kLied,
                                    CallEnd::kOutputLimit, CallEnd::kDeadline});
    case Attack::kNone:
    case Attack::kNumber:
      break;
  }
  return false;
}

class HostileWorker : public ::testing::TestWithParam<Freshness> {
 protected:
  void SetUp() override {
    auto jail = Jail::Create({.pool_bytes = 1 << 20,
                              .freshness = GetParam(),
                              .input_bytes = 4096,
                              .output_buffer = kOutputBuffer,
                              .output_limit = kOutputLimit,
                              .worker_binary = kWorkers},
                             "hostile");
    ASSERT_TRUE(jail.ok()) << jail.status();
    jail_ = *std::move(jail);
  }

  absl::StatusOr<UntrustedBytes> Call(const HostileScript& script,
                                      const CallOptions& options = {}) {
    uint8_t bytes[sizeof(script)];
    memcpy(bytes, &script, sizeof(script));
    return jail_->Call(bytes, options);
  }

  // The calls of `script`, and what is wrong with how it ended.
  std::string Attacked(const HostileScript& script) {
    const auto begin = steady_clock::now();
    const auto output = Call(script, {.deadline = kDeadline});
    const auto took = steady_clock::now() - begin;
    if (took > kDeadline + kSlack) return "it hung";
    if (output.ok()) {
      ++ends_[CallEnd::kClean];
      // The one that gives an answer, true or not.
      is_replaced_ = !KeepsWorkers();
      if (script.attack == Attack::kBystander && !is_held_) {
        return IsHonest(*output, script.seed);
      }
      const bool may = script.attack == Attack::kDoneAndMore || is_held_;
      is_held_ = !is_replaced_;
      if (!may) return "it was called clean";
      return output->size() <= kOutputLimit ? "" : "its output is too long";
    }
    const std::optional<CallFailure> failure = FailureOf(output.status());
    if (!failure) return "its status is no call's";
    ++ends_[failure->end];
    const bool was_held = is_held_;
    if (failure->end != CallEnd::kNoWorker) {
      is_replaced_ = !KeepsWorkers() || failure->end != CallEnd::kRefused;
      is_held_ = !is_replaced_;
    }
    ++attacks_[script.attack];
    // Whoever has the worker already does as it likes.
    if (was_held || IsPossible(script.attack, failure->end)) return "";
    // On a busy machine any worker can be late; not often, as is seen to below.
    if (failure->end == CallEnd::kDeadline) {
      ++late_[script.attack];
      return "";
    }
    return "it ended so: " + output.status().ToString();
  }

  std::string Served(uint64_t seed) {
    const auto output = Call({.seed = seed});
    return output.ok() ? IsHonest(*output, seed) : output.status().ToString();
  }

  static std::string IsHonest(const UntrustedBytes& output, uint64_t seed) {
    return output.Validate([seed](std::span<const uint8_t> bytes) {
      return std::ranges::equal(bytes, HonestOutput(seed))
                 ? ""
                 : "an honest worker's output is another";
    });
  }

  bool KeepsWorkers() const {
    return GetParam() == Freshness::kReuse ||
           GetParam() == Freshness::kHeapReset;
  }

  // By an attacker, who has it across calls.
  bool is_held_ = false;
  bool is_replaced_ = true;
  std::map<CallEnd, uint64_t> ends_;
  std::map<Attack, uint64_t> attacks_;
  std::map<Attack, uint64_t> late_;  // that should have ended otherwise
  std::unique_ptr<Jail> jail_;
};

INSTANTIATE_TEST_SUITE_P(All, HostileWorker,
                         ::testing::Values(Freshness::kReuse,
                                           Freshness::kHeapReset,
                                           Freshness::kForkPerCall,
                                           Freshness::kNewProcess));

TEST_P(HostileWorker, HasNoPowerOverItsHost) {
  const uint64_t rounds =
      TestFactor() * (GetParam() == Freshness::kNewProcess ? 40 : 320);
  std::mt19937_64 random(TestSeed());
  ASSERT_EQ(Served(0), "");
  size_t descriptors = 0;
  size_t children = 0;
  const auto begin = steady_clock::now();
  for (uint64_t round = 0; round < rounds; ++round) {
    const HostileScript script = {random(), AnyAttack(random)};
    ASSERT_EQ(Attacked(script), "")
        << "round " << round << ", attack "
        << static_cast<uint32_t>(script.attack) << ", seed " << script.seed;
    if (is_replaced_ && random() % 4 == 0) {
      ASSERT_EQ(Served(random()), "")
          << "after round " << round << ", attack "
          << static_cast<uint32_t>(script.attack) << ", seed " << script.seed;
    }
    if (round == rounds / 4) {
      descriptors = OpenDescriptors();
      children = Children();
    }
  }
  const std::chrono::duration<double> took = steady_clock::now() - begin;
  printf("%s: %.0f rounds/s;", Name(GetParam()),
         static_cast<double>(rounds) / took.count());
  for (const auto& [end, count] : ends_) {
    printf(" %s %llu", Name(end), static_cast<unsigned long long>(count));
  }
  printf("\n");
  // A worker that is being replaced has its pid and descriptor a little longer.
  EXPECT_LE(OpenDescriptors(), descriptors + 4);
  EXPECT_LE(Children(), children + 4);
  EXPECT_LT(ends_[CallEnd::kNoWorker], rounds / 2);
  for (const auto& [attack, count] : late_) {
    EXPECT_LE(count, 2 + attacks_[attack] / 10) << static_cast<int>(attack);
  }
  jail_.reset();
  EXPECT_EQ(Children(), 0u);
}

}  // namespace
}  // namespace cellblock
