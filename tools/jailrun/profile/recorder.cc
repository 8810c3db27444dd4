// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "tools/jailrun/profile/recorder.h"

#include <x86intrin.h>

#include <algorithm>
#include <cstring>

namespace cellblock {

// The recorder's lock; false iff this thread was interrupted while it held it,
// and then what was to be kept is counted as dropped.
class Recorder::Guard {
 public:
  explicit Guard(Recorder* recorder)
      : recorder_(*recorder),
        owns_(recorder_.area_ != nullptr && recorder_.lock_.Acquire()) {
    if (!owns_ && recorder_.area_ != nullptr) {
      __atomic_fetch_add(&recorder_.area_->dropped, 1, __ATOMIC_RELAXED);
    }
  }
  ~Guard() {
    if (owns_) recorder_.lock_.Release();
  }
  Guard(const Guard&) = delete;
  Guard& operator=(const Guard&) = delete;

  explicit operator bool() const { return owns_; }

 private:
  Recorder& recorder_;
  const bool owns_;
};

void Recorder::Start(ProfileArea* area, const Source& source) {
  source_ = source;
  area->strip.Lay(source.pool, source.pool_bytes);
  area->sampler.Start(kFirstEvery, source.random);
  area_ = area;
}

void Recorder::Allocated(const void* begin, size_t asked, size_t bytes) {
  const Guard guard(this);
  if (!guard || bytes == 0) return;
  SizeCount& count = area_->sizes[SizeIndexOf(bytes)];
  ++count.allocations;
  count.bytes_asked += asked;
  Take(reinterpret_cast<uintptr_t>(begin), bytes);
}

void Recorder::Freed(const void* begin, size_t bytes) {
  const Guard guard(this);
  if (!guard || bytes == 0) return;
  const auto from = reinterpret_cast<uintptr_t>(begin);
  if (SampledBlock* const block = area_->live.Find(from)) {
    area_->live.End(block, area_->peak);
  }
  ++area_->sizes[SizeIndexOf(bytes)].frees;
  Release(from, bytes);
}

void Recorder::FreedPages(const void* begin, size_t bytes) {
  const Guard guard(this);
  if (!guard || bytes == 0) return;
  const auto from = reinterpret_cast<uintptr_t>(begin);
  area_->live.ForEachIn(from, bytes, [&](SampledBlock* block) {
    EndPart(block, from, from + bytes);
  });
  ++area_->sizes[SizeIndexOf(bytes)].frees;
  Release(from, bytes);
}

void Recorder::Restored(const void* begin, size_t bytes) {
  const Guard guard(this);
  if (!guard || bytes == 0) return;
  --area_->sizes[SizeIndexOf(bytes)].frees;
  Take(reinterpret_cast<uintptr_t>(begin), bytes);
}

void Recorder::Begin() {
  const Guard guard(this);
  if (!guard) return;
  // Of what came before only the outcome is shown.
  area_->timeline = {};
  Look();
  area_->main_ticks = area_->last.ticks;
}

void Recorder::Take(uintptr_t begin, size_t bytes) {
  ProfileArea& area = *area_;
  Sample(begin, bytes);
  area.strip.Take(begin, bytes, area.peak);
  area.last.in_use += bytes;
  Look();
  if (area.last.in_use > area.peak_bytes) {
    area.peak_bytes = area.last.in_use;
    area.peak_ticks = area.last.ticks;
    ++area.peak;
  }
}

void Recorder::Sample(uintptr_t begin, size_t bytes) {
  const uint64_t weight = area_->sampler.Weigh(bytes);
  if (weight != 0) Add(begin, bytes, weight, nullptr);
}

// Asked for by whoever is asking now, or by who asked for `like`.
void Recorder::Add(uintptr_t begin, size_t bytes, uint64_t weight,
                   const SampledBlock* like) {
  ProfileArea& area = *area_;
  SampledBlock* block = area.live.Add(begin, bytes, weight, area.peak);
  // At some distance no two blocks of the pool are looked at.
  while (block == nullptr && area.sampler.every < source_.pool_bytes) {
    Thin();
    weight = area.sampler.WeighAgain(bytes, weight);
    if (weight == 0) return;
    block = area.live.Add(begin, bytes, weight, area.peak);
  }
  if (block == nullptr) {
    ++area.dropped;
  } else if (like == nullptr) {
    block->frame_count = source_.walk(block->frames, SampledBlock::kMostFrames);
  } else {
    block->frame_count = like->frame_count;
    memcpy(block->frames, like->frames, sizeof(block->frames));
  }
}

void Recorder::Thin() {
  ProfileArea& area = *area_;
  area.sampler.Thin();
  for (SampledBlock& block : area.live.blocks) {
    const bool live = block.state == SampledBlock::State::kLive;
    if (!live && !block.WasLiveAt(area.peak)) continue;
    block.weight = area.sampler.WeighAgain(block.bytes, block.weight);
    if (block.weight != 0) continue;
    if (live) {
      area.live.Forget(&block);
    } else {
      block.state = SampledBlock::State::kNone;
    }
  }
}

void Recorder::Release(uintptr_t begin, size_t bytes) {
  ProfileArea& area = *area_;
  area.strip.Release(begin, bytes, area.peak);
  area.last.in_use -= std::min<uint64_t>(bytes, area.last.in_use);
  Look();
}

// Of a mapping that goes bit by bit what is left begins anew.
void Recorder::EndPart(SampledBlock* block, uintptr_t begin, uintptr_t end) {
  const SampledBlock was = *block;
  area_->live.End(block, area_->peak);
  const uintptr_t was_end = was.begin + was.bytes;
  const auto keep = [&](uintptr_t from, uintptr_t to) {
    if (from >= to) return;
    const auto share =
        static_cast<double>(to - from) / static_cast<double>(was.bytes);
    const auto weight =
        static_cast<uint64_t>(static_cast<double>(was.weight) * share);
    if (weight != 0) Add(from, to - from, weight, &was);
  };
  keep(was.begin, begin);
  keep(end, was_end);
}

void Recorder::Look() {
  ProfileArea& area = *area_;
  area.last.ticks = __rdtsc();
  source_.look(&area.last);
  if (area.timeline.Wants(area.last.ticks)) area.timeline.Add(area.last);
}

}  // namespace cellblock
