// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
#ifndef CELLBLOCK_TESTS_ALLOCATOR_COMPILE_FAIL_MISTAKE_H_
#define CELLBLOCK_TESTS_ALLOCATOR_COMPILE_FAIL_MISTAKE_H_

#include <utility>

#include "allocator/cell.h"
#include "allocator/heap_prealloc.h"

namespace cellblock {

// A fixture of consumed_compile_fail_test.sh: one function that uses a pool,
// under the name of its file. The head of the file says what Clang says to it
// with -Werror=consumed, a line "Clang: " for each error or "Clang: nothing",
// and what it says when it is run: "Run: " with its report, or "Run: ends".
//
// Threads: none.
struct Mistake {
  Mistake(const char* name, void (*run)(HeapPrealloc& pool))
      : name(name), run(run), next(first) {
    first = this;
  }
  Mistake(const Mistake&) = delete;
  Mistake& operator=(const Mistake&) = delete;

  const char* const name;
  void (*const run)(HeapPrealloc& pool);
  const Mistake* const next;

  static inline const Mistake* first = nullptr;
};

}  // namespace cellblock

#endif  // CELLBLOCK_TESTS_ALLOCATOR_COMPILE_FAIL_MISTAKE_H_
