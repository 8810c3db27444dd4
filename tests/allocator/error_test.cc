// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
#include "allocator/error.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace cellblock {
namespace {

constexpr AllocatorError kAll[] = {
    AllocatorError::kNone,
    AllocatorError::kZeroBytes,
    AllocatorError::kTooSmall,
    AllocatorError::kTooLarge,
    AllocatorError::kBadAlignment,
    AllocatorError::kNullBuffer,
    AllocatorError::kMapFailed,
    AllocatorError::kCommitFailed,
    AllocatorError::kSourceFailed,
    AllocatorError::kZeroSlots,
    AllocatorError::kNoFillFunction,
    AllocatorError::kNeedsCoalescing,
    AllocatorError::kOverlap,
    AllocatorError::kExhausted,
    AllocatorError::kOverLimit,
    AllocatorError::kNoSuchOwner,
    AllocatorError::kNotOwned,
    AllocatorError::kMisaligned,
    AllocatorError::kInteriorPointer,
    AllocatorError::kDoubleFree,
};

TEST(AllocatorErrorTest, EveryErrorHasAMessageOfItsOwn) {
  std::set<std::string> messages;
  for (AllocatorError error : kAll) messages.insert(Message(error));
  EXPECT_EQ(messages.size(), std::size(kAll));
  EXPECT_EQ(messages.count("unknown error"), 0u);
}

TEST(AllocatorErrorTest, SetupErrorsSayWhatToDo) {
  for (AllocatorError error :
       {AllocatorError::kZeroBytes, AllocatorError::kTooSmall,
        AllocatorError::kTooLarge, AllocatorError::kBadAlignment,
        AllocatorError::kNullBuffer, AllocatorError::kMapFailed,
        AllocatorError::kCommitFailed, AllocatorError::kSourceFailed,
        AllocatorError::kZeroSlots, AllocatorError::kNoFillFunction,
        AllocatorError::kNeedsCoalescing, AllocatorError::kOverlap,
        AllocatorError::kNoSuchOwner}) {
    EXPECT_NE(std::string(Message(error)).find(": "), std::string::npos)
        << Message(error);
  }
}

TEST(AllocatorErrorTest, AValueOutsideTheEnumIsUnknown) {
  EXPECT_STREQ(Message(static_cast<AllocatorError>(std::size(kAll))),
               "unknown error");
  EXPECT_STREQ(Message(static_cast<AllocatorError>(255)), "unknown error");
}

static_assert(Message(AllocatorError::kNone) != nullptr, "is constexpr");

}  // namespace
}  // namespace cellblock
