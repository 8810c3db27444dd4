// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "tools/jailrun/profile/profile_reader.h"

#include <algorithm>
#include <cstring>
#include <map>
#include <memory>
#include <utility>
#include <vector>

namespace cellblock {
namespace {

// Reads a copy of the area.
class Reader {
 public:
  Reader(const ProfileArea& area, const ProfileFacts& facts)
      : area_(area), facts_(facts) {}

  Profile Read() {
    profile_.peak_in_use_bytes = Bounded(area_.peak_bytes);
    profile_.peak_at_us = At(area_.peak_ticks);
    profile_.sample_every_bytes = area_.sampler.every;
    profile_.dropped = area_.dropped;
    ReadSamples();
    ReadStrips();
    ReadSizes();
    ReadStacks();
    return std::move(profile_);
  }

 private:
  uint64_t Bounded(uint64_t bytes) const {
    return std::min(bytes, facts_.pool_bytes);
  }
  uint64_t At(uint64_t ticks) const {
    return facts_.clock.MicrosecondsBetween(area_.main_ticks, ticks);
  }

  void Add(uint64_t ticks, const PoolSample& sample) {
    const uint64_t at_us = At(ticks);
    if (!profile_.samples.empty() && at_us < profile_.samples.back().at_us) {
      return;
    }
    profile_.samples.push_back(
        {.at_us = at_us,
         .in_use_bytes = Bounded(sample.in_use),
         .high_water_bytes = Bounded(sample.high_water),
         .largest_free_bytes = Bounded(sample.largest_free)});
  }

  void ReadSamples() {
    const uint32_t count = std::min(area_.timeline.count, Timeline::kMost);
    for (uint32_t i = 0; i < count; ++i) {
      const PoolSample& sample = area_.timeline.samples[i];
      Add(sample.ticks, sample);
    }
    // It stayed so until the end.
    Add(facts_.clock.end.ticks, area_.last);
  }

  // The layout is that of the pool, whatever stands in the area.
  void ReadStrips() {
    Strip layout = {};
    layout.Lay(0, facts_.pool_bytes);
    profile_.cell_bytes = layout.cell_bytes;
    const auto permille = [&](uint64_t used) {
      const uint64_t bounded = std::min<uint64_t>(used, layout.cell_bytes);
      return static_cast<uint16_t>(bounded * 1000 / layout.cell_bytes);
    };
    for (size_t i = 0; i < layout.count; ++i) {
      const Strip::Cell& cell = area_.strip.cells[i];
      profile_.peak_strip.used_permille.push_back(
          permille(Strip::AtPeak(cell, area_.peak)));
      profile_.end_strip.used_permille.push_back(permille(cell.now));
    }
    profile_.peak_strip.at_us = profile_.peak_at_us;
    profile_.end_strip.at_us = At(facts_.clock.end.ticks);
  }

  void ReadSizes() {
    for (size_t i = 0; i < kSizeCounts; ++i) {
      const SizeCount& size = area_.sizes[i];
      if (size.allocations == 0 && size.frees == 0) continue;
      profile_.sizes.push_back(
          {.from_bytes = i == 0 ? 0 : LargestSizeAt(i - 1) + 1,
           .to_bytes = LargestSizeAt(i),
           .allocations = size.allocations,
           .frees = size.frees,
           .bytes_asked = size.bytes_asked});
    }
  }

  // Blocks that were asked for from the same place count as one.
  void ReadStacks() {
    std::map<std::vector<uint64_t>, Profile::Stack> stacks;
    for (const SampledBlock& block : area_.live.blocks) {
      const uint64_t weight = Bounded(block.weight);
      if (!block.WasLiveAt(area_.peak) || weight == 0) continue;
      const uint32_t frames =
          std::min(block.frame_count, SampledBlock::kMostFrames);
      Profile::Stack& stack =
          stacks[std::vector<uint64_t>(block.frames, block.frames + frames)];
      stack.bytes += weight;
      stack.count +=
          block.bytes == 0 ? 1 : std::max<uint64_t>(1, weight / block.bytes);
    }
    for (auto& [addresses, stack] : stacks) {
      stack.addresses = addresses;
      profile_.stacks.push_back(std::move(stack));
    }
    std::stable_sort(
        profile_.stacks.begin(), profile_.stacks.end(),
        [](const auto& a, const auto& b) { return a.bytes > b.bytes; });
    KeepLargestStacks();
  }

  void KeepLargestStacks() {
    std::vector<Profile::Stack>& stacks = profile_.stacks;
    if (stacks.size() <= Profile::kMostStacks) return;
    Profile::Stack others;
    for (size_t i = Profile::kMostStacks - 1; i < stacks.size(); ++i) {
      others.bytes += stacks[i].bytes;
      others.count += stacks[i].count;
    }
    stacks.resize(Profile::kMostStacks - 1);
    stacks.push_back(std::move(others));
  }

  const ProfileArea& area_;
  const ProfileFacts& facts_;
  Profile profile_;
};

}  // namespace

Profile ReadProfile(const ProfileArea& area, const ProfileFacts& facts) {
  const auto copy = std::make_unique<ProfileArea>();
  memcpy(static_cast<void*>(copy.get()), &area, sizeof(area));
  return Reader(*copy, facts).Read();
}

}  // namespace cellblock
