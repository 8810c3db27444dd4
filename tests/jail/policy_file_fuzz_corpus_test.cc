// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

// Policy files from the fuzzer, and good ones damaged at random, without it.
#include <gtest/gtest.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <vector>

#include "tests/allocator/fuzz_corpus.h"
#include "tests/jail/policy_file_fuzz.h"
#include "tests/seed.h"

namespace cellblock {
namespace {

constexpr char kCorpus[] = "tests/jail/corpus/policy_file";

TEST(PolicyFileFuzzCorpusTest, TheCorpusPasses) {
  const std::vector<NamedInput> inputs = ReadCorpus(kCorpus);
  ASSERT_GE(inputs.size(), 20u) << "the corpus was not found";
  EXPECT_EXIT(RunAll(inputs, FuzzPolicyFile), testing::ExitedWithCode(0), "");
}

TEST(PolicyFileFuzzCorpusTest, DamagedFilesAreRefusedOrProved) {
  std::mt19937_64 random(TestSeed());
  const std::vector<NamedInput> inputs = ReadCorpus(kCorpus);
  ASSERT_FALSE(inputs.empty());
  int count[3] = {};
  for (int i = 0; i < 2'000; ++i) {
    std::vector<uint8_t> bytes = inputs[random() % inputs.size()].bytes;
    for (uint64_t left = random() % 4; left > 0 && !bytes.empty(); --left) {
      const size_t at = random() % bytes.size();
      const size_t other = random() % bytes.size();
      bytes[at] =
          random() % 2 == 0 ? bytes[other] : static_cast<uint8_t>(random());
    }
    ++count[static_cast<int>(FuzzPolicyFile(bytes.data(), bytes.size()))];
  }
  printf("%d not read, %d not applied, %d proved\n", count[0], count[1],
         count[2]);
  for (const int of_kind : count) EXPECT_GT(of_kind, 20);
}

}  // namespace
}  // namespace cellblock
