// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// A table of strings: entries of a hash map come, grow and go, and copies are
// sorted now and then. Prints a sum over them.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <string>
#include <unordered_map>
#include <vector>

#include "tests/benchmark/workload.h"

namespace cellblock {
namespace {

constexpr size_t kKeys = 50'000;
constexpr size_t kSteps = 1'000'000;
constexpr size_t kStepsBetweenSorts = 500'000;
constexpr size_t kMostBytes = 400;

using Table = std::unordered_map<std::string, std::string>;

void Step(Table* table, Shuffle* shuffle) {
  const std::string key =
      "the key of entry " + std::to_string(shuffle->Below(kKeys));
  std::string& value = (*table)[key];
  if (value.size() > kMostBytes) {
    table->erase(key);
  } else {
    value.append(shuffle->LogUniform(8, 100), key.back());
  }
}

uint64_t SumOfSorted(const Table& table) {
  std::vector<std::string> lines;
  for (const auto& [key, value] : table) lines.push_back(key + ": " + value);
  std::sort(lines.begin(), lines.end());
  uint64_t sum = 0;
  for (const std::string& line : lines) {
    sum = sum * 31 + line.size() + static_cast<unsigned char>(line.back());
  }
  return sum;
}

}  // namespace
}  // namespace cellblock

int main() {
  cellblock::Table table;
  cellblock::Shuffle shuffle(1);
  uint64_t sum = 0;
  for (size_t step = 1; step <= cellblock::kSteps; ++step) {
    cellblock::Step(&table, &shuffle);
    if (step % cellblock::kStepsBetweenSorts == 0) {
      sum += cellblock::SumOfSorted(table);
    }
  }
  std::printf("%zu\n", sum);
  return 0;
}
