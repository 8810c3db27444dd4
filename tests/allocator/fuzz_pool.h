// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
#ifndef CELLBLOCK_TESTS_ALLOCATOR_FUZZ_POOL_H_
#define CELLBLOCK_TESTS_ALLOCATOR_FUZZ_POOL_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "allocator/heap_prealloc.h"
#include "allocator/pool_options.h"
#include "allocator/region.h"
#include "tests/allocator/fuzz_input.h"
#include "tests/allocator/pool_oracle.h"

namespace cellblock {

// What a Fill::kFunction pool's function writes down of its last call.
struct FillCall {
  static constexpr uint8_t kByte = 0x5C;  // what it fills with

  int calls = 0;
  void* block = nullptr;
  size_t bytes = 0;
};

// A pool of a kind that the input chose, over memory that it chose, with an
// oracle that knows where that is. How it was created, or refused, is checked.
class FuzzPool {
 public:
  explicit FuzzPool(FuzzInput& input);
  FuzzPool(const FuzzPool&) = delete;
  FuzzPool& operator=(const FuzzPool&) = delete;
  ~FuzzPool();

  bool exists() const { return pool_.has_value(); }
  HeapPrealloc& operator*() { return *pool_; }
  HeapPrealloc* operator->() { return &*pool_; }
  PoolOracle& oracle() { return *oracle_; }
  const PoolOptions& options() const { return options_; }
  FillCall& fill_call() { return fill_call_; }

  // Adds a region of a kind that the input chose; how that ended is checked.
  void Grow(FuzzInput& input);
  // To another object; what is left serves nothing.
  void Move();

 private:
  enum class Source : uint8_t { kMapped, kBorrowed, kAcquired, kWithTable };

  struct Freer {
    void operator()(std::byte* memory) const;
  };

  // Of unknown content, or zero; the end is that of the allocation.
  std::byte* Buffer(size_t offset, size_t bytes, Content content);
  Result<Region> Provide(Source source, std::byte* buffer, size_t bytes,
                         Content content);
  void CreateOverMapping(size_t bytes);
  void CreateWithTable(FuzzInput& input, size_t bytes);
  void CreateOverOneBuffer(Source source, FuzzInput& input, size_t bytes);
  bool Adopt(Result<HeapPrealloc> created);

  PoolOptions options_;
  FillCall fill_call_;
  std::vector<std::unique_ptr<std::byte[], Freer>> buffers_;
  std::byte* to_acquire_ = nullptr;
  int acquired_ = 0;  // regions yet to be released
  std::optional<PoolOracle> oracle_;
  std::optional<HeapPrealloc> pool_;
};

}  // namespace cellblock

#endif  // CELLBLOCK_TESTS_ALLOCATOR_FUZZ_POOL_H_
