// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// What malloc_yield_bench's churn would find of an ideal heap: best fit, the
// lowest of equals, with all free neighbours merged at once, no memory beside
// the blocks, and sizes rounded up to 4 KiB. Simulated on numbers.
//
//   best_fit_yield POOL LOW HIGH SEED

#include <cstdio>
#include <cstdlib>
#include <map>
#include <set>
#include <utility>

#include "tests/benchmark/pool_fill.h"

namespace cellblock {
namespace {

class BestFit {
 public:
  struct Block {
    size_t begin;
    size_t units;
  };

  explicit BestFit(size_t pool) { Insert({0, pool / kUnit}); }

  bool Allocate(size_t bytes, Block* block) {
    const size_t units = (bytes + kUnit - 1) / kUnit;
    const auto fit = by_size_.lower_bound({units, 0});
    if (fit == by_size_.end()) return false;
    const Block found = {fit->second, fit->first};
    Remove(found);
    if (found.units > units) {
      Insert({found.begin + units, found.units - units});
    }
    *block = {found.begin, units};
    return true;
  }

  void Free(Block block) {
    const auto after = by_place_.find(block.begin + block.units);
    if (after != by_place_.end()) {
      block.units += after->second;
      Remove({after->first, after->second});
    }
    auto before = by_place_.lower_bound(block.begin);
    if (before != by_place_.begin() &&
        (--before)->first + before->second == block.begin) {
      block = {before->first, before->second + block.units};
      Remove({before->first, before->second});
    }
    Insert(block);
  }

 private:
  static constexpr size_t kUnit = 4096;

  void Insert(Block free) {
    by_size_.emplace(free.units, free.begin);
    by_place_.emplace(free.begin, free.units);
  }

  void Remove(Block free) {
    by_size_.erase({free.units, free.begin});
    by_place_.erase(free.begin);
  }

  std::set<std::pair<size_t, size_t>> by_size_;  // units, begin
  std::map<size_t, size_t> by_place_;            // begin: units
};

}  // namespace
}  // namespace cellblock

int main(int argc, char** argv) {
  if (argc != 5) {
    std::fprintf(stderr, "best_fit_yield POOL LOW HIGH SEED\n");
    return 2;
  }
  const size_t pool = std::strtoul(argv[1], nullptr, 10);
  cellblock::BestFit heap(pool);
  cellblock::PoolFill fill(&heap, pool, std::strtoul(argv[2], nullptr, 10),
                           std::strtoul(argv[3], nullptr, 10),
                           std::strtoul(argv[4], nullptr, 10));
  const cellblock::Churn churn = cellblock::FillAndChurn(&fill);
  const double percent = 100 / static_cast<double>(pool);
  std::printf("%.2f %.2f\n", static_cast<double>(churn.filled) * percent,
              static_cast<double>(churn.least) * percent);
  return 0;
}
