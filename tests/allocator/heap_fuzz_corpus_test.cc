// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

// What the fuzzer has found worth keeping, and random inputs, without the
// fuzzer.
#include <gtest/gtest.h>
#include <signal.h>

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "allocator/heap_prealloc.h"
#include "tests/allocator/fuzz_corpus.h"
#include "tests/allocator/heap_fuzz.h"
#include "tests/allocator/pool_oracle.h"
#include "tests/allocator/random.h"

namespace cellblock {
namespace {

std::vector<NamedInput> RandomInputs(uint64_t seed, int count) {
  Random random(seed);
  std::vector<NamedInput> inputs;
  for (int i = 0; i < count; ++i) {
    std::vector<uint8_t> bytes(8 + random.LogUniform(9));
    std::generate(bytes.begin(), bytes.end(),
                  [&] { return static_cast<uint8_t>(random.Below(256)); });
    inputs.push_back({std::to_string(i), bytes});
  }
  return inputs;
}

TEST(HeapFuzzCorpusTest, TheCorpusPasses) {
  const std::vector<NamedInput> inputs =
      ReadCorpus("tests/allocator/corpus/heap");
  ASSERT_GE(inputs.size(), 50u) << "the corpus was not found";
  EXPECT_EXIT(RunAll(inputs, FuzzHeap), testing::ExitedWithCode(0), "");
}

TEST(HeapFuzzCorpusTest, RandomInputsPass) {
  const std::vector<NamedInput> inputs = RandomInputs(TestSeed(), 5000);
  EXPECT_EXIT(RunAll(inputs, FuzzHeap), testing::ExitedWithCode(0), "");
}

// What all of it hangs on: a pool that is not as the oracle says is noticed.
class PoolOracleDeathTest : public testing::Test {
 protected:
  PoolOracleDeathTest()
      : pool_(HeapPrealloc::Create(Region::Map({.bytes = 4096}))),
        oracle_({.unit = 16}) {
    void* const first = pool_->AllocateBlock(16);
    oracle_.AddPart(reinterpret_cast<uintptr_t>(first), 4096);
    oracle_.Served({16, 1, kNoOwner}, reinterpret_cast<uintptr_t>(first), 16);
  }

  uintptr_t Allocate(size_t bytes) {
    return reinterpret_cast<uintptr_t>(pool_->AllocateBlock(bytes));
  }

  Result<HeapPrealloc> pool_;
  PoolOracle oracle_;
};

TEST_F(PoolOracleDeathTest, NoticesABlockThatItWasNotToldOf) {
  oracle_.Check(*pool_);
  Allocate(16);
  EXPECT_EXIT(oracle_.Check(*pool_), testing::KilledBySignal(SIGABRT),
              "live_blocks: 2, not 1");
}

TEST_F(PoolOracleDeathTest, NoticesBlocksThatOverlap) {
  const uintptr_t second = Allocate(32);
  EXPECT_EXIT(oracle_.Served({32, 1, kNoOwner}, second - 16, 32),
              testing::KilledBySignal(SIGABRT), "not so");
  oracle_.Served({32, 1, kNoOwner}, second, 32);
  oracle_.Check(*pool_);
}

TEST_F(PoolOracleDeathTest, KnowsWhatFits) {
  const auto may = [&](size_t bytes, size_t alignment, AllocatorError answer) {
    return oracle_.May(*pool_, {bytes, alignment, kNoOwner}, answer);
  };
  EXPECT_TRUE(may(4080, 1, AllocatorError::kNone));
  EXPECT_FALSE(may(4080, 1, AllocatorError::kExhausted));
  EXPECT_FALSE(may(4081, 1, AllocatorError::kNone));
  EXPECT_TRUE(may(4081, 1, AllocatorError::kExhausted));
  EXPECT_TRUE(may(2048, 2048, AllocatorError::kNone));
  EXPECT_FALSE(may(2049, 2048, AllocatorError::kNone));
  EXPECT_TRUE(may(1, 3, AllocatorError::kBadAlignment));
  EXPECT_FALSE(may(1, 3, AllocatorError::kNone));
}

}  // namespace
}  // namespace cellblock
