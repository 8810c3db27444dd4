// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// Bad files for every decoder of the examples: each goes through a jail and
// through the same decoder in a process without one, and the verdicts agree.
//
// 10,000 for each with CELLBLOCK_FULL; else one of 20 parts of them, another
// every day, or the one that CELLBLOCK_SHARD says.

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <algorithm>
#include <chrono>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/escaping.h"
#include "gtest/gtest.h"
#include "jail/jail.h"
#include "tests/examples/jailed_run.h"
#include "tests/examples/mutation.h"
#include "tests/examples/subjects.h"
#include "tests/examples/unjailed_run.h"
#include "tests/seed.h"

namespace examples {
namespace {

using std::chrono::milliseconds;

constexpr uint32_t kInputs = 10'000;
constexpr uint32_t kShards = 20;
// No input takes a hundredth of it; a machine that does other work too may, as
// the making of a worker is in it.
constexpr milliseconds kDeadline{20'000};
// As much as any of them can use.
constexpr uint64_t kLargePool = 512 << 20;
// For one input in four: a worker becomes ready in them, and then some of the
// decoder's allocations are refused, sooner or later.
constexpr uint64_t kTightPools[] = {176 << 10, 192 << 10, 224 << 10, 320 << 10};
// What one decode may leave in malloc: buffers of libraries and of libc, once.
constexpr int64_t kMostLeftBehind = 256 << 10;

struct Range {
  uint32_t begin;
  uint32_t end;
};

Range Numbers() {
  if (getenv("CELLBLOCK_FULL") != nullptr) return {0, kInputs};
  const char* const text = getenv("CELLBLOCK_SHARD");
  const uint64_t shard =
      text != nullptr ? strtoull(text, nullptr, 0)
                      : static_cast<uint64_t>(time(nullptr)) / (24 * 60 * 60);
  const auto part = static_cast<uint32_t>(shard % kShards);
  printf("CELLBLOCK_SHARD=%u\n", part);
  return {part * (kInputs / kShards), (part + 1) * (kInputs / kShards)};
}

// One decoder's, for the table at the end.
struct Tally {
  const char* name;
  std::map<Ended, uint64_t> ends;
  uint64_t inputs = 0;
  uint64_t longest = 0;  // microseconds
  // Inputs at which any check of this test failed.
  uint64_t host_failures = 0;
};

// While one input is tried.
class FailureCount {
 public:
  explicit FailureCount(uint64_t* count) : count_(count), before_(Failures()) {}
  ~FailureCount() {
    if (Failures() != before_) ++*count_;
  }
  FailureCount(const FailureCount&) = delete;
  FailureCount& operator=(const FailureCount&) = delete;

 private:
  static int Failures() {
    return ::testing::UnitTest::GetInstance()
        ->current_test_info()
        ->result()
        ->total_part_count();
  }

  uint64_t* const count_;
  const int before_;
};

std::vector<Tally>& Tallies() {
  static std::vector<Tally> tallies;
  return tallies;
}

void PrintTable() {
  printf(
      "| decoder | inputs | clean | refused | exhausted | deadline | crashed "
      "| host failures | longest, ms |\n");
  printf("| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |\n");
  for (Tally& tally : Tallies()) {
    printf("| %s | %llu", tally.name,
           static_cast<unsigned long long>(tally.inputs));
    for (const Ended ended : {Ended::kClean, Ended::kRefused, Ended::kExhausted,
                              Ended::kLate, Ended::kCrashed}) {
      printf(" | %llu", static_cast<unsigned long long>(tally.ends[ended]));
    }
    printf(" | %llu | %llu |\n",
           static_cast<unsigned long long>(tally.host_failures),
           static_cast<unsigned long long>(tally.longest / 1000));
  }
}

// To be had back with base64 -d.
std::string Shown(const Bytes& file) {
  return ", in base64:\n" +
         absl::Base64Escape(
             {reinterpret_cast<const char*>(file.data()), file.size()});
}

class BadInput : public ::testing::TestWithParam<size_t> {
 protected:
  const Subject& subject() const { return Subjects()[GetParam()]; }
};

INSTANTIATE_TEST_SUITE_P(All, BadInput,
                         ::testing::Range<size_t>(0, Subjects().size()),
                         [](const auto& info) {
                           return std::string(Subjects()[info.param].name);
                         });

TEST_P(BadInput, HasTheVerdictThatItHasWithoutAJail) {
  const uint64_t seed = cellblock::TestSeed();
  const Range numbers = Numbers();
  const std::vector<Bytes> seeds = (*subject().seeds)();
  const auto input_of = [&](size_t index) {
    return InputOf(subject(), seeds, seed,
                   numbers.begin + static_cast<uint32_t>(index));
  };
  const size_t inputs = numbers.end - numbers.begin;
  // First, while this process has one thread.
  UnjailedRun unjailed(inputs, kDeadline, [&](size_t index, Sink& sink) {
    return (*subject().decode)(input_of(index), sink);
  });
  std::vector<std::unique_ptr<JailedRun>> jails;
  const auto make = [&](uint64_t pool_bytes) {
    auto jail = JailedRun::Create(subject(), pool_bytes, kDeadline);
    ASSERT_TRUE(jail.ok()) << jail.status();
    jails.push_back(*std::move(jail));
  };
  make(kLargePool);
  make(subject().pool_bytes);
  for (const uint64_t pool_bytes : kTightPools) make(pool_bytes);
  if (HasFatalFailure()) return;
  JailedRun* const large = jails[0].get();
  JailedRun* const usual = jails[1].get();

  Tally tally = {.name = subject().name, .ends = {}, .inputs = inputs};
  for (const Bytes& good : seeds) {
    EXPECT_EQ(usual->Decode(good).ended, Ended::kClean)
        << usual->Difference({}) << Shown(good);
  }
  for (size_t index = 0; index < inputs; ++index) {
    const FailureCount counting(&tally.host_failures);
    const Bytes input = input_of(index);
    const auto failed = [&](const std::string& what) {
      return what + ": input " + std::to_string(numbers.begin + index) +
             " of seed " + std::to_string(seed) + Shown(input);
    };
    const size_t tight = index % (4 * std::size(kTightPools));
    JailedRun* const jail =
        tight < std::size(kTightPools) ? jails[2 + tight].get() : usual;
    const Outcome outcome = jail->Decode(input);
    ++tally.ends[outcome.ended];
    tally.longest = std::max(tally.longest, outcome.microseconds);
    EXPECT_EQ(jail->complaint(), "") << failed("in a jail");
    const Outcome* const other = unjailed.Await(index);
    ASSERT_NE(other, nullptr) << failed("the other process is gone");
    EXPECT_LE(other->left_behind, kMostLeftBehind) << failed("a leak");
    if (outcome.ended != Ended::kExhausted) {
      EXPECT_EQ(jail->Difference(*other), "") << failed("not the same");
      continue;
    }
    EXPECT_NE(large->Decode(input).ended, Ended::kExhausted)
        << failed("with a large pool");
    EXPECT_EQ(large->complaint(), "") << failed("with a large pool");
    EXPECT_EQ(large->Difference(*other), "") << failed("with a large pool");
  }
  EXPECT_EQ(usual->Decode(seeds[0]).ended, Ended::kClean);
  Tallies().push_back(tally);
  // A test of changed files has seen good ones and bad ones.
  EXPECT_GT(tally.ends[Ended::kClean], 0u);
  EXPECT_GT(tally.ends[Ended::kRefused], 0u);
}

}  // namespace
}  // namespace examples

int main(int argc, char** argv) {
  std::vector<cellblock::Decoder> decoders;
  for (const examples::Subject& subject : examples::Subjects()) {
    decoders.push_back(subject.in_jail);
  }
  cellblock::jail::Init(argc, argv, decoders);
  ::testing::InitGoogleTest(&argc, argv);
  const int code = RUN_ALL_TESTS();
  examples::PrintTable();
  return code;
}
