// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// A server, after Larson and Krishnan, "Memory Allocation for Long-Running
// Server Applications" (1998): threads replace random blocks, and end. What was
// live is handed to the next generation, and to the other thread of it. Prints
// a sum over what the blocks held.

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <thread>
#include <utility>
#include <vector>

#include "tests/benchmark/workload.h"

namespace cellblock {
namespace {

constexpr size_t kLive = 5000;
constexpr size_t kLeastBytes = 8;
constexpr size_t kMostBytes = 1000;
constexpr uint64_t kGenerations = 40;
constexpr size_t kReplacements = 150'000;

struct Block {
  std::unique_ptr<unsigned char[]> data;
  size_t bytes = 0;
};

struct Thread {
  std::vector<Block> blocks = std::vector<Block>(kLive);
  uint64_t sum = 0;
};

void Generation(Thread* thread, uint64_t seed) {
  Shuffle shuffle(seed);
  for (size_t i = 0; i < kReplacements; ++i) {
    Block& block = thread->blocks[shuffle.Below(kLive)];
    if (block.data != nullptr) thread->sum += block.data[block.bytes - 1];
    block.data.reset();
    block.bytes = kLeastBytes + shuffle.Below(kMostBytes - kLeastBytes);
    block.data.reset(new unsigned char[block.bytes]);
    block.data[block.bytes - 1] = static_cast<unsigned char>(i);
  }
}

}  // namespace
}  // namespace cellblock

int main() {
  cellblock::Thread threads[2];
  for (uint64_t i = 0; i < cellblock::kGenerations; ++i) {
    std::thread first(cellblock::Generation, &threads[0], i * 2);
    std::thread second(cellblock::Generation, &threads[1], i * 2 + 1);
    first.join();
    second.join();
    std::swap(threads[0].blocks, threads[1].blocks);
  }
  std::printf("%zu\n", threads[0].sum + threads[1].sum);
  return 0;
}
