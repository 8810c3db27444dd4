// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

// As many units as there can be, where one more would not fit in a tag, and a
// heap of them. Of the table only what is written becomes memory.
#include <gtest/gtest.h>
#include <sys/mman.h>

#include <cstdint>

#include "allocator/freelist.h"
#include "allocator/heap.h"
#include "tests/allocator/freelist_fixture.h"

namespace cellblock {
namespace {

constexpr AllocatorError kOk = AllocatorError::kNone;
constexpr uint32_t kMax = Freelist::kMaxUnits;

// Zero, and memory only where it is written.
class Lazy {
 public:
  Lazy(size_t bytes, int protection)
      : bytes_(bytes),
        data_(mmap(nullptr, bytes, protection,
                   MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0)) {
    EXPECT_NE(data_, MAP_FAILED);
  }
  Lazy(const Lazy&) = delete;
  Lazy& operator=(const Lazy&) = delete;
  ~Lazy() { munmap(data_, bytes_); }

  void* data() { return data_; }
  size_t bytes() const { return bytes_; }

 private:
  size_t bytes_;
  void* data_;
};

class FreelistLimits : public testing::Test {
 protected:
  void SetUp() override { list_.Attach(table_.data(), kMax, Content::kZero); }

  Lazy table_{Freelist::TableBytes(kMax), PROT_READ | PROT_WRITE};
  Freelist list_;
};

TEST_F(FreelistLimits, AllInOneSpan) {
  EXPECT_EQ(list_.LargestFree(), kMax);
  EXPECT_EQ(list_.Allocate(kMax, 1), 0u);
  EXPECT_EQ(SpansOf(list_), "used 536870910");
  EXPECT_EQ(list_.SpanUnits(0), kMax);
  EXPECT_EQ(list_.free_units(), 0u);
  EXPECT_EQ(list_.high_water(), kMax);
  EXPECT_EQ(list_.LargestFree(), 0u);
  EXPECT_EQ(list_.Allocate(1, 0), Freelist::kNoSpan);
  EXPECT_EQ(list_.Free(1), AllocatorError::kInteriorPointer);
  EXPECT_EQ(list_.Free(kMax), AllocatorError::kNotOwned);
  EXPECT_EQ(list_.Free(0), kOk);
  EXPECT_EQ(list_.LargestFree(), kMax);
  EXPECT_EQ(list_.Allocate(kMax, 0), 0u);
  EXPECT_EQ(list_.Free(0), kOk);
  Settle(list_);
  EXPECT_EQ(SpansOf(list_), "free 536870910");
  EXPECT_EQ(list_.Free(kMax - 1), AllocatorError::kDoubleFree);
}

TEST_F(FreelistLimits, MoreThanThereCanBeIsRefused) {
  ASSERT_EQ(list_.Allocate(5, 0), 0u);
  ASSERT_EQ(list_.Free(0), kOk);
  for (const uint32_t units :
       {0u, kMax + 1, (1u << 29) - 1, 1u << 29, (1u << 29) + 5, 1u << 30,
        (2u << 29) + 5, 1u << 31, (1u << 31) + 5, ~0u}) {
    EXPECT_EQ(list_.Allocate(units, 0), Freelist::kNoSpan) << units;
    EXPECT_EQ(list_.AllocateAligned(units, 2, 0, 0), Freelist::kNoSpan);
    EXPECT_EQ(list_.AllocateAligned(units, 1u << 31, 5, 0), Freelist::kNoSpan);
    ASSERT_EQ(list_.Allocate(5, 0), 0u);
    EXPECT_FALSE(list_.Trim(0, units)) << units;
    EXPECT_FALSE(list_.Extend(0, units)) << units;
    EXPECT_FALSE(list_.Divide(0, units)) << units;
    ASSERT_EQ(list_.Free(0), kOk);
  }
  EXPECT_EQ(list_.Reuse(5), 0u);
}

TEST_F(FreelistLimits, TheLastUnitIsAUnitLikeAnyOther) {
  ASSERT_EQ(list_.Allocate(kMax - 1, 0), 0u);
  EXPECT_EQ(list_.Allocate(1, 9), kMax - 1);
  EXPECT_EQ(list_.SpanOwner(kMax - 1), 9u);
  EXPECT_EQ(list_.Allocate(1, 0), Freelist::kNoSpan);
  ASSERT_EQ(list_.Free(kMax - 1), kOk);
  EXPECT_EQ(list_.Free(kMax - 1), AllocatorError::kDoubleFree);
  EXPECT_TRUE(list_.Extend(0, kMax));
  EXPECT_TRUE(list_.Trim(0, kMax - 1));
  EXPECT_EQ(SpansOf(list_), "used 536870909, free 1");
  EXPECT_EQ(list_.Allocate(1, 0), kMax - 1);
  ASSERT_EQ(list_.Free(0), kOk);
  EXPECT_EQ(list_.LargestFree(), kMax - 1);
  Settle(list_);
  EXPECT_EQ(list_.LargestFree(), kMax - 1);
  EXPECT_EQ(SpansOf(list_), "free 536870909, used 1");
}

// The longest bin, in which a span is sure to fit only by its own length.
TEST_F(FreelistLimits, TheLongestSpansOfABinAreFoundAgain) {
  ASSERT_EQ(list_.Allocate(kMax - 1, 0), 0u);
  ASSERT_EQ(list_.Allocate(1, 0), kMax - 1);
  for (const uint32_t units : {kMax - 1, kMax - 2, kMax - 8, kMax / 2}) {
    ASSERT_EQ(list_.Free(0), kOk);
    Settle(list_);
    EXPECT_EQ(list_.Allocate(units, 0), 0u) << units;
    EXPECT_EQ(list_.LargestFree(), kMax - 1 - units);
  }
  ASSERT_EQ(list_.Free(0), kOk);
  EXPECT_EQ(list_.AllocateAligned(kMax - 9, 16, 8, 0), 8u);
  EXPECT_EQ(SpansOf(list_), "free 8, used 536870901, used 1");
  EXPECT_EQ(list_.AllocateAligned(kMax - 9, 16, 8, 0), Freelist::kNoSpan);
}

TEST_F(FreelistLimits, AlignmentsAsFarApartAsCanBe) {
  EXPECT_EQ(list_.AllocateAligned(3, 1u << 28, 0, 0), 0u);
  EXPECT_EQ(list_.AllocateAligned(3, 1u << 28, 0, 0), 1u << 28);
  EXPECT_EQ(list_.AllocateAligned(3, 1u << 28, 0, 0), Freelist::kNoSpan);
  EXPECT_EQ(list_.UnitsToServe(3, 1u << 28, 0), (2u << 28) + 3);
  EXPECT_EQ(list_.AllocateAligned(3, 1u << 29, 1, 0), Freelist::kNoSpan);
  EXPECT_EQ(list_.AllocateAligned(3, 1u << 29, 4, 0), Freelist::kNoSpan);
  EXPECT_EQ(list_.UnitsToServe(3, 1u << 29, 4), (1u << 29) - 4 + 3);
  EXPECT_EQ(list_.AllocateAligned(3, 1u << 29, 5, 0), (1u << 29) - 5);
  EXPECT_EQ(SpansOf(list_),
            "used 3, free 268435453, used 3, free 268435448, used 3");
  EXPECT_EQ(list_.Allocate(1u << 28, 0), Freelist::kNoSpan);
  EXPECT_EQ(list_.Allocate((1u << 28) - 3, 0), 3u);
}

TEST_F(FreelistLimits, AnAlignmentMayLeaveOnlyTheLastUnit) {
  const uint32_t phase = 0u - (kMax - 1);
  EXPECT_EQ(list_.AllocateAligned(2, 1u << 31, phase, 0), Freelist::kNoSpan);
  EXPECT_EQ(list_.AllocateAligned(1, 1u << 31, phase, 0), kMax - 1);
  EXPECT_EQ(list_.LargestFree(), kMax - 1);
  ASSERT_EQ(list_.Free(kMax - 1), kOk);
  Settle(list_);
  EXPECT_EQ(SpansOf(list_), "free 536870910");
}

TEST_F(FreelistLimits, UnitsToServeDoesNotWrap) {
  ASSERT_EQ(list_.Allocate(kMax, 0), 0u);
  EXPECT_EQ(list_.UnitsToServe(kMax, 1, 0), uint64_t{2} * kMax);
  EXPECT_EQ(list_.UnitsToServe(~0u, 1u << 31, 0),
            (uint64_t{1} << 31) + UINT32_MAX);
}

// Reads the whole table, once.
TEST_F(FreelistLimits, TheWholeTableIsValid) {
  ASSERT_EQ(list_.Allocate(kMax / 3, 0), 0u);
  ASSERT_EQ(list_.Allocate(kMax / 3, 0), kMax / 3);
  ASSERT_EQ(list_.Allocate(kMax / 3 - 1, 0), kMax / 3 * 2);
  ASSERT_EQ(list_.Allocate(1, 0), kMax - 1);
  ASSERT_EQ(list_.Free(0), kOk);
  ASSERT_EQ(list_.Free(kMax - 1), kOk);
  EXPECT_TRUE(IsValid(list_));
}

// The pool is never touched: no memory is behind it.
class HeapLimits : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_EQ(heap_.Attach({.base = pool_.data(),
                            .bytes = pool_.bytes(),
                            .table = table_.data(),
                            .table_bytes = table_.bytes(),
                            .unit = 16,
                            .content = Content::kZero,
                            .table_content = Content::kZero}),
              kOk);
  }

