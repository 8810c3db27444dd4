// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
#include "allocator/adapters/status.h"

#include <algorithm>
#include <cstdint>

#include "absl/strings/str_cat.h"

namespace cellblock {
namespace {

absl::StatusCode CodeOf(AllocatorError error) {
  switch (error) {
    case AllocatorError::kNone:
      return absl::StatusCode::kOk;
    case AllocatorError::kExhausted:
    case AllocatorError::kOverLimit:
    case AllocatorError::kMapFailed:
    case AllocatorError::kCommitFailed:
    case AllocatorError::kSourceFailed:
      return absl::StatusCode::kResourceExhausted;
    case AllocatorError::kNoSuchOwner:
      return absl::StatusCode::kNotFound;
    case AllocatorError::kNeedsCoalescing:
    case AllocatorError::kDoubleFree:
      return absl::StatusCode::kFailedPrecondition;
    case AllocatorError::kZeroBytes:
    case AllocatorError::kTooSmall:
    case AllocatorError::kTooLarge:
    case AllocatorError::kBadAlignment:
    case AllocatorError::kNullBuffer:
    case AllocatorError::kZeroSlots:
    case AllocatorError::kNoFillFunction:
    case AllocatorError::kOverlap:
    case AllocatorError::kNotOwned:
    case AllocatorError::kMisaligned:
    case AllocatorError::kInteriorPointer:
      return absl::StatusCode::kInvalidArgument;
  }
  return absl::StatusCode::kUnknown;
}

uint64_t InWholeUnits(uint64_t bytes, uint64_t unit) {
  const uint64_t beyond = unit == 0 ? 0 : bytes % unit;  // 0: moved from
  if (beyond == 0) return bytes;
  const uint64_t missing = unit - beyond;
  return missing > UINT64_MAX - bytes ? UINT64_MAX : bytes + missing;
}

}  // namespace

absl::Status ToStatus(AllocatorError error) {
  return absl::Status(CodeOf(error), Message(error));
}

absl::Status ToStatus(AllocatorError error, int os_error) {
  if (os_error == 0) return ToStatus(error);
  return absl::Status(CodeOf(error),
                      absl::StrCat(Message(error), " (errno ", os_error, ")"));
}

absl::Status ToStatus(AllocatorError error, const Exhaustion& exhaustion) {
  return absl::Status(
      CodeOf(error),
      absl::StrCat(Message(error), ": asked ", exhaustion.asked,
                   " bytes, alignment ", exhaustion.alignment, "; in use ",
                   exhaustion.in_use, ", peak ", exhaustion.peak,
                   ", largest free ", exhaustion.largest_free, ", short by ",
                   exhaustion.short_by));
}

// The pool's last_exhaustion may be that of another request of a streak.
absl::Status RefusalStatus(const HeapPrealloc& pool, size_t count,
                           size_t element_bytes, CellOptions options) {
  const AllocatorError error = pool.last_error();
  Exhaustion refused;
  if (error == AllocatorError::kExhausted) {
    refused.in_use = pool.stats().in_use_bytes;
    refused.peak = pool.stats().peak_bytes;
    refused.largest_free = pool.LargestFree();
  } else if (error == AllocatorError::kOverLimit) {
    const OwnerStats owner = pool.owner_stats(options.owner);
    refused.in_use = owner.in_use_bytes;
    refused.peak = owner.peak_bytes;
    refused.largest_free =
        owner.limit_bytes - std::min(owner.in_use_bytes, owner.limit_bytes);
  } else {
    return ToStatus(error);
  }
  refused.alignment = options.alignment;
  if (__builtin_mul_overflow(count, element_bytes, &refused.asked)) {
    refused.asked = UINT64_MAX;
  }
  const uint64_t needed = InWholeUnits(refused.asked, pool.stats().unit_bytes);
  if (needed > refused.largest_free) {
    refused.short_by = needed - refused.largest_free;
  }
  return ToStatus(error, refused);
}

}  // namespace cellblock
