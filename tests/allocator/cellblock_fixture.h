// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
#ifndef CELLBLOCK_TESTS_ALLOCATOR_CELLBLOCK_FIXTURE_H_
#define CELLBLOCK_TESTS_ALLOCATOR_CELLBLOCK_FIXTURE_H_

#include <gtest/gtest.h>

#include <cstdlib>

#include "allocator/cellblock.h"

namespace cellblock {

// A pool for a test; dies if there is none.
class CPool {
 public:
  explicit CPool(const cellblock_options& options) {
    Check(cellblock_create(&options, &pool_, nullptr));
  }
  CPool(void* data, size_t bytes,
        cellblock_content content = CELLBLOCK_CONTENT_UNKNOWN,
        const cellblock_options& options = {}) {
    Check(cellblock_create_over(
        {.data = data, .bytes = bytes, .content = content}, &options, &pool_));
  }
  ~CPool() { cellblock_destroy(pool_); }
  CPool(const CPool&) = delete;
  CPool& operator=(const CPool&) = delete;

  operator cellblock_pool*() const { return pool_; }

 private:
  static void Check(cellblock_error error) {
    EXPECT_EQ(error, CELLBLOCK_ERROR_NONE) << cellblock_message(error);
    if (error != CELLBLOCK_ERROR_NONE) std::abort();
  }

  cellblock_pool* pool_ = nullptr;
};

inline testing::AssertionResult IsSound(const cellblock_pool* pool) {
  const cellblock_check check = cellblock_validate(pool);
  if (check.broken == nullptr) return testing::AssertionSuccess();
  return testing::AssertionFailure()
         << check.broken << ", at offset " << check.offset;
}

}  // namespace cellblock

#endif  // CELLBLOCK_TESTS_ALLOCATOR_CELLBLOCK_FIXTURE_H_
