// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "tools/jailrun/profile/recorder.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <memory>
#include <thread>
#include <vector>

namespace cellblock {
namespace {

constexpr uintptr_t kPool = 0x700000000000;
constexpr size_t kPoolBytes = size_t{256} << 20;

uint64_t g_caller;

uint32_t Walk(uint64_t* frames, uint32_t most) {
  if (most == 0) return 0;
  frames[0] = g_caller;
  return 1;
}

void Look(PoolSample* sample) { sample->high_water = 77; }

class RecorderTest : public testing::Test {
 protected:
  void SetUp() override {
    recorder_.Start(area_.get(), {.pool = kPool,
                                  .pool_bytes = kPoolBytes,
                                  .random = 9,
                                  .look = &Look,
                                  .walk = &Walk});
  }

  static const void* At(size_t offset) {
    return reinterpret_cast<const void*>(kPool + offset);
  }

  // For how many bytes those from a caller count that were live at the peak.
  uint64_t LiveAtPeak(uint64_t caller) const {
    uint64_t bytes = 0;
    for (const SampledBlock& block : area_->live.blocks) {
      if (block.WasLiveAt(area_->peak) && block.frames[0] == caller) {
        bytes += block.weight;
      }
    }
    return bytes;
  }

  std::unique_ptr<ProfileArea> area_ = std::make_unique<ProfileArea>();
  Recorder recorder_;
};

TEST(RecorderStartTest, NothingIsKeptBefore) {
  Recorder recorder;
  recorder.Allocated(nullptr, 1, 16);
  recorder.Freed(nullptr, 16);
  recorder.Begin();
}

TEST_F(RecorderTest, SizesAreCounted) {
  recorder_.Allocated(At(0), 9, 16);
  recorder_.Allocated(At(16), 16, 16);
  recorder_.Allocated(At(4096), 100000, 102400);
  recorder_.Freed(At(0), 16);
  const SizeCount& small = area_->sizes[SizeIndexOf(16)];
  EXPECT_EQ(small.allocations, 2u);
  EXPECT_EQ(small.frees, 1u);
  EXPECT_EQ(small.bytes_asked, 25u);
  const SizeCount& large = area_->sizes[SizeIndexOf(102400)];
  EXPECT_EQ(large.allocations, 1u);
  EXPECT_EQ(large.bytes_asked, 100000u);
  EXPECT_EQ(area_->last.in_use, 16u + 102400u);
}

TEST_F(RecorderTest, ThePeakIsWhatWasInUseAtMost) {
  g_caller = 1;
  recorder_.Allocated(At(0), 1 << 20, 1 << 20);
  g_caller = 2;
  recorder_.Allocated(At(1 << 20), 2 << 20, 2 << 20);
  recorder_.Freed(At(0), 1 << 20);
  g_caller = 3;
  recorder_.Allocated(At(0), 512 << 10, 512 << 10);
  EXPECT_EQ(area_->peak_bytes, uint64_t{3} << 20);
  EXPECT_EQ(LiveAtPeak(1), uint64_t{1} << 20);
  EXPECT_EQ(LiveAtPeak(2), uint64_t{2} << 20);
  EXPECT_EQ(LiveAtPeak(3), 0u);
  EXPECT_EQ(Strip::AtPeak(area_->strip.cells[0], area_->peak),
            area_->strip.cell_bytes);
}

TEST_F(RecorderTest, AFailedReallocLeavesEverythingAsItWas) {
  recorder_.Allocated(At(0), 100000, 102400);
  recorder_.Freed(At(0), 102400);
  recorder_.Restored(At(0), 102400);
  EXPECT_EQ(area_->last.in_use, 102400u);
  EXPECT_EQ(area_->sizes[SizeIndexOf(102400)].frees, 0u);
  EXPECT_NE(area_->live.Find(kPool), nullptr);
}

TEST_F(RecorderTest, AMappingGoesBitByBit) {
  g_caller = 5;
  recorder_.Allocated(At(0), 64 << 10, 64 << 10);
  recorder_.FreedPages(At(4096), 4096);
  recorder_.FreedPages(At(0), 4096);
  recorder_.FreedPages(At(60 << 10), 4096);
  EXPECT_EQ(area_->last.in_use, uint64_t{52} << 10);
  const SampledBlock* const rest = area_->live.Find(kPool + 8192);
  ASSERT_NE(rest, nullptr);
  EXPECT_EQ(rest->bytes, uint64_t{52} << 10);
  EXPECT_EQ(rest->weight, uint64_t{52} << 10);
  EXPECT_EQ(rest->frames[0], 5u);
  EXPECT_EQ(LiveAtPeak(5), uint64_t{64} << 10);
  recorder_.FreedPages(At(8192), 52 << 10);
  EXPECT_EQ(area_->last.in_use, 0u);
  EXPECT_EQ(LiveAtPeak(5), uint64_t{64} << 10);
}

// More blocks than there are places: marks move apart until all have one.
TEST_F(RecorderTest, ManyBlocksAreSampledMoreThinly) {
  g_caller = 6;
  constexpr size_t kBlock = 8192;
  const size_t count = kPoolBytes / kBlock;
  ASSERT_GT(count, LiveBlocks::kMost);
  for (size_t i = 0; i < count; ++i) {
    recorder_.Allocated(At(i * kBlock), kBlock, kBlock);
  }
  EXPECT_GT(area_->sampler.every, Recorder::kFirstEvery);
  EXPECT_EQ(area_->dropped, 0u);
  const auto found = static_cast<double>(LiveAtPeak(6));
  EXPECT_NEAR(found, kPoolBytes, 0.1 * kPoolBytes);
}

TEST_F(RecorderTest, MainsBeginForgetsTheTimeBefore) {
  recorder_.Allocated(At(0), 16, 16);
  recorder_.Begin();
  ASSERT_EQ(area_->timeline.count, 1u);
  EXPECT_EQ(area_->timeline.samples[0].ticks, area_->main_ticks);
  EXPECT_EQ(area_->timeline.samples[0].in_use, 16u);
  EXPECT_EQ(area_->timeline.samples[0].high_water, 77u);
}

TEST_F(RecorderTest, ThreadsLoseNothing) {
  constexpr size_t kThreads = 4;
  constexpr size_t kRounds = 20000;
  std::vector<std::thread> threads;
  for (size_t t = 0; t < kThreads; ++t) {
    threads.emplace_back([this, t] {
      for (size_t i = 0; i < kRounds; ++i) {
        const void* const block = At((t * kRounds + i) * 256);
        recorder_.Allocated(block, 200, 256);
        if (i % 2 == 0) recorder_.Freed(block, 256);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  const SizeCount& size = area_->sizes[SizeIndexOf(256)];
  EXPECT_EQ(size.allocations, kThreads * kRounds);
  EXPECT_EQ(size.frees, kThreads * kRounds / 2);
  EXPECT_EQ(area_->last.in_use, kThreads * kRounds / 2 * 256);
  EXPECT_EQ(area_->dropped, 0u);
}

}  // namespace
}  // namespace cellblock
