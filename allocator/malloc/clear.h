// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
#ifndef CELLBLOCK_ALLOCATOR_MALLOC_CLEAR_H_
#define CELLBLOCK_ALLOCATOR_MALLOC_CLEAR_H_

#include <emmintrin.h>

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "allocator/malloc/size_class.h"

namespace cellblock {

// Zero bytes of memory that starts at a multiple of 16 and is as long as one.
// A granule is 16 bytes of that.
//
// Threads: pure functions of the memory.
// Syscalls: none.
inline constexpr size_t kGranule = 16;
inline constexpr ptrdiff_t kFourGranules = 4 * kGranule;
static_assert(kGranule == kBlockAlignment);

inline __m128i LoadGranule(const char* at) {
  return _mm_load_si128(reinterpret_cast<const __m128i*>(at));
}
inline void StoreGranule(char* at, __m128i value) {
  _mm_store_si128(reinterpret_cast<__m128i*>(at), value);
}
inline bool IsZero(__m128i value) {
  return _mm_movemask_epi8(_mm_cmpeq_epi8(value, _mm_setzero_si128())) ==
         0xFFFF;
}

// `any` and all granules of the memory; four at once, of which the last ones
// may have been among those before: so the steps do not depend on the rest.
[[gnu::always_inline]] inline __m128i OrGranules(__m128i any, const char* at,
                                                 const char* end) {
  const auto four = [&any](const char* from) {
    any = _mm_or_si128(any, LoadGranule(from));
    any = _mm_or_si128(any, LoadGranule(from + kGranule));
    any = _mm_or_si128(any, LoadGranule(from + 2 * kGranule));
    any = _mm_or_si128(any, LoadGranule(from + 3 * kGranule));
  };
  if (end - at >= kFourGranules) {
    const char* const last = end - kFourGranules;
    for (; at < last; at += kFourGranules) four(at);
    four(last);
    return any;
  }
  for (; at != end; at += kGranule) any = _mm_or_si128(any, LoadGranule(at));
  return any;
}

// Stops soon after the first byte that is not zero.
inline bool IsZero(const char* at, size_t bytes) {
  constexpr size_t kStep = 128;
  const char* const end = at + bytes;
  for (; static_cast<size_t>(end - at) >= kStep; at += kStep) {
    if (!IsZero(OrGranules(_mm_setzero_si128(), at, at + kStep))) return false;
  }
  return IsZero(OrGranules(_mm_setzero_si128(), at, end));
}

// Clears few granules, in the same steps.
[[gnu::always_inline]] inline void ClearGranules(char* at, char* end) {
  const __m128i zero = _mm_setzero_si128();
  const auto four = [zero](char* from) {
    StoreGranule(from, zero);
    StoreGranule(from + kGranule, zero);
    StoreGranule(from + 2 * kGranule, zero);
    StoreGranule(from + 3 * kGranule, zero);
  };
  if (end - at >= kFourGranules) {
    char* const last = end - kFourGranules;
    for (; at < last; at += kFourGranules) {
      four(at);
      asm("" : "+r"(at));  // or a compiler calls memset
    }
    return four(last);
  }
  for (; at != end; at += kGranule) {
    StoreGranule(at, zero);
    asm("" : "+r"(at));
  }
}

// Clears those pages that are not zero: what was never written to is not made
// resident, since reading it shows a page that all have in common.
inline void ClearTouched(char* at, size_t bytes) {
  char* const end = at + bytes;
  char* touched = at;  // from here on
  while (at != end) {
    const size_t page =
        kPageBytes - reinterpret_cast<uintptr_t>(at) % kPageBytes;
    const size_t left = static_cast<size_t>(end - at);
    const size_t piece = page < left ? page : left;
    const bool is_zero = IsZero(at, piece);
    if (is_zero && touched != at) {
      memset(touched, 0, static_cast<size_t>(at - touched));
    }
    at += piece;
    if (is_zero) touched = at;
  }
  memset(touched, 0, static_cast<size_t>(end - touched));
}

// As ClearTouched, from any byte to any other; the page that it starts in and
// the one that it ends in may be made resident.
inline void ClearTouchedBytes(char* at, char* end) {
  const auto from = reinterpret_cast<uintptr_t>(at);
  const auto to = reinterpret_cast<uintptr_t>(end);
  const size_t first = -from & (kPageBytes - 1);
  const size_t last = to & (kPageBytes - 1);
  const size_t bytes = to - from;
  if (bytes < first + last) {
    memset(at, 0, bytes);
    return;
  }
  memset(at, 0, first);
  ClearTouched(at + first, bytes - first - last);
  memset(end - last, 0, last);
}

}  // namespace cellblock

#endif  // CELLBLOCK_ALLOCATOR_MALLOC_CLEAR_H_
