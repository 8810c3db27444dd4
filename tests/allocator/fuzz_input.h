// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
#ifndef CELLBLOCK_TESTS_ALLOCATOR_FUZZ_INPUT_H_
#define CELLBLOCK_TESTS_ALLOCATOR_FUZZ_INPUT_H_

#include <cstddef>
#include <cstdint>

namespace cellblock {

// The bytes that a fuzzer chose, read from the front; zeros when there are no
// more.
class FuzzInput {
 public:
  FuzzInput(const uint8_t* data, size_t size) : at_(data), end_(data + size) {}

  bool empty() const { return at_ == end_; }

  uint8_t Byte() { return empty() ? 0 : *at_++; }

  uint32_t TwoBytes() {
    const uint32_t low = Byte();
    return low | uint32_t{Byte()} << 8;
  }

  template <typename T, size_t kCount>
  T OneOf(const T (&choices)[kCount]) {
    return choices[Byte() % kCount];
  }

 private:
  const uint8_t* at_;
  const uint8_t* end_;
};

}  // namespace cellblock

#endif  // CELLBLOCK_TESTS_ALLOCATOR_FUZZ_INPUT_H_
