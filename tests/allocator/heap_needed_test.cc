// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

// HeapStats::NeededBytes: a pool of so many bytes serves the run that it was
// read from, and one unit less does not.
#include <gtest/gtest.h>

#include <cstdint>
#include <vector>

#include "allocator/heap.h"
#include "tests/allocator/heap_fixture.h"
#include "tests/allocator/random.h"

namespace cellblock {
namespace {

constexpr size_t kKiB = 1024;
constexpr Fill kAsIs = Fill::kUninitialized;
constexpr AllocatorError kOk = AllocatorError::kNone;

TEST(HeapNeededTest, SeedParity_Row32_IsTheHighWaterOfARunThatWasServed) {
  TestHeap heap(4 * kKiB, 16, Content::kUnknown);
  EXPECT_EQ(heap->stats().NeededBytes(), 0u);
  void* const a = heap->Allocate(1000, 1, kAsIs);
  void* const b = heap->Allocate(1000, 1, kAsIs);
  ASSERT_EQ(heap->Free(a), kOk);
  ASSERT_EQ(heap->Free(b), kOk);
  EXPECT_EQ(heap->stats().NeededBytes(), 2016u);
  EXPECT_EQ(heap->stats().refused_at_bytes, 0u);
}

TEST(HeapNeededTest, SeedParity_Row32_IsWhereTheRefusedRequestWouldHaveEnded) {
  TestHeap heap(4 * kKiB, 16, Content::kUnknown, 4096);
  ASSERT_NE(heap->Allocate(3000, 1, kAsIs), nullptr);  // 3008
  const HeapStats& stats = heap->stats();
  EXPECT_EQ(heap->Allocate(1089, 1, kAsIs), nullptr);
  EXPECT_EQ(stats.refused_at_bytes, 3008u + 1104);
  // It never decreases.
  EXPECT_EQ(heap->Allocate(1088, 128, kAsIs), nullptr);
  EXPECT_EQ(stats.refused_at_bytes, 3008u + 1104 + 48);
  EXPECT_EQ(heap->Allocate(1089, 1, kAsIs), nullptr);
  EXPECT_EQ(stats.refused_at_bytes, 3008u + 1104 + 48);
  EXPECT_EQ(stats.NeededBytes(), 3008u + 1104 + 48);
  EXPECT_EQ(heap.copy().refused_at_bytes, 3008u + 1104 + 48);
  // Also of what is longer than the pool, and of alignments beyond it.
  EXPECT_EQ(heap->Allocate(100'000, 1, kAsIs), nullptr);
  EXPECT_EQ(stats.refused_at_bytes, 3008u + 100'000);
  EXPECT_EQ(heap->AllocateDivided(100'001, 4096, kAsIs), nullptr);
  EXPECT_EQ(stats.refused_at_bytes, 4096u + 25 * 4096);
  EXPECT_EQ(heap->Allocate(1, size_t{1} << 62, kAsIs), nullptr);
  EXPECT_EQ(stats.refused_at_bytes, UINT64_MAX);
}

TEST(HeapNeededTest, SeedParity_Row32_IsWithoutEndForWhatNoPoolCanHold) {
  for (size_t bytes : {SIZE_MAX, SIZE_MAX - 15, SIZE_MAX / 2,
                       (size_t{Freelist::kMaxUnits} + 1) * 16}) {
    TestHeap heap(4 * kKiB, 16, Content::kUnknown);
    EXPECT_EQ(heap->Allocate(bytes, 1, kAsIs), nullptr);
    EXPECT_EQ(heap->stats().NeededBytes(), UINT64_MAX);
    EXPECT_EQ(heap->AllocateDivided(bytes, 32, kAsIs), nullptr);
    EXPECT_EQ(heap->stats().NeededBytes(), UINT64_MAX);
  }
}

TEST(HeapNeededTest, SeedParity_Row32_ALimitsRefusalNeedsNoLargerPool) {
  TestHeap heap(4 * kKiB, 16, Content::kUnknown, 0, 1);
  ASSERT_TRUE(heap->SetLimit(1, 1000));
  EXPECT_EQ(heap->Allocate(5000, 1, kAsIs, 1), nullptr);
  EXPECT_EQ(heap->stats().NeededBytes(), 0u);
}

// Fragments are no help where none of them is long enough.
TEST(HeapNeededTest, SeedParity_Row32_FreeMemoryBelowTheEndDoesNotCount) {
  TestHeap heap(1024, 16, Content::kUnknown);
  std::vector<void*> blocks;
  for (int i = 0; i < 8; ++i) blocks.push_back(heap->Allocate(128, 1, kAsIs));
  for (size_t i : {0, 2, 4, 6}) ASSERT_EQ(heap->Free(blocks[i]), kOk);
  EXPECT_EQ(heap->Allocate(256, 1, kAsIs), nullptr);
  EXPECT_EQ(heap->stats().NeededBytes(), 1024u + 256);
  // The end comes down again, and what is freed last is merged with it.
  ASSERT_EQ(heap->Free(blocks[7]), kOk);
  EXPECT_EQ(heap->Allocate(400, 1, kAsIs), nullptr);
  EXPECT_EQ(heap->stats().NeededBytes(), 1024u + 256);
  EXPECT_EQ(heap->Allocate(900, 1, kAsIs), nullptr);
  EXPECT_EQ(heap->stats().NeededBytes(), 6 * 128u + 912);
}

struct Call {
  enum Kind { kAllocate, kDivide, kFree, kResize } kind;
  size_t block;  // freed or resized: as handed out, by number
  size_t bytes;
  size_t alignment;
  OwnerId owner;
};

struct Setting {
  size_t unit;
  uint32_t size_bits;
  const char* name;
};

constexpr size_t kMostAlignment = 16 * kKiB;  // of a call, and of each pool

// A heap that calls are made to, and what came of each: an offset, or -1.
class Caller {
 public:
  Caller(size_t bytes, size_t unit)
      : heap_(bytes, unit, Content::kUnknown, kMostAlignment, 1) {
    EXPECT_TRUE(heap_->SetLimit(1, 100 * unit));
  }

  ptrdiff_t Make(const Call& call) {
    const ptrdiff_t result = Result(call);
    EXPECT_TRUE(IsValid(*heap_));
    return result;
  }

  TestHeap& heap() { return heap_; }
  const std::vector<uint8_t*>& blocks() const { return blocks_; }

 private:
  ptrdiff_t Result(const Call& call) {
    switch (call.kind) {
      case Call::kAllocate:
        return Adopt(
            heap_->Allocate(call.bytes, call.alignment, kAsIs, call.owner), 1,
            0);
      case Call::kDivide:
        return Adopt(heap_->AllocateDivided(call.bytes, call.alignment, kAsIs),
                     (call.bytes + call.alignment - 1) / call.alignment,
                     call.alignment);
      case Call::kFree:
        return heap_->Free(blocks_[call.block]) == kOk ? 0 : -1;
      case Call::kResize:
        return heap_->ResizeInPlace(blocks_[call.block], call.bytes) ? 0 : -1;
    }
    return -1;
  }

  ptrdiff_t Adopt(void* first, size_t count, size_t stride) {
    uint8_t* const block = static_cast<uint8_t*>(first);
    if (block == nullptr) return -1;
    for (size_t i = 0; i < count; ++i) blocks_.push_back(block + i * stride);
    return block - heap_.base();
  }

  TestHeap heap_;
  std::vector<uint8_t*> blocks_;  // ever handed out
};

// Random calls, up to a refusal for space or so many.
class Script {
 public:
  Script(const Setting& setting, size_t steps, uint64_t seed)
      : setting_(setting),
        random_(seed),
        caller_(setting.unit << (setting.size_bits + 2), setting.unit) {
    while (calls_.size() < steps && !refused_) Step();
  }

  bool refused() const { return refused_; }
  size_t NeededBytes() { return caller_.heap()->stats().NeededBytes(); }

  // Whether so large a pool serves it all, and as here. A refusal may only be
  // the last one's.
  bool IsServedBy(size_t bytes) {
    Caller other(bytes, setting_.unit);
    for (size_t i = 0; i < calls_.size(); ++i) {
      const uint64_t before = other.heap()->stats().exhausted;
      const ptrdiff_t result = other.Make(calls_[i]);
      const bool served = other.heap()->stats().exhausted == before;
      if (i + 1 == calls_.size() && refused_) return served;
      if (result == results_[i]) continue;
      // A pool that is too short may refuse, but not serve another way.
      EXPECT_FALSE(served && calls_[i].kind != Call::kResize)
          << "call " << i << ": " << result << ", was " << results_[i];
      return false;
    }
    return true;
  }

 private:
  void Step() {
    const Call call = AnyCall();
    const uint64_t before = caller_.heap()->stats().exhausted;
    const size_t first = caller_.blocks().size();
    calls_.push_back(call);
    results_.push_back(caller_.Make(call));
    refused_ = caller_.heap()->stats().exhausted != before;
    for (size_t i = first; i < caller_.blocks().size(); ++i) {
      Insert(i);
    }
    if (call.kind == Call::kFree) std::erase(live_, call.block);
  }

  size_t PoolBytes() { return caller_.heap()->stats().pool_bytes; }

  size_t EndOf(size_t block, size_t bytes) {
    return caller_.blocks()[block] - caller_.heap().base() + bytes;
  }

  // By address.
  void Insert(size_t block) {
    auto it = live_.begin();
    while (it != live_.end() &&
           caller_.blocks()[*it] < caller_.blocks()[block]) {
      ++it;
    }
    live_.insert(it, block);
  }

  Call AnyCall() {
    const size_t bytes =
        random_.LogUniform(setting_.size_bits) * setting_.unit -
        random_.Below(static_cast<uint32_t>(setting_.unit));
    const uint32_t choice = live_.empty() ? 0 : random_.Below(16);
    const size_t alignment = size_t{1} << random_.Below(13);
    if (choice < 4) return {Call::kAllocate, 0, bytes, 1, random_.Below(2)};
    if (choice < 7) return {Call::kAllocate, 0, bytes, alignment, 0};
    if (choice < 8) {
      return {Call::kDivide, 0, bytes, setting_.unit << random_.Below(3), 0};
    }
    const size_t block =
        live_[random_.Below(static_cast<uint32_t>(live_.size()))];
    // What only the end of the pool keeps from growing, a longer pool would
    // let grow: that would be another run.
    const bool is_stopped =
        block == live_.back() && EndOf(block, bytes) > PoolBytes();
    if (choice < 14 || is_stopped) return {Call::kFree, block, 0, 0, 0};
    return {Call::kResize, block, bytes, 0, 0};
  }

  Setting setting_;
  Random random_;
  Caller caller_;
  std::vector<Call> calls_;
  std::vector<ptrdiff_t> results_;
  std::vector<size_t> live_;  // by address
  bool refused_ = false;
};

class HeapNeeded : public testing::TestWithParam<Setting> {};

INSTANTIATE_TEST_SUITE_P(
    Settings, HeapNeeded,
    testing::Values(Setting{16, 5, "ShortBlocks"},
                    Setting{16, 10, "BlocksBeyondTheExactBins"},
                    Setting{64, 7, "CacheLines"}, Setting{4096, 6, "Pages"}),
    [](const testing::TestParamInfo<Setting>& setting) {
      return setting.param.name;
    });

TEST_P(HeapNeeded, SeedParity_Row32_ReplaysARunToItsRefusal) {
  const uint64_t seed = TestSeed();
  for (uint64_t round = 0; round < 100; ++round) {
    Script script(GetParam(), 1'000'000, seed * 1'000 + round);
    ASSERT_TRUE(script.refused());
    const size_t needed = script.NeededBytes();
    EXPECT_TRUE(script.IsServedBy(needed));
    EXPECT_FALSE(script.IsServedBy(needed - GetParam().unit));
    EXPECT_TRUE(script.IsServedBy(4 * needed));
    if (HasFailure()) FAIL() << "seed " << seed << ", round " << round;
  }
}

TEST_P(HeapNeeded, SeedParity_Row32_ReplaysARunThatWasServed) {
  const uint64_t seed = TestSeed();
  int served = 0;
  for (uint64_t round = 0; round < 100; ++round) {
    Script script(GetParam(), 10 + round, seed * 1'000 + round);
    if (script.refused()) continue;
    ++served;
    const size_t needed = script.NeededBytes();
    EXPECT_TRUE(script.IsServedBy(needed));
    EXPECT_FALSE(script.IsServedBy(needed - GetParam().unit));
    if (HasFailure()) FAIL() << "seed " << seed << ", round " << round;
  }
  EXPECT_GT(served, 5);
}

}  // namespace
}  // namespace cellblock
