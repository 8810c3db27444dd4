// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// The cell API's speed beside the ancestor's discipline and a floor, in turn in
// one run. Single-threaded, 200 MiB pools, uninitialised.
//
//   cell_speed_bench best      the same 64 bytes again and again
//   cell_speed_bench constant  with 1 to 1,000,000 free blocks (for the plot)
//   cell_speed_bench windows   random replacement of live cells

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <utility>
#include <vector>

#include "allocator/heap_prealloc.h"
#include "tests/benchmark/bare_lists.h"
#include "tests/benchmark/workload.h"

namespace cellblock {
namespace {

constexpr size_t kPoolBytes = size_t{200} << 20;
constexpr int kRounds = 15;

HeapPrealloc MakePool(Discipline discipline, size_t unit, size_t slots,
                      Commit commit) {
  Result<HeapPrealloc> pool =
      HeapPrealloc::Create(Region::Map({.bytes = kPoolBytes, .commit = commit}),
                           {.fill = Fill::kUninitialized,
                            .discipline = discipline,
                            .unit = unit,
                            .slots = slots});
  if (!pool.ok()) {
    std::fprintf(stderr, "%s\n", Message(pool.error()));
    std::exit(1);
  }
  return std::move(*pool);
}

// Best case ------------------------------------------------------------------

double PairsOf64(HeapPrealloc& pool) {
  constexpr int kPairs = 2'000'000;
  const Stopwatch watch;
  for (int i = 0; i < kPairs; ++i) {
    Cell<std::byte> cell = pool.AllocCell<std::byte>(64);
    Keep(cell.data());
    pool.FreeCell(std::move(cell));
  }
  return watch.Nanoseconds() / kPairs;
}

double PairsOf64(BareLists& lists) {
  constexpr int kPairs = 2'000'000;
  const Stopwatch watch;
  for (int i = 0; i < kPairs; ++i) {
    void* const block = lists.Allocate(64);
    Keep(block);
    Keep(&lists);
    lists.Release(block, 64);
  }
  return watch.Nanoseconds() / kPairs;
}

void Best() {
  HeapPrealloc ours = MakePool(Discipline::kCoalescing, 0, 0, Commit::kLazy);
  HeapPrealloc ancestor =
      MakePool(Discipline::kFirstFit, 0, 4096, Commit::kLazy);
  BareLists floor(kPoolBytes);
  std::vector<double> times[3];
  for (int round = 0; round < kRounds; ++round) {
    times[0].push_back(PairsOf64(ours));
    times[1].push_back(PairsOf64(ancestor));
    times[2].push_back(PairsOf64(floor));
  }
  const char* const names[] = {"coalescing", "first fit (the ancestor's)",
                               "floor: bare lists"};
  std::printf(
      "| the same 64 B again and again | min ns a pair | median | x "
      "first fit |\n| --- | ---: | ---: | ---: |\n");
  for (int i = 0; i < 3; ++i) {
    std::printf("| %s | %.1f | %.1f | %.2f |\n", names[i], Least(times[i]),
                Median(times[i]), Median(times[i]) / Median(times[1]));
  }
}

// Constant time --------------------------------------------------------------

struct Spent {
  double allocate;  // ns, of a request that none of the free blocks can hold
  double release;   // ns
};

// `free_blocks` free blocks of 64 or 128 bytes between live ones of 64.
Spent Among(size_t free_blocks, Discipline discipline) {
  constexpr size_t kRequests = 64;
  HeapPrealloc pool =
      MakePool(discipline, 0, free_blocks + kRequests + 8, Commit::kPopulate);
  std::vector<Cell<std::byte>> live;
  std::vector<Cell<std::byte>> between;
  live.reserve(free_blocks);
  between.reserve(free_blocks);
  for (size_t i = 0; i < free_blocks; ++i) {
    between.push_back(pool.AllocCell<std::byte>(64 + i % 2 * 64));
    live.push_back(pool.AllocCell<std::byte>(64));
  }
  between.clear();
  std::vector<Cell<std::byte>> cells(kRequests);
  const Stopwatch allocating;
  for (size_t i = 0; i < kRequests; ++i) {
    cells[i] = pool.AllocCell<std::byte>(4096 + i * 64);
  }
  const double allocate = allocating.Nanoseconds() / kRequests;
  for (const Cell<std::byte>& cell : cells) {
    if (!cell) std::exit(1);
  }
  const Stopwatch releasing;
  for (Cell<std::byte>& cell : cells) pool.FreeCell(std::move(cell));
  return {allocate, releasing.Nanoseconds() / kRequests};
}

void Constant() {
  std::printf(
      "# free blocks; ns: coalescing allocate, free; first fit "
      "allocate, free\n");
  for (size_t blocks :
       {1, 4, 16, 64, 256, 1024, 4096, 16384, 65536, 262144, 1000000}) {
    std::vector<double> times[4];
    for (int round = 0; round < 7; ++round) {
      const Spent ours = Among(blocks, Discipline::kCoalescing);
      const Spent ancestor = Among(blocks, Discipline::kFirstFit);
      times[0].push_back(ours.allocate);
      times[1].push_back(ours.release);
      times[2].push_back(ancestor.allocate);
      times[3].push_back(ancestor.release);
    }
    std::printf("%zu %.1f %.1f %.1f %.1f\n", blocks, Median(times[0]),
                Median(times[1]), Median(times[2]), Median(times[3]));
  }
}

// Windows --------------------------------------------------------------------

struct Window {
  const char* name;
  size_t live;
  size_t low;
  size_t high;
};

constexpr Window kWindows[] = {
    {"1000 live, 16 B-64 KB", 1000, 16, 64 << 10},
    {"500 live, 4 KB-1 MB", 500, 4 << 10, 1 << 20},
    {"60 live, 16 KB-4 MB", 60, 16 << 10, 4 << 20},
    {"4000 live, 4-64 KB", 4000, 4 << 10, 64 << 10},
};
constexpr size_t kOperations = 1'000'000;  // a free and an allocation each

// Sizes drawn beforehand: drawing one takes longer than serving it.
class Sizes {
 public:
  explicit Sizes(const Window& window) {
    Shuffle shuffle(1);
    for (uint32_t& size : sizes_) {
      size = static_cast<uint32_t>(shuffle.LogUniform(window.low, window.high));
    }
  }
  size_t Draw(Shuffle& shuffle) const { return sizes_[shuffle.Below(kCount)]; }

