// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
#ifndef CELLBLOCK_TESTS_ALLOCATOR_MALLOC_PROVIDED_POOL_H_
#define CELLBLOCK_TESTS_ALLOCATOR_MALLOC_PROVIDED_POOL_H_

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "allocator/fill.h"
#include "allocator/heap_stats.h"
#include "allocator/malloc/process_heap.h"
#include "allocator/region.h"

namespace cellblock {

struct ProvidedPoolOptions {
  size_t bytes = size_t{1} << 20;
  Fill fill = Fill::kUninitialized;
  // Of the pool: zero bytes, or 0xA5 in each.
  Content content = Content::kUnknown;
  // From the start of a page to the start of the pool.
  size_t offset = 0;
  // Runs inside ProvideProcessPool, while the heap is locked.
  void (*hook)() = nullptr;
};

// What ProvideProcessPool answers while this object lives; one at a time.
// Without one it answers with a small static buffer, so that the process's own
// heap is there before any constructor.
class ProvidedPool {
 public:
  using Options = ProvidedPoolOptions;

  explicit ProvidedPool(const Options& options = {});
  ~ProvidedPool();
  ProvidedPool(const ProvidedPool&) = delete;
  ProvidedPool& operator=(const ProvidedPool&) = delete;

  char* begin() const { return begin_; }
  char* end() const { return begin_ + options_.bytes; }
  size_t size() const { return options_.bytes; }
  const HeapStats& stats() const { return stats_; }
  int calls() const { return calls_.load(); }  // of ProvideProcessPool

  ProcessPool Provide();

 private:
  Options options_;
  Region pool_;
  Region table_;
  char* begin_ = nullptr;
  HeapStats stats_;
  std::atomic<int> calls_{0};
};

}  // namespace cellblock

#endif  // CELLBLOCK_TESTS_ALLOCATOR_MALLOC_PROVIDED_POOL_H_
