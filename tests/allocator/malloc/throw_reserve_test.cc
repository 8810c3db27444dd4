// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "allocator/malloc/throw_reserve.h"

#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <set>

namespace cellblock {
namespace {

TEST(ThrowReserveTest, EveryBlockIsTakenOnceAndComesBack) {
  static constinit ThrowReserve reserve;
  for (int round = 0; round < 2; ++round) {
    std::set<char*> blocks;
    while (void* const block = reserve.Take(ThrowReserve::kMostBytes)) {
      EXPECT_EQ(reinterpret_cast<uintptr_t>(block) % 16, 0u);
      EXPECT_TRUE(blocks.insert(static_cast<char*>(block)).second);
    }
    EXPECT_EQ(blocks.size(), ThrowReserve::kBlocks);
    char* previous = nullptr;
    for (char* const block : blocks) {
      if (previous != nullptr) {
        EXPECT_GE(block - previous, ptrdiff_t{ThrowReserve::kMostBytes});
      }
      previous = block;
      EXPECT_TRUE(reserve.GiveBack(block));
    }
  }
}

TEST(ThrowReserveTest, ServesNoMoreThanItsBlocksHold) {
  static constinit ThrowReserve reserve;
  EXPECT_EQ(reserve.Take(ThrowReserve::kMostBytes + 1), nullptr);
  EXPECT_NE(reserve.Take(0), nullptr);
}

TEST(ThrowReserveTest, WhatItDidNotHandOutDoesNotComeBack) {
  static constinit ThrowReserve reserve;
  char other = 0;
  EXPECT_FALSE(reserve.GiveBack(&other));
  EXPECT_FALSE(reserve.GiveBack(nullptr));
  auto* const block = static_cast<char*>(reserve.Take(1));
  EXPECT_FALSE(reserve.GiveBack(block + 16));
  EXPECT_FALSE(reserve.GiveBack(block + ThrowReserve::kMostBytes));
  EXPECT_TRUE(reserve.GiveBack(block));
  EXPECT_FALSE(reserve.GiveBack(block));  // twice
}

}  // namespace
}  // namespace cellblock
