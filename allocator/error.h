// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
#ifndef CELLBLOCK_ALLOCATOR_ERROR_H_
#define CELLBLOCK_ALLOCATOR_ERROR_H_

#include <cstdint>

namespace cellblock {

// Why a call of the allocator room failed.
enum class AllocatorError : uint8_t {
  kNone,
  // Setting up a pool.
  kZeroBytes,
  kTooSmall,
  kTooLarge,
  kBadAlignment,
  kNullBuffer,
  kMapFailed,
  kCommitFailed,
  kSourceFailed,
  kZeroSlots,
  kNoFillFunction,
  kNeedsCoalescing,
  kOverlap,
  // Allocating.
  kExhausted,
  kOverLimit,
  kNoSuchOwner,
  // Freeing. Exactly one of these describes any address that is not the start
  // of a live block; they are tested in this order.
  kNotOwned,         // outside the pool
  kMisaligned,       // inside it, not at the start of a unit
  kInteriorPointer,  // a unit of a live block, not its first
  kDoubleFree,       // a unit that is free: freed before, or never handed out
};

// One sentence; for the errors of setting up, also what to do.
constexpr const char* Message(AllocatorError error) {
  switch (error) {
    case AllocatorError::kNone:
      return "no error";
    case AllocatorError::kZeroBytes:
      return "a pool of 0 bytes was asked for: state its size in bytes";
    case AllocatorError::kTooSmall:
      return "the memory given is too small for one unit and its tag table: "
             "give more, at least 4 KiB for a borrowed buffer";
    case AllocatorError::kTooLarge:
      return "the size overflows, or is more units than a pool can have: ask "
             "for less, or choose a larger unit";
    case AllocatorError::kBadAlignment:
      return "an alignment or a unit is not a power of two in its allowed "
             "range, or the memory given is not aligned to it: correct it";
    case AllocatorError::kNullBuffer:
      return "the memory given is null: check the call that should have "
             "provided it";
    case AllocatorError::kMapFailed:
      return "the kernel refused to map the memory: ask for less, or raise "
             "RLIMIT_AS or the overcommit limit";
    case AllocatorError::kCommitFailed:
      return "the kernel refused to populate or lock the memory: raise "
             "RLIMIT_MEMLOCK or the memory limit, or commit lazily";
    case AllocatorError::kSourceFailed:
      return "calloc, malloc, operator new or the function given provided no "
             "memory: ask for less, or see why it refuses";
    case AllocatorError::kZeroSlots:
      return "a first-fit pool with 0 slots was asked for: state how many free "
             "blocks it can remember";
    case AllocatorError::kNoFillFunction:
      return "Fill::kFunction and a function belong together: give both or "
             "neither";
    case AllocatorError::kNeedsCoalescing:
      return "a first-fit pool knows no block by its address alone and has no "
             "owners: use cells, or the coalescing discipline";
    case AllocatorError::kOverlap:
      return "the memory given is part of the pool already, or holds its "
             "table: "
             "give each piece once";
    case AllocatorError::kExhausted:
      return "no free span of the pool can hold the request";
    case AllocatorError::kOverLimit:
      return "the owner's limit does not leave room for the request";
    case AllocatorError::kNoSuchOwner:
      return "the pool has no owner of that number: create it with more owners";
    case AllocatorError::kNotOwned:
      return "the address is not in this pool";
    case AllocatorError::kMisaligned:
      return "the address is not at the start of a unit of the pool";
    case AllocatorError::kInteriorPointer:
      return "the address is inside a live block, not at its start";
    case AllocatorError::kDoubleFree:
      return "the address is in free memory: its block was freed already, or "
             "never handed out";
  }
  return "unknown error";
}

}  // namespace cellblock

#endif  // CELLBLOCK_ALLOCATOR_ERROR_H_
