// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
#include "allocator/result.h"

#include <errno.h>
#include <gtest/gtest.h>

#include <memory>
#include <utility>

namespace cellblock {
namespace {

Result<std::unique_ptr<int>> Make(int value) {
  return std::make_unique<int>(value);
}

Result<int> Refuse() { return {AllocatorError::kMapFailed, ENOMEM}; }

TEST(ResultTest, HoldsAMoveOnlyValueAndDestroysItOnce) {
  auto watched = std::make_shared<int>(7);
  {
    Result<std::shared_ptr<int>> result = watched;
    Result<std::shared_ptr<int>> moved = std::move(result);
    ASSERT_TRUE(moved.ok());
    EXPECT_EQ(**moved, 7);
    EXPECT_EQ(watched.use_count(), 2);
  }
  EXPECT_EQ(watched.use_count(), 1);
  std::unique_ptr<int> owned = std::move(Make(3)).value();
  EXPECT_EQ(*owned, 3);
  EXPECT_EQ(**Make(4), 4);
}

TEST(ResultTest, ValueCarriesNoError) {
  const Result<int> result = 5;
  EXPECT_TRUE(result.ok());
  EXPECT_EQ(result.error(), AllocatorError::kNone);
  EXPECT_EQ(result.os_error(), 0);
  EXPECT_EQ(result.value(), 5);
}

TEST(ResultTest, ErrorCarriesErrnoOrZero) {
  const Result<int> refused = Refuse();
  EXPECT_FALSE(refused.ok());
  EXPECT_EQ(refused.error(), AllocatorError::kMapFailed);
  EXPECT_EQ(refused.os_error(), ENOMEM);
  const Result<int> plain = AllocatorError::kZeroBytes;
  EXPECT_EQ(plain.os_error(), 0);
}

TEST(ResultDeathTest, ReadingAMissingValueTraps) {
  EXPECT_DEATH((void)Refuse().value(), "");
  EXPECT_DEATH((void)*Refuse(), "");
  EXPECT_DEATH(
      (void)Result<std::unique_ptr<int>>(AllocatorError::kTooLarge)->get(), "");
}

TEST(ResultDeathTest, NoErrorIsNotAnError) {
  EXPECT_DEATH((void)Result<int>(AllocatorError::kNone), "");
}

}  // namespace
}  // namespace cellblock