  void* At(size_t offset) {
    return static_cast<uint8_t*>(pool_.data()) + offset;
  }

  static constexpr size_t kBytes = size_t{kMax} * 16;
  static constexpr Fill kAsIs = Fill::kUninitialized;
  Lazy pool_{kBytes, PROT_NONE};
  Lazy table_{Heap::TableBytesFor(kBytes, 16), PROT_READ | PROT_WRITE};
  Heap heap_;
};

TEST_F(HeapLimits, ServesUpToTheLastByte) {
  EXPECT_EQ(heap_.Allocate(kBytes + 1, 1, kAsIs), nullptr);
  EXPECT_EQ(heap_.stats().NeededBytes(), UINT64_MAX);  // no table has so many
  EXPECT_EQ(heap_.stats().last_exhaustion.short_by, 16u);
  EXPECT_EQ(heap_.Allocate(kBytes, 1, Fill::kZeroed), At(0));
  EXPECT_EQ(heap_.UsableSize(At(0)), kBytes);
  EXPECT_EQ(heap_.Free(At(16)), AllocatorError::kInteriorPointer);
  EXPECT_EQ(heap_.Free(At(kBytes)), AllocatorError::kNotOwned);
  EXPECT_TRUE(heap_.ResizeInPlace(At(0), kBytes - 16));
  EXPECT_FALSE(heap_.ResizeInPlace(At(0), kBytes + 1));
  void* const last = heap_.Allocate(0, 16, kAsIs);
  EXPECT_EQ(last, At(kBytes - 16));
  EXPECT_TRUE(heap_.Owns(At(kBytes - 1)));
  EXPECT_EQ(heap_.Free(At(kBytes - 1)), AllocatorError::kMisaligned);
  EXPECT_EQ(heap_.Free(last), kOk);
  EXPECT_EQ(heap_.Free(last), AllocatorError::kDoubleFree);
  EXPECT_EQ(heap_.Free(At(0)), kOk);
  EXPECT_EQ(heap_.LargestFree(), kBytes);
}

