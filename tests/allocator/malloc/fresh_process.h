// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
#ifndef CELLBLOCK_TESTS_ALLOCATOR_MALLOC_FRESH_PROCESS_H_
#define CELLBLOCK_TESTS_ALLOCATOR_MALLOC_FRESH_PROCESS_H_

// A body that runs in a process of its own: this program, started again, before
// any constructor of C++ and before the heap has made its pool.
//
//   FRESH_PROCESS(FirstUse) {
//     g_provided.bytes = 65536;
//     FRESH_CHECK(ProcessHeap::Get().Allocate(1) != nullptr);
//   }
//   TEST(ProcessHeapTest, FirstUse) { ExpectFresh("FirstUse"); }
//
// GoogleTest is not there yet: FRESH_CHECK says what failed and ends the
// process.

#include <gtest/gtest.h>

#include <string>

namespace cellblock {

struct FreshBody {
  const char* name;
  void (*run)();
  FreshBody* next;
};

// Not after the constructors of priority 300, which look for it.
void AddFreshBody(FreshBody* body);

[[noreturn]] void FailFresh(const char* file, int line, const char* what);

#define FRESH_PROCESS(name)                                        \
  static void Fresh##name();                                       \
  static constinit ::cellblock::FreshBody g_fresh_##name = {       \
      #name, &Fresh##name, nullptr};                               \
  __attribute__((constructor(200))) static void AddFresh##name() { \
    ::cellblock::AddFreshBody(&g_fresh_##name);                    \
  }                                                                \
  static void Fresh##name()

#define FRESH_CHECK(condition)                                \
  do {                                                        \
    if (!(condition)) {                                       \
      ::cellblock::FailFresh(__FILE__, __LINE__, #condition); \
    }                                                         \
  } while (false)

// How the body ended: "clean", or as it says; and what it wrote to standard
// error.
struct FreshEnd {
  std::string how;
  std::string errors;
};
FreshEnd RunFresh(const char* name);

inline void ExpectFresh(const char* name) {
  const FreshEnd end = RunFresh(name);
  EXPECT_EQ(end.how, "clean") << name << '\n' << end.errors;
}

}  // namespace cellblock

#endif  // CELLBLOCK_TESTS_ALLOCATOR_MALLOC_FRESH_PROCESS_H_
