// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
#include "allocator/fault_injector.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <string>

#include "allocator/cellblock.h"
#include "tests/allocator/cellblock_fixture.h"

namespace cellblock {
namespace {

class FaultInjectorTest : public testing::Test {
 protected:
  void Inject(uint64_t fail_at, cellblock_fault fault) {
    cellblock_inject(&injector_,
                     cellblock_get_allocator(pool_, CELLBLOCK_NO_OWNER),
                     fail_at, fault);
  }

  // A letter for each of six allocations: served or failed.
  std::string Outcomes() {
    std::string outcomes;
    void* block = nullptr;
    for (size_t bytes = 1; bytes <= 6; ++bytes) {
      void* const got = bytes % 2 == 1
                            ? allocator_.alloc(allocator_.opaque, bytes)
                            : allocator_.realloc(allocator_.opaque, block, 100);
      outcomes += got == nullptr ? 'f' : 's';
      if (got == nullptr) continue;
      if (bytes % 2 == 1) allocator_.free(allocator_.opaque, block);
      block = got;
    }
    allocator_.free(allocator_.opaque, block);
    EXPECT_EQ(cellblock_get_stats(pool_).in_use_bytes, 0u);
    EXPECT_TRUE(IsSound(pool_));
    return outcomes;
  }

  CPool pool_{cellblock_options{.bytes = 64 << 10}};
  cellblock_fault_injector injector_ = {};
  const cellblock_allocator& allocator_ = injector_.allocator;
};

TEST_F(FaultInjectorTest, WithoutAFaultEverythingIsServed) {
  for (cellblock_fault fault :
       {CELLBLOCK_FAULT_ONCE, CELLBLOCK_FAULT_FROM_THEN_ON}) {
    Inject(0, fault);
    EXPECT_EQ(Outcomes(), "ssssss");
    EXPECT_EQ(injector_.allocations, 6u);
    EXPECT_EQ(injector_.failed, 0u);
    Inject(7, fault);
    EXPECT_EQ(Outcomes(), "ssssss");
    EXPECT_EQ(injector_.failed, 0u);
  }
}

TEST_F(FaultInjectorTest, OnceFailsThatAllocationAlone) {
  for (uint64_t n = 1; n <= 6; ++n) {
    Inject(n, CELLBLOCK_FAULT_ONCE);
    std::string expected = "ssssss";
    expected[n - 1] = 'f';
    EXPECT_EQ(Outcomes(), expected);
    EXPECT_EQ(injector_.allocations, 6u);
    EXPECT_EQ(injector_.failed, 1u);
  }
}

TEST_F(FaultInjectorTest, FromThenOnFailsAllThatFollow) {
  for (uint64_t n = 1; n <= 6; ++n) {
    Inject(n, CELLBLOCK_FAULT_FROM_THEN_ON);
    EXPECT_EQ(Outcomes(), std::string(n - 1, 's') + std::string(7 - n, 'f'));
    EXPECT_EQ(injector_.allocations, 6u);
    EXPECT_EQ(injector_.failed, 7 - n);
  }
}

TEST_F(FaultInjectorTest, ThePoolNeverLearnsOfAFault) {
  Inject(1, CELLBLOCK_FAULT_FROM_THEN_ON);
  EXPECT_EQ(allocator_.alloc(allocator_.opaque, 1), nullptr);
  EXPECT_EQ(cellblock_get_stats(pool_).exhausted, 0u);
  EXPECT_EQ(cellblock_last_error(pool_), CELLBLOCK_ERROR_NONE);
}

TEST_F(FaultInjectorTest, ARefusalOfThePoolIsNoFault) {
  Inject(2, CELLBLOCK_FAULT_ONCE);
  EXPECT_EQ(allocator_.alloc(allocator_.opaque, 1 << 20), nullptr);
  EXPECT_EQ(injector_.allocations, 1u);
  EXPECT_EQ(injector_.failed, 0u);
  EXPECT_EQ(cellblock_last_error(pool_), CELLBLOCK_ERROR_EXHAUSTED);
}

TEST_F(FaultInjectorTest, WhatIsGivenBackIsNeverRefused) {
  Inject(2, CELLBLOCK_FAULT_FROM_THEN_ON);
  void* const block = allocator_.alloc(allocator_.opaque, 20);
  EXPECT_EQ(allocator_.alloc(allocator_.opaque, 20), nullptr);
  EXPECT_EQ(allocator_.usable_size(allocator_.opaque, block), 32u);
  allocator_.free(allocator_.opaque, block);
  EXPECT_EQ(allocator_.usable_size(allocator_.opaque, block), 0u);
  EXPECT_EQ(injector_.allocations, 2u);
}

}  // namespace
}  // namespace cellblock
