// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
#include "allocator/report.h"

#include <gtest/gtest.h>
#include <signal.h>

#include <cstdint>

namespace cellblock {
namespace {

const void* const kBlock = reinterpret_cast<const void*>(0x7f12345678a0);

#define EXPECT_REPORT(call, line) \
  EXPECT_EXIT(call, testing::KilledBySignal(SIGABRT), "^cellblock: " line "\n$")

TEST(ReportDeathTest, DoubleFree) {
  EXPECT_REPORT(ReportDoubleFree(kBlock),
                "double free of 0x7f12345678a0: it is in free memory, freed "
                "before or never handed out");
}

TEST(ReportDeathTest, ForeignFree) {
  EXPECT_REPORT(ReportForeignFree(kBlock),
                "foreign free of 0x7f12345678a0: it is not in this pool");
}

TEST(ReportDeathTest, MisalignedFree) {
  EXPECT_REPORT(ReportMisalignedFree(kBlock),
                "misaligned free of 0x7f12345678a0: no block of this pool can "
                "start there");
}

TEST(ReportDeathTest, InteriorFree) {
  EXPECT_REPORT(ReportInteriorFree(kBlock),
                "interior free of 0x7f12345678a0: it is inside a live block, "
                "not at its start");
}

TEST(ReportDeathTest, IndexOutOfRange) {
  EXPECT_REPORT(ReportIndexOutOfRange(10, 3),
                "index 10 is out of range: the cell has 3 elements");
  EXPECT_REPORT(ReportIndexOutOfRange(0, 0),
                "index 0 is out of range: the cell has 0 elements");
  EXPECT_REPORT(ReportIndexOutOfRange(SIZE_MAX, SIZE_MAX - 1),
                "index 18446744073709551615 is out of range: the cell has "
                "18446744073709551614 elements");
}

TEST(ReportDeathTest, RefusedInARow) {
  EXPECT_REPORT(ReportRefusedInARow(1048576),
                "the pool is exhausted: 1048576 allocations in a row were "
                "refused");
}

TEST(ReportDeathTest, AddressesAtBothEnds) {
  EXPECT_REPORT(ReportForeignFree(nullptr),
                "foreign free of 0x0: it is not in this pool");
  EXPECT_REPORT(ReportForeignFree(reinterpret_cast<const void*>(UINTPTR_MAX)),
                "foreign free of 0xffffffffffffffff: it is not in this pool");
}

TEST(ReportDeathTest, BadFreeNamesWhatFreeAnswered) {
  EXPECT_REPORT(ReportBadFree(AllocatorError::kDoubleFree, kBlock),
                "double free of .*");
  EXPECT_REPORT(ReportBadFree(AllocatorError::kNotOwned, kBlock),
                "foreign free of .*");
  EXPECT_REPORT(ReportBadFree(AllocatorError::kMisaligned, kBlock),
                "misaligned free of .*");
  EXPECT_REPORT(ReportBadFree(AllocatorError::kInteriorPointer, kBlock),
                "interior free of .*");
}

}  // namespace
}  // namespace cellblock
