// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
#ifndef CELLBLOCK_TESTS_ALLOCATOR_CELL_FIXTURE_H_
#define CELLBLOCK_TESTS_ALLOCATOR_CELL_FIXTURE_H_

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "allocator/cell.h"
#include "allocator/cell_owner.h"
#include "allocator/heap_prealloc.h"

namespace cellblock {

inline HeapPrealloc MakePool(size_t bytes, const PoolOptions& options = {}) {
  Result<HeapPrealloc> pool =
      HeapPrealloc::Create(Region::Map({.bytes = bytes}), options);
  EXPECT_TRUE(pool.ok()) << Message(pool.error());
  return std::move(pool).value();
}

// A pool for elements of T: first fit can serve them if they are its unit.
template <typename T>
HeapPrealloc MakePoolOf(Discipline discipline, size_t bytes,
                        Fill fill = Fill::kZeroed) {
  return MakePool(
      bytes, {.fill = fill,
              .discipline = discipline,
              .unit = discipline == Discipline::kFirstFit ? sizeof(T) : 0});
}

inline const auto kDisciplines =
    testing::Values(Discipline::kCoalescing, Discipline::kFirstFit);

inline std::string DisciplineName(
    const testing::TestParamInfo<Discipline>& info) {
  return info.param == Discipline::kCoalescing ? "Coalescing" : "FirstFit";
}

inline testing::AssertionResult IsSound(const HeapPrealloc& pool) {
  const HeapCheck check = pool.Validate();
  if (check.ok()) return testing::AssertionSuccess();
  return testing::AssertionFailure()
         << check.broken << ", at offset " << check.offset;
}

// Nothing in use, and the state is sound.
inline testing::AssertionResult IsWhole(const HeapPrealloc& pool) {
  if (pool.stats().in_use_bytes == 0) return IsSound(pool);
  return testing::AssertionFailure()
         << pool.stats().in_use_bytes << " bytes are in use";
}

// Writes down what comes back.
class RecordingOwner final : public CellOwner {
 public:
  struct Return {
    void* data;
    size_t bytes;
    bool operator==(const Return&) const = default;
  };

  RecordingOwner() : CellOwner(&Record) {}

  void FreeCell(CellMemory cell) {
    if (cell.data != nullptr) returns.push_back({cell.data, cell.bytes});
  }

  std::vector<Return> returns;

 private:
  static AllocatorError Record(CellOwner& self, void* data, size_t bytes) {
    static_cast<RecordingOwner&>(self).returns.push_back({data, bytes});
    return AllocatorError::kNone;
  }
};

// In a function of its own, which hides it from -Wconsumed.
template <typename Allocator, typename T>
void FreeIn(Allocator& allocator, Cell<T>& cell) {
  allocator.FreeCell(std::move(cell));
}

}  // namespace cellblock

#endif  // CELLBLOCK_TESTS_ALLOCATOR_CELL_FIXTURE_H_