 private:
  static constexpr size_t kCount = 1 << 16;
  std::vector<uint32_t> sizes_ = std::vector<uint32_t>(kCount);
};

struct Run {
  double nanoseconds = 0;  // an operation
  size_t survived = 0;     // operations
  uint64_t lost_bytes = 0;
};

// An operation draws a place and a size, frees what is there, and allocates.
Run Replace(HeapPrealloc& pool, const Window& window, const Sizes& sizes) {
  Shuffle shuffle(2);
  std::vector<Cell<std::byte>> cells(window.live);
  for (Cell<std::byte>& cell : cells) {
    cell = pool.AllocCell<std::byte>(sizes.Draw(shuffle));
  }
  size_t step = 0;
  const Stopwatch watch;
  for (; step < kOperations; ++step) {
    Cell<std::byte>& cell = cells[shuffle.Below(window.live)];
    cell = Cell<std::byte>();
    cell = pool.AllocCell<std::byte>(sizes.Draw(shuffle));
    if (!cell) break;
  }
  return {watch.Nanoseconds() / static_cast<double>(step + 1), step,
          pool.stats().lost_bytes};
}

Run ReplaceBare(BareLists& lists, const Window& window, const Sizes& sizes) {
  struct Block {
    void* data;
    size_t bytes;
  };
  Shuffle shuffle(2);
  std::vector<Block> blocks;
  for (size_t i = 0; i < window.live; ++i) {
    const size_t bytes = sizes.Draw(shuffle);
    blocks.push_back({lists.Allocate(bytes), bytes});
  }
  const Stopwatch watch;
  for (size_t step = 0; step < kOperations; ++step) {
    Block& block = blocks[shuffle.Below(window.live)];
    lists.Release(block.data, block.bytes);
    block.bytes = sizes.Draw(shuffle);
    block.data = lists.Allocate(block.bytes);
  }
  const double nanoseconds = watch.Nanoseconds() / kOperations;
  for (const Block& block : blocks) lists.Release(block.data, block.bytes);
  return {nanoseconds, kOperations, 0};
}

std::string Outcome(const std::vector<double>& times, const Run& last) {
  char text[100];
  if (last.survived == kOperations) {
    std::snprintf(text, sizeof(text), "%.0f", Median(times));
  } else {
    std::snprintf(text, sizeof(text), "%.0f; exhausted after %zu, %.0f MB lost",
                  Median(times), last.survived,
                  static_cast<double>(last.lost_bytes) / 1e6);
  }
  return text;
}

void Windows() {
  std::printf(
      "| ns a replacement | floor | coalescing, unit 64 | x floor | "
      "unit 4096 | x floor | first fit, 4096 slots |\n"
      "| --- | ---: | ---: | ---: | ---: | ---: | ---: |\n");
  for (const Window& window : kWindows) {
    const Sizes sizes(window);
    BareLists floor(size_t{8} << 30);
    HeapPrealloc fine =
        MakePool(Discipline::kCoalescing, 64, 0, Commit::kPopulate);
    HeapPrealloc coarse =
        MakePool(Discipline::kCoalescing, 4096, 0, Commit::kPopulate);
    std::vector<double> times[4];
    Run last;
    for (int round = 0; round < 7; ++round) {
      times[0].push_back(ReplaceBare(floor, window, sizes).nanoseconds);
      times[1].push_back(Replace(fine, window, sizes).nanoseconds);
      times[2].push_back(Replace(coarse, window, sizes).nanoseconds);
      HeapPrealloc ancestor =
          MakePool(Discipline::kFirstFit, 0, 4096, Commit::kLazy);
      last = Replace(ancestor, window, sizes);
      times[3].push_back(last.nanoseconds);
    }
    const double least = Median(times[0]);
    std::printf("| %s | %.1f | %.0f | %.1f | %.0f | %.1f | %s |\n", window.name,
                least, Median(times[1]), Median(times[1]) / least,
                Median(times[2]), Median(times[2]) / least,
                Outcome(times[3], last).c_str());
  }
}

}  // namespace
}  // namespace cellblock

int main(int argc, char** argv) {
  const std::string which = argc > 1 ? argv[1] : "";
  if (which == "best") {
    cellblock::Best();
  } else if (which == "constant") {
    cellblock::Constant();
  } else if (which == "windows") {
    cellblock::Windows();
  } else {
    std::fprintf(stderr, "cell_speed_bench best|constant|windows\n");
    return 2;
  }
  return 0;
}
