// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

// What the fuzzer has found worth keeping, and random bytes, without the
// fuzzer.
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <random>
#include <vector>

#include "gtest/gtest.h"
#include "tests/allocator/fuzz_corpus.h"
#include "tests/jail/call/channel_fuzz.h"
#include "tests/seed.h"

namespace cellblock {
namespace {

void FuzzOne(const uint8_t* bytes, size_t size) {
  (void)FuzzChannel(bytes, size);
}

TEST(ChannelFuzzCorpusTest, TheCorpusPasses) {
  const std::vector<NamedInput> inputs =
      ReadCorpus("tests/jail/corpus/channel");
  ASSERT_GE(inputs.size(), 30u) << "the corpus was not found";
  EXPECT_EXIT(RunAll(inputs, FuzzOne), testing::ExitedWithCode(0), "");
}

TEST(ChannelFuzzCorpusTest, RandomTurnsGiveWhatWasWritten) {
  std::mt19937_64 random(TestSeed());
  ChannelFuzzCount all;
  for (uint64_t i = 0; i < 2'000 * TestFactor(); ++i) {
    std::vector<uint8_t> bytes(random() % 400);
    std::ranges::generate(bytes,
                          [&] { return static_cast<uint8_t>(random()); });
    const ChannelFuzzCount count = FuzzChannel(bytes.data(), bytes.size());
    all.writes += count.writes;
    all.answers += count.answers;
    all.refused += count.refused;
    all.waits += count.waits;
  }
  printf("%d writes, %d answers, %d refused, %d waits\n", all.writes,
         all.answers, all.refused, all.waits);
  // Both are common.
  EXPECT_GT(all.answers, all.writes / 200);
  EXPECT_GT(all.refused, all.writes / 200);
  EXPECT_GT(all.waits, all.writes / 50);
}

}  // namespace
}  // namespace cellblock
