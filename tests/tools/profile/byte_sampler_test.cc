// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "tools/jailrun/profile/byte_sampler.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>

namespace cellblock {
namespace {

constexpr uint64_t kEvery = 4096;

ByteSampler Started(uint64_t random) {
  ByteSampler sampler = {};
  sampler.Start(kEvery, random);
  return sampler;
}

// The standard deviation of a sum of `bytes` is below this: each mark stands
// for kEvery, and they are at least as regular as those of a Poisson process.
double Error(double bytes) { return std::sqrt(bytes * kEvery); }

TEST(ByteSamplerTest, WhatAllocationsCountForIsTheirSizeOnAverage) {
  for (const uint64_t size : {16u, 48u, 1000u, 1024u, 4095u}) {
    ByteSampler sampler = Started(size * 77);
    constexpr int kCount = 200000;
    uint64_t sum = 0;
    for (int i = 0; i < kCount; ++i) sum += sampler.Weigh(size);
    const auto wanted = static_cast<double>(size * kCount);
    EXPECT_NEAR(static_cast<double>(sum), wanted, 5 * Error(wanted)) << size;
  }
}

// Two sizes in turn: neither gets what is the other's.
TEST(ByteSamplerTest, ARhythmIsNotMistaken) {
  ByteSampler sampler = Started(3);
  uint64_t sums[2] = {};
  constexpr uint64_t kSizes[2] = {1024, 3072};
  for (int i = 0; i < 200000; ++i) sums[i % 2] += sampler.Weigh(kSizes[i % 2]);
  for (int i = 0; i < 2; ++i) {
    const auto wanted = static_cast<double>(kSizes[i] * 100000);
    EXPECT_NEAR(static_cast<double>(sums[i]), wanted, 5 * Error(wanted)) << i;
  }
}

TEST(ByteSamplerTest, LargeAllocationsCountForWhatTheyAre) {
  ByteSampler sampler = Started(5);
  for (uint64_t size = kEvery; size < 100 * kEvery; size += 777) {
    EXPECT_EQ(sampler.Weigh(size), size);
  }
}

TEST(ByteSamplerTest, AfterThinningPastAllocationsCountForAsMuchAsBefore) {
  for (const uint64_t size : {100u, 2000u, 4096u, 5000u, 8191u, 9000u}) {
    ByteSampler sampler = Started(size);
    constexpr int kCount = 100000;
    uint64_t sum = 0;
    for (int i = 0; i < kCount; ++i) {
      ByteSampler once = sampler;
      const uint64_t weight = once.Weigh(size);
      once.Thin();
      if (weight != 0) sum += once.WeighAgain(size, weight);
      sampler = once;
      sampler.every = kEvery;
      sampler.left = sampler.FirstDistance();
    }
    const auto wanted = static_cast<double>(size * kCount);
    EXPECT_NEAR(static_cast<double>(sum), wanted, 7 * Error(wanted)) << size;
  }
}

}  // namespace
}  // namespace cellblock
