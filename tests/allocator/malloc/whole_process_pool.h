// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
#ifndef CELLBLOCK_TESTS_ALLOCATOR_MALLOC_WHOLE_PROCESS_POOL_H_
#define CELLBLOCK_TESTS_ALLOCATOR_MALLOC_WHOLE_PROCESS_POOL_H_

// A program that links this and the malloc family lives on one static pool,
// GoogleTest's own memory included.

#include <cstddef>

#include "allocator/heap_stats.h"

namespace cellblock {

inline constexpr size_t kWholePoolBytes = size_t{64} << 20;

// Of pages, as of the last time that a thread needed or gave back some.
const HeapStats& WholePoolStats();

// In blocks that are handed out, exactly, while no other thread is at work.
size_t LiveBytes();

// Keeps the compiler from knowing what a value is, or from leaving out the
// calls that it sees to have no use.
template <typename T>
T Opaque(T value) {
  asm volatile("" : "+r"(value) : : "memory");
  return value;
}

// Takes nearly all that is free in blocks of 1 MiB, and leaves a little for
// the test itself; gives it back at the end.
class Shortage {
 public:
  Shortage();
  ~Shortage();
  Shortage(const Shortage&) = delete;
  Shortage& operator=(const Shortage&) = delete;

  size_t blocks() const { return count_; }

  // Gives one block back. False iff there is none.
  bool Relieve();

 private:
  static constexpr size_t kMost = kWholePoolBytes >> 20;
  void* blocks_[kMost];
  size_t count_ = 0;
};

}  // namespace cellblock

#endif  // CELLBLOCK_TESTS_ALLOCATOR_MALLOC_WHOLE_PROCESS_POOL_H_
