// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// Buffers that grow by realloc, in turn, from a few bytes to 256 KB, by a
// little and by a lot. Prints a sum over what they held.

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "tests/benchmark/workload.h"

namespace cellblock {
namespace {

constexpr size_t kBuffers = 64;
constexpr size_t kSteps = 400'000;
constexpr size_t kLeastBytes = 16;
constexpr size_t kMostBytes = 256 << 10;

struct Buffer {
  unsigned char* data = nullptr;
  size_t bytes = 0;
};

// Returns what was in the last byte, and writes what is new.
unsigned char Grow(Buffer* buffer, size_t bytes, unsigned char value) {
  const unsigned char last =
      buffer->bytes == 0 ? 0 : buffer->data[buffer->bytes - 1];
  buffer->data = static_cast<unsigned char*>(std::realloc(buffer->data, bytes));
  std::memset(buffer->data + buffer->bytes, value, bytes - buffer->bytes);
  buffer->bytes = bytes;
  return last;
}

void Clear(Buffer* buffer) {
  std::free(buffer->data);
  *buffer = {};
}

}  // namespace
}  // namespace cellblock

int main() {
  cellblock::Buffer buffers[cellblock::kBuffers];
  cellblock::Shuffle shuffle(1);
  uint64_t sum = 0;
  for (size_t step = 0; step < cellblock::kSteps; ++step) {
    cellblock::Buffer& buffer = buffers[shuffle.Below(cellblock::kBuffers)];
    const size_t percent = shuffle.LogUniform(5, 100);
    const size_t bytes =
        buffer.bytes + cellblock::kLeastBytes + buffer.bytes * percent / 100;
    if (bytes > cellblock::kMostBytes) {
      cellblock::Clear(&buffer);
    } else {
      sum = sum * 31 +
            cellblock::Grow(&buffer, bytes, static_cast<unsigned char>(step));
    }
  }
  for (cellblock::Buffer& buffer : buffers) cellblock::Clear(&buffer);
  std::printf("%zu\n", sum);
  return 0;
}