TEST_F(HeapLimits, SizesNearTheLargestAreRefusedNotWrapped) {
  ASSERT_EQ(heap_.Allocate(1, 1, kAsIs), At(0));
  ASSERT_EQ(heap_.Free(At(0)), kOk);
  for (const size_t bytes :
       {kBytes + 1, (size_t{1} << 33) - 16, size_t{1} << 33,
        (size_t{1} << 33) + 1, (size_t{1} << 36) + 1, SIZE_MAX / 2 + 1,
        SIZE_MAX - 15, SIZE_MAX}) {
    for (size_t alignment = 1; alignment != 0; alignment *= 2) {
      EXPECT_EQ(heap_.Allocate(bytes, alignment, kAsIs), nullptr) << bytes;
    }
    for (size_t piece = 16; piece != 0; piece *= 2) {
      EXPECT_EQ(heap_.AllocateDivided(bytes, piece, kAsIs), nullptr) << bytes;
    }
  }
  EXPECT_EQ(heap_.stats().in_use_bytes, 0u);
  EXPECT_EQ(heap_.Allocate(kBytes, 1, kAsIs), At(0));
}

TEST_F(HeapLimits, EveryAlignmentIsServedOrRefused) {
  for (size_t alignment = 1; alignment != 0; alignment *= 2) {
    const uintptr_t start = reinterpret_cast<uintptr_t>(At(0));
    const uintptr_t lead = (0 - start) & (alignment - 1);
    void* const block = heap_.Allocate(1, alignment, kAsIs);
    if (lead < kBytes) {
      EXPECT_EQ(block, At(lead)) << alignment;
      EXPECT_EQ(heap_.Free(block), kOk);
    } else {
      EXPECT_EQ(block, nullptr) << alignment;
      EXPECT_EQ(heap_.refusal(), AllocatorError::kExhausted);
      EXPECT_GE(heap_.stats().refused_at_bytes, lead);
    }
  }
}

}  // namespace
}  // namespace cellblock
