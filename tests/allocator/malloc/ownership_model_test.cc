// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// Every interleaving of the protocol by which slabs pass from thread to thread,
// and that one wrong step of it is noticed.

#include "tests/allocator/malloc/ownership_model.h"

#include <gtest/gtest.h>

#include <cstddef>
#include <cstdio>

namespace cellblock {
namespace {

void ExpectSound(int threads, int blocks, size_t at_least) {
  OwnershipModel model(threads, blocks, Mutant::kNone);
  EXPECT_TRUE(model.Explore()) << model.Trace();
  EXPECT_GT(model.visited(), at_least);
  std::printf("%d threads, %d blocks: %zu states\n", threads, blocks,
              model.visited());
}

TEST(OwnershipModelTest, TwoThreadsAndOneBlock) { ExpectSound(2, 1, 100); }

TEST(OwnershipModelTest, TwoThreadsAndTwoBlocks) { ExpectSound(2, 2, 1000); }

TEST(OwnershipModelTest, TwoThreadsAndThreeBlocks) {
  ExpectSound(2, 3, 10'000);
}

TEST(OwnershipModelTest, ThreeThreadsAndOneBlock) { ExpectSound(3, 1, 1000); }

TEST(OwnershipModelTest, ThreeThreadsAndTwoBlocks) {
  ExpectSound(3, 2, 100'000);
}

struct MutantCase {
  const char* name;
  Mutant mutant;
};

class OwnershipMutant : public testing::TestWithParam<MutantCase> {};

INSTANTIATE_TEST_SUITE_P(
    Steps, OwnershipMutant,
    testing::Values(
        MutantCase{"DisownWithoutCompare", Mutant::kDisownWithoutCompare},
        MutantCase{"DisownKeepsTheToken", Mutant::kDisownKeepsTheToken},
        MutantCase{"DisownClearsTheTokenLast",
                   Mutant::kDisownClearsTheTokenLast},
        MutantCase{"DisownForgetsWhatCameBack",
                   Mutant::kDisownForgetsWhatCameBack},
        MutantCase{"DisownDoesNotRestoreTheToken",
                   Mutant::kDisownDoesNotRestoreTheToken},
        MutantCase{"DisownRelaxed", Mutant::kDisownRelaxed},
        MutantCase{"ClaimWithoutCompare", Mutant::kClaimWithoutCompare},
        MutantCase{"ClaimRelaxed", Mutant::kClaimRelaxed},
        MutantCase{"ClaimStoresTheTokenFirst",
                   Mutant::kClaimStoresTheTokenFirst},
        MutantCase{"PushOntoAFullSlab", Mutant::kPushOntoAFullSlab},
        MutantCase{"PushWithoutCompare", Mutant::kPushWithoutCompare},
        MutantCase{"PushRelaxed", Mutant::kPushRelaxed},
        MutantCase{"TakeRelaxed", Mutant::kTakeRelaxed},
        MutantCase{"TakeByLoadAndStore", Mutant::kTakeByLoadAndStore},
        MutantCase{"FastPathTrustsTheBit", Mutant::kFastPathTrustsTheBit},
        MutantCase{"ReclaimWithoutTheLock", Mutant::kReclaimWithoutTheLock},
        MutantCase{"ListKeepsTheToken", Mutant::kListKeepsTheToken},
        MutantCase{"RetireKeepsTheToken", Mutant::kRetireKeepsTheToken}),
    [](const testing::TestParamInfo<MutantCase>& mutant) {
      return mutant.param.name;
    });

TEST_P(OwnershipMutant, IsNoticed) {
  OwnershipModel model(3, 2, GetParam().mutant);
  EXPECT_FALSE(model.Explore()) << model.visited() << " states";
  std::printf("%s, after %zu states\n",
              model.broken() == nullptr ? "nothing" : model.broken(),
              model.visited());
}

}  // namespace
}  // namespace cellblock
