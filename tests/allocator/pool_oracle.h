// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
#ifndef CELLBLOCK_TESTS_ALLOCATOR_POOL_ORACLE_H_
#define CELLBLOCK_TESTS_ALLOCATOR_POOL_ORACLE_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "allocator/error.h"
#include "allocator/heap_prealloc.h"
#include "allocator/heap_stats.h"
#include "allocator/pool_options.h"

namespace cellblock {

// One request as it reaches the pool.
struct PoolRequest {
  size_t bytes;  // not 0
  size_t alignment;
  OwnerId owner;
};

// What a HeapPrealloc must answer and show, by its contract alone, from the
// blocks that are live: told of every call and its result, it ends the process
// (see fuzz_check.h) at the first that is not as it should be.
class PoolOracle {
 public:
  struct Block {
    size_t bytes;  // all that is usable
    OwnerId owner;
  };

  // `options` with their unit.
  explicit PoolOracle(const PoolOptions& options);

  // The pool is, also, of so many bytes at `base`; or somewhere among the
  // `room` bytes at `start`, and from then on less is known.
  void AddPart(uintptr_t base, size_t bytes);
  void AddPartWithin(uintptr_t start, size_t room, size_t bytes);

  // Whether the pool may answer so: kNone stands for serving it. Before it is
  // asked.
  bool May(const HeapPrealloc& pool, const PoolRequest& request,
           AllocatorError answer) const;

  void Served(const PoolRequest& request, uintptr_t at, size_t bytes);
  // `largest_free` is what the pool showed before.
  void Refused(const HeapPrealloc& pool, const PoolRequest& request,
               size_t largest_free);
  void Freed(uintptr_t at);

  // Coalescing only. Whether a live block must be resized where it is, so
  // aligned; not to be asked unless IsExact().
  bool MustResizeInPlace(uintptr_t at, const PoolRequest& request) const;
  void ResizedInPlace(uintptr_t at, size_t bytes);

  AllocatorError SetLimit(OwnerId owner, uint64_t bytes);
  Admission Admit(uint64_t bytes, OwnerId owner) const;

  // Everything that the pool shows, and Validate().
  void Check(const HeapPrealloc& pool);

  // Whether the oracle knows where every part is.
  bool IsExact() const { return is_exact_; }
  size_t RoundUp(size_t bytes) const;  // to units; SIZE_MAX if that overflows
  uint64_t in_use_bytes() const { return figures_.in_use_bytes; }
  size_t unit() const { return options_.unit; }
  uint32_t owners() const { return static_cast<uint32_t>(accounts_.size()); }
  // Of the first part.
  uintptr_t start() const { return parts_.front().start; }
  const std::map<uintptr_t, Block>& blocks() const { return blocks_; }

 private:
  struct Part {
    uintptr_t start;
    size_t room;
    uintptr_t high_water;  // the end of the highest block ever
  };
  struct Gap {
    uintptr_t start;
    size_t bytes;
  };

  bool IsCoalescing() const {
    return options_.discipline == Discipline::kCoalescing;
  }
  uint64_t Left(OwnerId owner) const;
  bool Aligns(size_t alignment) const;  // first fit
  std::vector<Gap> Gaps() const;
  bool Fits(const std::vector<Gap>& gaps, const PoolRequest& request) const;
  void Occupy(uintptr_t at, size_t bytes);
  void Charge(OwnerId owner, size_t bytes);
  void Record(const HeapPrealloc& pool, OwnerId by, const Exhaustion& refusal);
  void CheckLargestFree(size_t largest) const;

  PoolOptions options_;
  bool is_exact_ = true;
  std::vector<Part> parts_;
  std::map<uintptr_t, Block> blocks_;
  std::vector<OwnerStats> accounts_;
  HeapStats figures_;
  // Whose limit the last refusal was, kNoOwner for the pool; none if there was
  // a success since.
  std::optional<OwnerId> refused_by_;
};

}  // namespace cellblock

#endif  // CELLBLOCK_TESTS_ALLOCATOR_POOL_ORACLE_H_
