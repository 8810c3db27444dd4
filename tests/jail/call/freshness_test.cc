// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "jail/call/freshness.h"

#include <gtest/gtest.h>

namespace cellblock {
namespace {

TEST(FreshnessTest, NamesAreThoseOfTheEnumerators) {
  EXPECT_STREQ(Name(Freshness::kReuse), "kReuse");
  EXPECT_STREQ(Name(Freshness::kHeapReset), "kHeapReset");
  EXPECT_STREQ(Name(Freshness::kForkPerCall), "kForkPerCall");
  EXPECT_STREQ(Name(Freshness::kNewProcess), "kNewProcess");
  EXPECT_STREQ(Name(static_cast<Freshness>(4)), "unknown");
}

}  // namespace
}  // namespace cellblock
