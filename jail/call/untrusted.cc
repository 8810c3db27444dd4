// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "jail/call/untrusted.h"

#include <emmintrin.h>
#include <string.h>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <new>

namespace cellblock {
namespace {

constexpr size_t kMost = PTRDIFF_MAX;

// Every load below is volatile, or of one instruction: it is made once, and
// what it gave is what is used. memcpy(3) reads some bytes twice, and a
// compiler may read any again.

// As it may lie anywhere.
typedef uint64_t AnyWord __attribute__((aligned(1), may_alias));
typedef __m128i AnyVector __attribute__((aligned(1), may_alias));

inline void CopyWord(const volatile uint8_t* from, uint8_t* to) {
  const uint64_t word = *reinterpret_cast<const volatile AnyWord*>(from);
  memcpy(to, &word, sizeof(word));
}

// Four vectors at a time keep as many loads under way as memory answers.
constexpr size_t kStride = 4 * sizeof(AnyVector);

inline void CopyStride(const volatile uint8_t* from, uint8_t* to) {
  // Not auto: g++ would forget how it is aligned.
  const volatile AnyVector* const source =
      reinterpret_cast<const volatile AnyVector*>(from);
  const __m128i a = source[0];
  const __m128i b = source[1];
  const __m128i c = source[2];
  const __m128i d = source[3];
  auto* target = reinterpret_cast<__m128i*>(to);
  _mm_storeu_si128(target, a);
  _mm_storeu_si128(target + 1, b);
  _mm_storeu_si128(target + 2, c);
  _mm_storeu_si128(target + 3, d);
}

// From so many bytes on, the processor's own copy is the faster one: it need
// not read what it will overwrite.
constexpr size_t kByProcessor = 2048;

inline void CopyByProcessor(const volatile uint8_t* from, uint8_t* to,
                            size_t bytes) {
  asm volatile("rep movsb" : "+D"(to), "+S"(from), "+c"(bytes) : : "memory");
}

void CopyOnce(const volatile uint8_t* from, uint8_t* to, size_t bytes) {
  if (bytes >= kByProcessor) {
    CopyByProcessor(from, to, bytes);
    return;
  }
  size_t at = 0;
  for (; bytes - at >= kStride; at += kStride) CopyStride(from + at, to + at);
  for (; bytes - at >= sizeof(AnyWord); at += sizeof(AnyWord)) {
    CopyWord(from + at, to + at);
  }
  for (; at < bytes; ++at) to[at] = from[at];
}

}  // namespace

std::span<uint8_t> UntrustedBytes::Extend(size_t bytes) {
  if (bytes > kMost - size_) throw std::bad_alloc();
  const size_t needed = size_ + bytes;
  if (needed > capacity_) {
    const size_t doubled = capacity_ > kMost / 2 ? kMost : 2 * capacity_;
    const size_t capacity = std::max(needed, doubled);
    auto grown = std::make_unique_for_overwrite<uint8_t[]>(capacity);
    if (size_ != 0) memcpy(grown.get(), bytes_.get(), size_);
    bytes_ = std::move(grown);
    capacity_ = capacity;
  }
  const std::span<uint8_t> added(bytes_.get() + size_, bytes);
  size_ = needed;
  return added;
}

bool UntrustedView::CopyTo(size_t offset, std::span<uint8_t> to) const {
  if (offset > size_ || to.size() > size_ - offset) return false;
  CopyOnce(bytes_ + offset, to.data(), to.size());
  return true;
}

}  // namespace cellblock
