// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "tools/jailrun/profile/profile_reader.h"

#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <cstring>
#include <memory>
#include <random>

#include "tools/jailrun/profile/profile.h"
#include "tools/jailrun/profile/profile_area.h"

namespace cellblock {
namespace {

constexpr uint64_t kPoolBytes = 64 << 20;

// A run of a second, at a tick for each nanosecond.
ProfileFacts Facts() {
  const TickClock::Clock::time_point begin;
  return {.pool_bytes = kPoolBytes,
          .clock = {.begin = {.ticks = 1000, .time = begin},
                    .end = {.ticks = 1000 + 1000000000,
                            .time = begin + std::chrono::seconds(1)}}};
}

std::unique_ptr<ProfileArea> Zeros() { return std::make_unique<ProfileArea>(); }

TEST(ProfileReaderTest, TimesCountFromWhereMainBegan) {
  const auto area = Zeros();
  area->main_ticks = 500001000;
  area->timeline.count = 2;
  area->timeline.samples[0] = {.ticks = 500001000, .in_use = 7};
  area->timeline.samples[1] = {.ticks = 750001000, .largest_free = 8};
  area->last = {.high_water = 1 << 20, .largest_free = 9};
  area->peak_ticks = 600001000;
  const Profile profile = ReadProfile(*area, Facts());
  ASSERT_EQ(profile.samples.size(), 3u);
  EXPECT_EQ(profile.samples[0].at_us, 0u);
  EXPECT_EQ(profile.samples[0].in_use_bytes, 7u);
  EXPECT_EQ(profile.samples[1].at_us, 250000u);
  // As it was at the end.
  EXPECT_EQ(profile.samples[2].at_us, 500000u);
  EXPECT_EQ(profile.samples[2].high_water_bytes, 1u << 20);
  EXPECT_EQ(profile.samples[2].largest_free_bytes, 9u);
  EXPECT_EQ(profile.peak_at_us, 100000u);
}

TEST(ProfileReaderTest, WhatCameBeforeMainHasNoTime) {
  const auto area = Zeros();
  area->main_ticks = 500001000;
  area->peak_ticks = 400001000;
  EXPECT_EQ(ReadProfile(*area, Facts()).peak_at_us, 0u);
}

TEST(ProfileReaderTest, BlocksOfOneCallerAreOneStack) {
  const auto area = Zeros();
  area->peak = 3;
  for (int i = 0; i < 10; ++i) {
    SampledBlock& block = area->live.blocks[i];
    block = {.begin = 16,
             .bytes = 1024,
             .weight = 4096,
             .born = 0,
             .died = 3,
             .state = i % 2 == 0 ? SampledBlock::State::kLive
                                 : SampledBlock::State::kFreed,
             .next = 0,
             .frame_count = 1,
             .frames = {i < 4 ? 100u : 200u}};
  }
  area->live.blocks[9].died = 2;  // before that peak
  const Profile profile = ReadProfile(*area, Facts());
  ASSERT_EQ(profile.stacks.size(), 2u);
  EXPECT_EQ(profile.stacks[0].addresses, std::vector<uint64_t>{200});
  EXPECT_EQ(profile.stacks[0].bytes, 5u * 4096);
  EXPECT_EQ(profile.stacks[0].count, 5u * 4);
  EXPECT_EQ(profile.stacks[1].bytes, 4u * 4096);
}

TEST(ProfileReaderTest, OnlyTheLargestStacksAreKeptApart) {
  const auto area = Zeros();
  area->peak = 1;
  const uint64_t count = Profile::kMostStacks + 10;
  uint64_t sum = 0;
  for (uint64_t i = 0; i < count; ++i) {
    SampledBlock& block = area->live.blocks[i];
    block.state = SampledBlock::State::kLive;
    block.bytes = block.weight = 16 * (i + 1);
    block.frame_count = 1;
    block.frames[0] = i + 1;
    sum += block.weight;
  }
  const Profile profile = ReadProfile(*area, Facts());
  ASSERT_EQ(profile.stacks.size(), Profile::kMostStacks);
  EXPECT_TRUE(profile.stacks.back().addresses.empty());
  for (const Profile::Stack& stack : profile.stacks) sum -= stack.bytes;
  EXPECT_EQ(sum, 0u);
}

TEST(ProfileReaderTest, SizesThatWereUsedAreListed) {
  const auto area = Zeros();
  area->sizes[SizeIndexOf(100)] = {3, 2, 290};
  area->sizes[SizeIndexOf(100000)] = {1, 0, 99000};
  const Profile profile = ReadProfile(*area, Facts());
  ASSERT_EQ(profile.sizes.size(), 2u);
  EXPECT_EQ(profile.sizes[0].from_bytes, 97u);
  EXPECT_EQ(profile.sizes[0].to_bytes, 112u);
  EXPECT_EQ(profile.sizes[0].allocations, 3u);
  EXPECT_EQ(profile.sizes[1].from_bytes, 65537u);
  EXPECT_EQ(profile.sizes[1].to_bytes, 131072u);
  EXPECT_EQ(profile.sizes[1].bytes_asked, 99000u);
}

TEST(ProfileReaderTest, EverySizeHasItsPlace) {
  for (uint64_t bytes = 1; bytes <= 1 << 20; ++bytes) {
    const size_t index = SizeIndexOf(bytes);
    ASSERT_LE(bytes, LargestSizeAt(index));
    ASSERT_TRUE(index == 0 || bytes > LargestSizeAt(index - 1)) << bytes;
  }
  EXPECT_LT(SizeIndexOf(uint64_t{64} << 30), kSizeCounts);
  EXPECT_EQ(SizeIndexOf(UINT64_MAX), kSizeCounts - 1);
}

// Whatever stands there, what comes out is within its bounds.
TEST(ProfileReaderTest, AForgedAreaIsBounded) {
  const auto area = Zeros();
  std::mt19937_64 random(13);
  for (int round = 0; round < 20; ++round) {
    auto* const words = reinterpret_cast<uint64_t*>(area.get());
    for (size_t i = 0; i < sizeof(*area) / sizeof(uint64_t); ++i) {
      words[i] = round == 0 ? UINT64_MAX : random() >> (random() % 64);
    }
    if (round % 2 == 1) area->peak = 1;
    for (SampledBlock& block : area->live.blocks) {
      if (round % 2 == 1) block.state = SampledBlock::State::kLive;
    }
    const Profile profile = ReadProfile(*area, Facts());
    ASSERT_LE(profile.samples.size(), Timeline::kMost + 1);
    uint64_t last = 0;
    for (const Profile::Sample& sample : profile.samples) {
      ASSERT_GE(sample.at_us, last);
      ASSERT_LE(sample.at_us, 1000000u);
      ASSERT_LE(sample.in_use_bytes, kPoolBytes);
      ASSERT_LE(sample.largest_free_bytes, kPoolBytes);
      last = sample.at_us;
    }
    for (const Profile::Strip& strip :
         {profile.peak_strip, profile.end_strip}) {
      ASSERT_EQ(strip.used_permille.size(), Strip::kMostCells);
      for (const uint16_t used : strip.used_permille) ASSERT_LE(used, 1000);
    }
    ASSERT_LE(profile.peak_in_use_bytes, kPoolBytes);
    ASSERT_LE(profile.stacks.size(), Profile::kMostStacks);
    for (const Profile::Stack& stack : profile.stacks) {
      ASSERT_LE(stack.addresses.size(), SampledBlock::kMostFrames);
    }
    ASSERT_LE(profile.sizes.size(), kSizeCounts);
  }
}

}  // namespace
}  // namespace cellblock
