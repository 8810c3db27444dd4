// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_TOOLS_JAILRUN_PROFILE_STRIP_H_
#define CELLBLOCK_TOOLS_JAILRUN_PROFILE_STRIP_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>

namespace cellblock {

// How much of each part of the pool is in use, now and at the highest peak so
// far. Nothing is copied when a peak is passed, of which there can be one with
// each allocation: a part keeps what it had at the peak when it changes for the
// first time after that.
//
// Lifecycle: zero bytes are one of no pool; Lay once.
// Units: bytes.
// Threads: none of its own; the caller locks.
struct Strip {
  static constexpr size_t kMostCells = 512;
  static constexpr size_t kPage = 4096;

  struct Cell {
    uint64_t now;
    uint64_t at_peak;  // iff `peak` is the number of the highest one
    uint64_t peak;
  };

  void Lay(uintptr_t pool, size_t pool_bytes) {
    const size_t pages = (pool_bytes + kPage - 1) / kPage;
    base = pool;
    cell_bytes = std::max<size_t>(1, (pages + kMostCells - 1) / kMostCells);
    cell_bytes *= kPage;
    count = std::min(kMostCells, (pool_bytes + cell_bytes - 1) / cell_bytes);
  }

  // [begin, begin + bytes) is in use from now on, or is no more. `peak` is the
  // number of the highest peak so far.
  void Take(uintptr_t begin, size_t bytes, uint64_t peak) {
    ForEachCell(begin, bytes, peak,
                [](Cell& cell, size_t part) { cell.now += part; });
  }
  void Release(uintptr_t begin, size_t bytes, uint64_t peak) {
    ForEachCell(begin, bytes, peak, [](Cell& cell, size_t part) {
      cell.now -= std::min<uint64_t>(part, cell.now);
    });
  }

  static uint64_t AtPeak(const Cell& cell, uint64_t peak) {
    return cell.peak == peak ? cell.at_peak : cell.now;
  }

  template <typename Change>
  void ForEachCell(uintptr_t begin, size_t bytes, uint64_t peak,
                   Change change) {
    if (cell_bytes == 0) return;
    size_t offset = begin - base;
    while (bytes > 0 && offset / cell_bytes < std::min(count, kMostCells)) {
      const size_t part = std::min(bytes, cell_bytes - offset % cell_bytes);
      Cell& cell = cells[offset / cell_bytes];
      if (cell.peak != peak) {
        cell.at_peak = cell.now;
        cell.peak = peak;
      }
      change(cell, part);
      offset += part;
      bytes -= part;
    }
  }

  uintptr_t base;
  size_t cell_bytes;
  size_t count;
  Cell cells[kMostCells];
};

}  // namespace cellblock

#endif  // CELLBLOCK_TOOLS_JAILRUN_PROFILE_STRIP_H_
