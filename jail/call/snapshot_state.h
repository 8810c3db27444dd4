// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_JAIL_CALL_SNAPSHOT_STATE_H_
#define CELLBLOCK_JAIL_CALL_SNAPSHOT_STATE_H_

// What a MemorySnapshot keeps, for the two that work on it: its storage is
//
//   [ MemorySnapshot ][ ranges ][ slots ][ copies of pages ]

#include <emmintrin.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "allocator/malloc/heap_access.h"

namespace cellblock {

inline constexpr size_t kSnapshotPage = 4096;
// Ranges begin and end at multiples of this.
inline constexpr size_t kSnapshotGrain = sizeof(__m128i);

// Memory that is put back.
struct SnapshotRange {
  uintptr_t begin = 0;
  uintptr_t end = 0;
  size_t first_slot = 0;  // of the page of `begin`; then one for each page
};

struct SnapshotState {
  uint64_t signal_mask = 0;  // the first: Restore's last step looks here
  uint32_t mxcsr = 0;
  uint32_t x87[7] = {};  // as fnstenv writes it
  uintptr_t stack_low = 0;
  uintptr_t stack_end = 0;

  // Null and none where malloc is not the pool's.
  size_t (*heap_areas)(HeapArea* areas) = nullptr;
  size_t heap_area_count = 0;
  HeapArea heap[HeapAccess::kMostAreas];

  const SnapshotRange* ranges = nullptr;
  size_t range_count = 0;
  const uint32_t* slots = nullptr;  // 0: all zero; else a copy, from 1
  const char* copies = nullptr;

  size_t covered_bytes = 0;
  size_t copied_bytes = 0;
};

// The end of what an area has touched.
inline uintptr_t TouchedEnd(const HeapArea& area, size_t touched) {
  const size_t bytes = std::min(touched, area.bytes);
  return area.base + ((bytes + kSnapshotGrain - 1) & -kSnapshotGrain);
}

// Calls visit(begin, end) for the part of each page that is in [begin, end).
template <typename F>
[[gnu::always_inline]] inline void ForEachPage(uintptr_t begin, uintptr_t end,
                                               F visit) {
  while (begin < end) {
    const uintptr_t next = (begin | (kSnapshotPage - 1)) + 1;
    visit(begin, next < end ? next : end);
    begin = next;
  }
}

// Whether [begin, end) holds what stands at `copy`; null stands for zeroes.
[[gnu::always_inline]] inline bool Equals(uintptr_t begin, uintptr_t end,
                                          const char* copy) {
  const auto* at = reinterpret_cast<const __m128i*>(begin);
  const auto* const last = reinterpret_cast<const __m128i*>(end);
  const auto* from = reinterpret_cast<const __m128i*>(copy);
  constexpr int kAll = 0xFFFF;
  const __m128i zero = _mm_setzero_si128();
  const auto difference = [&](size_t i) {
    const __m128i value = _mm_load_si128(at + i);
    return copy == nullptr ? value
                           : _mm_xor_si128(value, _mm_load_si128(from + i));
  };
  for (; last - at >= 4; at += 4, from += 4) {
    const __m128i any =
        _mm_or_si128(_mm_or_si128(difference(0), difference(1)),
                     _mm_or_si128(difference(2), difference(3)));
    if (_mm_movemask_epi8(_mm_cmpeq_epi8(any, zero)) != kAll) return false;
  }
  for (; at < last; ++at, ++from) {
    if (_mm_movemask_epi8(_mm_cmpeq_epi8(difference(0), zero)) != kAll) {
      return false;
    }
  }
  return true;
}

// By instructions, since what a compiler makes of a loop may be a call of libc,
// whose own data is what is being put back.
[[gnu::always_inline]] inline void CopyBytes(uintptr_t to, const void* from,
                                             size_t bytes) {
  __asm__ volatile("rep movsb"
                   : "+D"(to), "+S"(from), "+c"(bytes)
                   :
                   : "memory");
}

[[gnu::always_inline]] inline void ZeroBytes(uintptr_t to, size_t bytes) {
  __asm__ volatile("rep stosb" : "+D"(to), "+c"(bytes) : "a"(0) : "memory");
}

}  // namespace cellblock

#endif  // CELLBLOCK_JAIL_CALL_SNAPSHOT_STATE_H_
