// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

// The other tests here prove nothing unless this trap closes.
#include "tests/allocator/hooks/malloc_trap.h"

#include <gtest/gtest.h>
#include <malloc.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include <new>

namespace cellblock {
namespace {

// Out of the compiler's sight, which knows what malloc does.
void* volatile g_block = nullptr;

template <typename Call>
void InTrap(Call call) {
  const MallocTrap trap;
  call();
}

#define EXPECT_TRAPPED(call)                                          \
  EXPECT_EXIT(InTrap([] { call; }), testing::KilledBySignal(SIGABRT), \
              "^trapped: [a-z_]+\n$")

TEST(MallocTrapDeathTest, EveryFunctionThatGivesMemoryIsTrapped) {
  EXPECT_TRAPPED(g_block = malloc(1));
  EXPECT_TRAPPED(g_block = calloc(1, 1));
  EXPECT_TRAPPED(g_block = realloc(nullptr, 1));
  EXPECT_TRAPPED(g_block = reallocarray(nullptr, 1, 1));
  EXPECT_TRAPPED(g_block = memalign(64, 1));
  EXPECT_TRAPPED(g_block = aligned_alloc(64, 64));
  EXPECT_TRAPPED(g_block = valloc(1));
  EXPECT_TRAPPED(g_block = pvalloc(1));
  EXPECT_TRAPPED({
    void* block = nullptr;
    if (posix_memalign(&block, 64, 1) == 0) g_block = block;
  });
  EXPECT_TRAPPED(g_block = ::operator new(1));
  EXPECT_TRAPPED(g_block = ::operator new[](1, std::align_val_t{64}));
}

TEST(MallocTrapDeathTest, EveryFunctionThatTakesItBackIsTrapped) {
  g_block = malloc(1);
  EXPECT_TRAPPED(free(g_block));
  EXPECT_TRAPPED(g_block = realloc(g_block, 100'000));
  free(g_block);
  g_block = ::operator new(1);
  EXPECT_TRAPPED(::operator delete(g_block));
  ::operator delete(g_block);
}

TEST(MallocTrapDeathTest, ALibraryThatUsesMallocIsTrapped) {
  EXPECT_TRAPPED(g_block = strdup("text"));
  EXPECT_TRAPPED({
    z_stream stream = {};
    if (inflateInit(&stream) == Z_OK) inflateEnd(&stream);
  });
}

TEST(MallocTrapTest, OutsideTheTrapMallocServes) {
  { const MallocTrap trap; }
  void* aligned = nullptr;
  ASSERT_EQ(posix_memalign(&aligned, 256, 10), 0);
  EXPECT_EQ(reinterpret_cast<uintptr_t>(aligned) % 256, 0u);
  free(aligned);
  char* block = static_cast<char*>(calloc(10, 10));
  ASSERT_NE(block, nullptr);
  strcpy(block, "kept");
  block = static_cast<char*>(realloc(block, 10'000));
  EXPECT_STREQ(block, "kept");
  free(block);
}

}  // namespace
}  // namespace cellblock
