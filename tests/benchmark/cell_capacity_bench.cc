// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// How much of a 200 MiB pool can be handed out by the cell API before the first
// refusal, and what a cell and a pool cost.
//
//   cell_capacity_bench yield     one size at a time, and mixes with churn
//   cell_capacity_bench overhead  memory beside the cells, as the kernel counts

#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <utility>
#include <vector>

#include "allocator/heap_prealloc.h"
#include "tests/benchmark/workload.h"

namespace cellblock {
namespace {

constexpr size_t kPoolBytes = size_t{200} << 20;
constexpr size_t kUnits[] = {16, 64, 4096};

HeapPrealloc MakePool(size_t unit) {
  Result<HeapPrealloc> pool =
      HeapPrealloc::Create(Region::Map({.bytes = kPoolBytes}),
                           {.fill = Fill::kUninitialized, .unit = unit});
  if (!pool.ok()) {
    std::fprintf(stderr, "%s\n", Message(pool.error()));
    std::exit(1);
  }
  return std::move(*pool);
}

double PercentOfPool(double bytes) {
  return 100 * bytes / static_cast<double>(kPoolBytes);
}

// Of one size, in percent of the pool; what was asked for counts.
double YieldOf(size_t bytes, size_t unit) {
  HeapPrealloc pool = MakePool(unit);
  std::vector<Cell<std::byte>> cells;
  cells.reserve(kPoolBytes / bytes);
  while (true) {
    Cell<std::byte> cell = pool.AllocCell<std::byte>(bytes);
    if (!cell) break;
    cells.push_back(std::move(cell));
  }
  return PercentOfPool(static_cast<double>(cells.size() * bytes));
}

struct Mix {
  const char* name;
  size_t low;
  size_t high;
};

constexpr Mix kMixes[] = {
    {"small mix, 16 B-1 KiB", 16, 1 << 10},
    {"mix, 16 B-64 KiB", 16, 64 << 10},
    {"big, 64 KiB-4 MiB", 64 << 10, 4 << 20},
};

struct Churn {
  double filled;  // percent, before the first refusal
  double least;   // percent, after 30 rounds of freeing and filling up
};

Churn YieldOf(const Mix& mix, size_t unit, uint64_t seed) {
  constexpr int kChurns = 30;
  HeapPrealloc pool = MakePool(unit);
  Shuffle shuffle(seed);
  std::vector<Cell<std::byte>> cells;
  size_t live = 0;
  const auto fill = [&] {
    while (true) {
      const size_t bytes = shuffle.LogUniform(mix.low, mix.high);
      Cell<std::byte> cell = pool.AllocCell<std::byte>(bytes);
      if (!cell) return;
      live += bytes;
      cells.push_back(std::move(cell));
    }
  };
  fill();
  Churn churn = {PercentOfPool(static_cast<double>(live)), 100};
  for (int round = 0; round < kChurns; ++round) {
    for (size_t i = cells.size() * 3 / 10; i > 0; --i) {
      Cell<std::byte>& cell = cells[shuffle.Below(cells.size())];
      live -= cell.size();
      cell = std::move(cells.back());
      cells.pop_back();
    }
    fill();
    churn.least =
        std::min(churn.least, PercentOfPool(static_cast<double>(live)));
  }
  return churn;
}

void Yield() {
  std::printf("| %% of the pool |");
  for (size_t unit : kUnits) std::printf(" unit %zu |", unit);
  std::printf("\n| --- | ---: | ---: | ---: |\n");
  const std::pair<const char*, size_t> sizes[] = {
      {"16 B", 16},          {"64 B", 64},      {"100 B", 100},
      {"1000 B", 1000},      {"5000 B", 5000},  {"20 KB", 20 << 10},
      {"100 KB", 100 << 10}, {"1 MiB", 1 << 20}};
  for (const auto& [name, bytes] : sizes) {
    std::printf("| %s |", name);
    for (size_t unit : kUnits) std::printf(" %.1f |", YieldOf(bytes, unit));
    std::printf("\n");
  }
  constexpr int kSeeds = 20;
  for (const Mix& mix : kMixes) {
    std::string filled = "| " + std::string(mix.name) + " |";
    std::string least = "| the same, least in 30 rounds of churn |";
    for (size_t unit : kUnits) {
      Churn mean = {0, 0};
      for (int seed = 1; seed <= kSeeds; ++seed) {
        const Churn churn = YieldOf(mix, unit, static_cast<uint64_t>(seed));
        mean.filled += churn.filled / kSeeds;
        mean.least += churn.least / kSeeds;
      }
      char text[32];
      std::snprintf(text, sizeof(text), " %.1f |", mean.filled);
      filled += text;
      std::snprintf(text, sizeof(text), " %.1f |", mean.least);
      least += text;
    }
    std::printf("%s\n%s\n", filled.c_str(), least.c_str());
  }
}

// Bytes of this process in memory.
size_t Resident() {
  std::FILE* const statm = std::fopen("/proc/self/statm", "r");
  size_t total = 0;
  size_t resident = 0;
  if (statm == nullptr ||
      std::fscanf(statm, "%zu %zu", &total, &resident) != 2) {
    std::exit(1);
  }
  std::fclose(statm);
  return resident * static_cast<size_t>(sysconf(_SC_PAGESIZE));
}

// The cells are not touched, so all that becomes resident is beside them.
void Overhead() {
  std::printf(
      "| cells | unit | bytes beside a cell | %% of the cell |\n"
      "| --- | ---: | ---: | ---: |\n");
  for (const auto& [bytes, unit] : {std::pair<size_t, size_t>{16, 16},
                                    {64, 16},
                                    {64, 64},
                                    {1000, 64},
                                    {4096, 64},
                                    {4096, 4096},
                                    {65536, 64},
                                    {65536, 4096}}) {
    const size_t count = kPoolBytes / 2 / bytes;
    std::vector<Cell<std::byte>> cells(count);
    HeapPrealloc pool = MakePool(unit);
    const size_t before = Resident();
    for (Cell<std::byte>& cell : cells) {
      cell = pool.AllocCell<std::byte>(bytes);
    }
    const double each =
        static_cast<double>(Resident() - before) / static_cast<double>(count);
    std::printf("| %zu of %zu B | %zu | %.1f | %.1f |\n", count, bytes, unit,
                each, 100 * each / static_cast<double>(bytes));
    cells.clear();
  }
  const size_t before = Resident();
  const HeapPrealloc pool = MakePool(64);
  std::printf("\nA pool of 200 MiB, created and empty: %zu KiB resident.\n",
              (Resident() - before) >> 10);
}

}  // namespace
}  // namespace cellblock

int main(int argc, char** argv) {
  const std::string which = argc > 1 ? argv[1] : "";
  if (which == "yield") {
    cellblock::Yield();
  } else if (which == "overhead") {
    cellblock::Overhead();
  } else {
    std::fprintf(stderr, "cell_capacity_bench yield|overhead\n");
    return 2;
  }
  return 0;
}
