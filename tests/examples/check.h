// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
#ifndef CELLBLOCK_TESTS_EXAMPLES_CHECK_H_
#define CELLBLOCK_TESTS_EXAMPLES_CHECK_H_

#include <cstdio>
#include <cstdlib>

namespace examples {

// For the makers of files, which have nobody to tell.
inline void Check(bool is_right, const char* library) {
  if (is_right) return;
  fprintf(stderr, "cannot make a file with %s\n", library);
  abort();
}

}  // namespace examples

#endif  // CELLBLOCK_TESTS_EXAMPLES_CHECK_H_
