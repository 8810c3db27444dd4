// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "tools/jailrun/profile/live_blocks.h"

namespace cellblock {

using State = SampledBlock::State;

uint32_t* LiveBlocks::ListOf(uintptr_t begin) {
  const uint64_t hash = (begin >> 4) * 0x9E3779B97F4A7C15u;
  return &lists[(hash >> 32) % kLists];
}

// From where it ended last, once round.
SampledBlock* LiveBlocks::FreePlace(uint64_t peak) {
  if (used < kMost) return &blocks[used++];
  for (uint32_t tried = 0; tried < kMost; ++tried) {
    look = (look + 1) % kMost;
    SampledBlock& block = blocks[look];
    const bool is_needed = block.state == State::kLive ||
                           (block.state == State::kFreed && block.died == peak);
    if (!is_needed) return &block;
  }
  return nullptr;
}

SampledBlock* LiveBlocks::Add(uintptr_t begin, uint64_t bytes, uint64_t weight,
                              uint64_t peak) {
  SampledBlock* const block = FreePlace(peak);
  if (block == nullptr) return nullptr;
  uint32_t* const list = ListOf(begin);
  block->begin = begin;
  block->bytes = bytes;
  block->weight = weight;
  block->born = peak;
  block->state = State::kLive;
  block->frame_count = 0;
  block->next = *list;
  *list = static_cast<uint32_t>(block - blocks) + 1;
  return block;
}

// The program can write the indices, so they are taken round.
SampledBlock* LiveBlocks::Find(uintptr_t begin) {
  for (uint32_t at = *ListOf(begin); at != 0;) {
    SampledBlock& block = blocks[(at - 1) % kMost];
    if (block.begin == begin) return &block;
    at = block.next;
  }
  return nullptr;
}

void LiveBlocks::Unlist(SampledBlock* block) {
  uint32_t* at = ListOf(block->begin);
  while (*at != 0) {
    SampledBlock& other = blocks[(*at - 1) % kMost];
    if (&other == block) {
      *at = block->next;
      return;
    }
    at = &other.next;
  }
}

void LiveBlocks::Forget(SampledBlock* block) {
  Unlist(block);
  block->state = State::kNone;
}

void LiveBlocks::End(SampledBlock* block, uint64_t peak) {
  Unlist(block);
  block->died = peak;
  block->state = block->born < peak ? State::kFreed : State::kNone;
}

}  // namespace cellblock
