// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
#ifndef CELLBLOCK_TESTS_BENCHMARK_POOL_FILL_H_
#define CELLBLOCK_TESTS_BENCHMARK_POOL_FILL_H_

#include <cstddef>
#include <cstdint>

#include "tests/benchmark/malloc_workload.h"
#include "tests/benchmark/workload.h"

namespace cellblock {

// Fills a heap with blocks of random sizes until it refuses one. A Heap has
//   using Block = …;
//   bool Allocate(size_t bytes, Block* block);  // false: refused
//   void Free(Block block);
template <typename Heap>
class PoolFill {
 public:
  // Sizes are log-uniform in [low, high]; the heap holds at most `pool` bytes.
  PoolFill(Heap* heap, size_t pool, size_t low, size_t high, uint64_t seed)
      : heap_(heap),
        low_(low),
        high_(high),
        shuffle_(seed),
        held_(pool / low + 1) {}

  // Bytes asked for and not freed.
  size_t live() const { return live_; }

  void Fill() {
    for (; count_ < held_.size(); ++count_) {
      Held& held = held_[count_];
      held.bytes = shuffle_.LogUniform(low_, high_);
      if (!heap_->Allocate(held.bytes, &held.block)) return;
      live_ += held.bytes;
    }
  }

  void FreeRandom(size_t percent) {
    for (size_t i = count_ * percent / 100; i > 0; --i) {
      Held& held = held_[shuffle_.Below(count_)];
      heap_->Free(held.block);
      live_ -= held.bytes;
      held = held_[--count_];
    }
  }

 private:
  struct Held {
    typename Heap::Block block;
    size_t bytes;
  };

  Heap* heap_;
  size_t low_;
  size_t high_;
  Shuffle shuffle_;
  MappedArray<Held> held_;
  size_t count_ = 0;
  size_t live_ = 0;
};

struct Churn {
  size_t filled;  // bytes, at the first refusal
  size_t least;   // bytes, after any of the rounds of freeing and filling up
};

template <typename Heap>
Churn FillAndChurn(PoolFill<Heap>* fill) {
  constexpr int kRounds = 30;
  constexpr size_t kPercent = 30;
  fill->Fill();
  Churn churn = {fill->live(), fill->live()};
  for (int round = 0; round < kRounds; ++round) {
    fill->FreeRandom(kPercent);
    fill->Fill();
    churn.least = std::min(churn.least, fill->live());
  }
  return churn;
}

}  // namespace cellblock

#endif  // CELLBLOCK_TESTS_BENCHMARK_POOL_FILL_H_
