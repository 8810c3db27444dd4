// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
#include "allocator/adapters/status.h"

#include <errno.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "allocator/heap_prealloc.h"
#include "tests/allocator/cell_fixture.h"

namespace cellblock {
namespace {

using Error = AllocatorError;
using Code = absl::StatusCode;

constexpr size_t kKiB = 1024;
constexpr char kNoSpan[] = "no free span of the pool can hold the request";
constexpr char kNoRoom[] =
    "the owner's limit does not leave room for the request";

TEST(StatusTest, EveryErrorHasItsCodeAndItsMessage) {
  const std::pair<Error, Code> codes[] = {
      {Error::kNone, Code::kOk},
      {Error::kZeroBytes, Code::kInvalidArgument},
      {Error::kTooSmall, Code::kInvalidArgument},
      {Error::kTooLarge, Code::kInvalidArgument},
      {Error::kBadAlignment, Code::kInvalidArgument},
      {Error::kNullBuffer, Code::kInvalidArgument},
      {Error::kMapFailed, Code::kResourceExhausted},
      {Error::kCommitFailed, Code::kResourceExhausted},
      {Error::kSourceFailed, Code::kResourceExhausted},
      {Error::kZeroSlots, Code::kInvalidArgument},
      {Error::kNoFillFunction, Code::kInvalidArgument},
      {Error::kNeedsCoalescing, Code::kFailedPrecondition},
      {Error::kOverlap, Code::kInvalidArgument},
      {Error::kExhausted, Code::kResourceExhausted},
      {Error::kOverLimit, Code::kResourceExhausted},
      {Error::kNoSuchOwner, Code::kNotFound},
      {Error::kNotOwned, Code::kInvalidArgument},
      {Error::kMisaligned, Code::kInvalidArgument},
      {Error::kInteriorPointer, Code::kInvalidArgument},
      {Error::kDoubleFree, Code::kFailedPrecondition},
  };
  uint8_t next = 0;
  for (const auto& [error, code] : codes) {
    EXPECT_EQ(static_cast<uint8_t>(error), next++) << "the list has a gap";
    const absl::Status status = ToStatus(error);
    EXPECT_EQ(status.code(), code) << Message(error);
    EXPECT_EQ(status.message(), error == Error::kNone ? "" : Message(error));
  }
  EXPECT_STREQ(Message(static_cast<Error>(next)), "unknown error")
      << "the list is too short";
}

TEST(StatusTest, TheFiguresAreInTheText) {
  const absl::Status status = ToStatus(Error::kExhausted, {.asked = 1,
                                                           .alignment = 2,
                                                           .in_use = 3,
                                                           .peak = 4,
                                                           .largest_free = 5,
                                                           .short_by = 6});
  EXPECT_EQ(status.code(), Code::kResourceExhausted);
  EXPECT_EQ(status.message(), std::string(kNoSpan) +
                                  ": asked 1 bytes, alignment 2; in use 3, "
                                  "peak 4, largest free 5, short by 6");
}

TEST(StatusTest, AResultBecomesAValueOrAStatus) {
  absl::StatusOr<HeapPrealloc> pool =
      ToStatusOr(HeapPrealloc::Create(Region::Map({.bytes = 4 * kKiB})));
  ASSERT_TRUE(pool.ok()) << pool.status();
  EXPECT_TRUE(pool->AllocCell<int>(10));

  const absl::StatusOr<HeapPrealloc> none =
      ToStatusOr(HeapPrealloc::Create(Region::Map({.bytes = 0})));
  EXPECT_EQ(none.status(),
            absl::InvalidArgumentError(Message(Error::kZeroBytes)));
}

TEST(StatusTest, TheErrnoIsInTheText) {
  const absl::StatusOr<HeapPrealloc> pool =
      ToStatusOr(HeapPrealloc::Create(Region::Map({.bytes = size_t{1} << 60})));
  EXPECT_EQ(pool.status().code(), Code::kResourceExhausted);
  EXPECT_EQ(pool.status().message(), std::string(Message(Error::kMapFailed)) +
                                         " (errno " + std::to_string(ENOMEM) +
                                         ")");
}

TEST(StatusTest, ACellIsGiven) {
  HeapPrealloc pool = MakePool(4 * kKiB);
  {
    absl::StatusOr<Cell<int>> cell = AllocCellOrStatus<int>(pool, 10);
    ASSERT_TRUE(cell.ok()) << cell.status();
    (*cell)[9] = 1;
    const Cell<int> owned = *std::move(cell);
    EXPECT_EQ(owned[9], 1);
    EXPECT_EQ(owned.size(), 10u);
  }
  const absl::StatusOr<Cell<int>> empty = AllocCellOrStatus<int>(pool, 0);
  EXPECT_TRUE(empty.ok());
  EXPECT_TRUE(empty->empty());
  EXPECT_TRUE(IsWhole(pool));
}

TEST(StatusTest, TheOptionsReachThePool) {
  HeapPrealloc pool = MakePool(64 * kKiB, {.owners = 1});
  const absl::StatusOr<Cell<char>> cell =
      AllocCellOrStatus<char>(pool, 1, {.alignment = 4096, .owner = 1});
  ASSERT_TRUE(cell.ok());
  EXPECT_EQ(reinterpret_cast<uintptr_t>(cell->data()) % 4096, 0u);
  EXPECT_EQ(pool.owner_stats(1).in_use_bytes, 16u);
}

TEST(StatusTest, ExhaustionSaysWhatWasAskedAndWhatThereWas) {
  HeapPrealloc pool = MakePool(4 * kKiB);
  Cell<char> hole = pool.AllocCell<char>(500);
  const Cell<char> held = pool.AllocCell<char>(500);
  { const Cell<char> peak = pool.AllocCell<char>(2000); }
  pool.FreeCell(std::move(hole));
  EXPECT_EQ(AllocCellOrStatus<int>(pool, 775).status(),
            absl::ResourceExhaustedError(
                std::string(kNoSpan) +
                ": asked 3100 bytes, alignment 4; in use 512, peak 3024, "
                "largest free 3072, short by 32"));
  EXPECT_TRUE(pool.AllocCell<int>(767)) << "so much less, and it fits";
}

// The pool remembers the largest request of a streak of refusals.
TEST(StatusTest, TheFiguresAreThoseOfThisRequestNotOfALargerOneBefore) {
  HeapPrealloc pool = MakePool(4 * kKiB);
  EXPECT_FALSE(pool.AllocCell<char>(9000));
  EXPECT_EQ(AllocCellOrStatus<char>(pool, 5000, {.alignment = 64}).status(),
            absl::ResourceExhaustedError(
                std::string(kNoSpan) +
                ": asked 5000 bytes, alignment 64; in use 0, peak 0, "
                "largest free 4096, short by 912"));
}

TEST(StatusTest, FirstFitSaysItInElements) {
  HeapPrealloc pool = MakePoolOf<int>(Discipline::kFirstFit, 4 * kKiB);
  const Cell<int> held = pool.AllocCell<int>(24);
  EXPECT_EQ(AllocCellOrStatus<int>(pool, 1001).status(),
            absl::ResourceExhaustedError(
                std::string(kNoSpan) +
                ": asked 4004 bytes, alignment 4; in use 96, peak 96, "
                "largest free 4000, short by 4"));
}

TEST(StatusTest, SizesThatOverflowAreSaidToBeTheLargest) {
  HeapPrealloc pool = MakePool(4 * kKiB);
  const std::string most = std::to_string(SIZE_MAX);
  for (size_t count : {SIZE_MAX, SIZE_MAX / 8 + 1}) {
    EXPECT_EQ(AllocCellOrStatus<uint64_t>(pool, count).status(),
              absl::ResourceExhaustedError(
                  std::string(kNoSpan) + ": asked " + most +
                  " bytes, alignment 8; in use 0, peak 0, largest free 4096, "
                  "short by " +
                  std::to_string(SIZE_MAX - 4096)));
  }
}

TEST(StatusTest, AnAlignmentThatCannotBeHadIsNotShortOfBytes) {
  HeapPrealloc pool = MakePool(4 * kKiB);
  const Cell<char> held = pool.AllocCell<char>(1);
  EXPECT_EQ(AllocCellOrStatus<char>(pool, 16, {.alignment = 4096}).status(),
            absl::ResourceExhaustedError(
                std::string(kNoSpan) +
                ": asked 16 bytes, alignment 4096; in use 16, peak 16, "
                "largest free 4080, short by 0"));
}

TEST(StatusTest, AnOwnerAtItsLimitIsDescribedByItsOwnFigures) {
  HeapPrealloc pool = MakePool(64 * kKiB, {.owners = 1});
  const Cell<char> others = pool.AllocCell<char>(10'000);
  ASSERT_EQ(pool.SetLimit(1, 2048), Error::kNone);
  { const Cell<char> peak = pool.AllocCell<char>(2000, {.owner = 1}); }
  const Cell<char> held = pool.AllocCell<char>(1000, {.owner = 1});
  EXPECT_EQ(AllocCellOrStatus<char>(pool, 1050, {.owner = 1}).status(),
            absl::ResourceExhaustedError(
                std::string(kNoRoom) +
                ": asked 1050 bytes, alignment 1; in use 1008, peak 2000, "
                "largest free 1040, short by 16"));
  // A limit below what is in use leaves nothing.
  ASSERT_EQ(pool.SetLimit(1, 16), Error::kNone);
  EXPECT_EQ(AllocCellOrStatus<char>(pool, 16, {.owner = 1}).status(),
            absl::ResourceExhaustedError(
                std::string(kNoRoom) +
                ": asked 16 bytes, alignment 1; in use 1008, peak 2000, "
                "largest free 0, short by 16"));
}

TEST(StatusTest, OtherRefusalsHaveNoFigures) {
  HeapPrealloc pool = MakePool(4 * kKiB);
  EXPECT_EQ(AllocCellOrStatus<int>(pool, 1, {.owner = 1}).status(),
            absl::NotFoundError(Message(Error::kNoSuchOwner)));
  EXPECT_EQ(AllocCellOrStatus<int>(pool, 1, {.alignment = 48}).status(),
            absl::InvalidArgumentError(Message(Error::kBadAlignment)));
  HeapPrealloc bytes =
      MakePool(4 * kKiB, {.discipline = Discipline::kFirstFit});
  EXPECT_EQ(AllocCellOrStatus<int>(bytes, 1).status(),
            absl::InvalidArgumentError(Message(Error::kBadAlignment)));
}

TEST(StatusTest, AMovedFromPoolIsExhausted) {
  HeapPrealloc pool = MakePool(4 * kKiB);
  const HeapPrealloc moved = std::move(pool);
  // NOLINTNEXTLINE: what a moved-from pool says is the claim.
  EXPECT_EQ(AllocCellOrStatus<int>(pool, 1).status(),
            absl::ResourceExhaustedError(
                std::string(kNoSpan) +
                ": asked 4 bytes, alignment 4; in use 0, peak 0, "
                "largest free 0, short by 4"));
}

}  // namespace
}  // namespace cellblock
