// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
#ifndef CELLBLOCK_TESTS_ALLOCATOR_FUZZ_CHECK_H_
#define CELLBLOCK_TESTS_ALLOCATOR_FUZZ_CHECK_H_

#include <cstdio>
#include <cstdlib>

namespace cellblock {

[[noreturn]] inline void FuzzFail(const char* file, int line,
                                  const char* what) {
  std::fprintf(stderr, "%s:%d: not so: %s\n", file, line, what);
  std::abort();
}

[[noreturn]] inline void FuzzFailEqual(const char* file, int line,
                                       const char* what, unsigned long long is,
                                       unsigned long long should_be) {
  std::fprintf(stderr, "%s:%d: %s: %llu, not %llu\n", file, line, what, is,
               should_be);
  std::abort();
}

}  // namespace cellblock

// Hold in every build, and end the process if not, which is how a fuzzer is
// told: no test framework is linked to it.
#define FUZZ_CHECK(condition) \
  ((condition) ? void() : ::cellblock::FuzzFail(__FILE__, __LINE__, #condition))

#define FUZZ_CHECK_EQ(value, expected)                                 \
  ((value) == (expected) ? void()                                      \
                         : ::cellblock::FuzzFailEqual(                 \
                               __FILE__, __LINE__, #value,             \
                               static_cast<unsigned long long>(value), \
                               static_cast<unsigned long long>(expected)))

#endif  // CELLBLOCK_TESTS_ALLOCATOR_FUZZ_CHECK_H_
