// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

// Between the install of the filter and the first jailed instruction nothing is
// allocated or freed: this program's allocator counts.

#include <gtest/gtest.h>
#include <sys/syscall.h>

#include <atomic>
#include <cstddef>

#include "jail/lock.h"
#include "jail/presets.h"
#include "tests/jail/child_check.h"
#include "tests/jail/live_filter.h"

namespace {

std::atomic<long> g_calls = 0;

}  // namespace

extern "C" {

void* __libc_malloc(size_t);
void* __libc_calloc(size_t, size_t);
void* __libc_realloc(void*, size_t);
void* __libc_memalign(size_t, size_t);
void __libc_free(void*);

void* malloc(size_t bytes) {
  ++g_calls;
  return __libc_malloc(bytes);
}
void* calloc(size_t count, size_t bytes) {
  ++g_calls;
  return __libc_calloc(count, bytes);
}
void* realloc(void* block, size_t bytes) {
  ++g_calls;
  return __libc_realloc(block, bytes);
}
void* memalign(size_t alignment, size_t bytes) {
  ++g_calls;
  return __libc_memalign(alignment, bytes);
}
void* aligned_alloc(size_t alignment, size_t bytes) {
  ++g_calls;
  return __libc_memalign(alignment, bytes);
}
int posix_memalign(void** block, size_t alignment, size_t bytes) {
  ++g_calls;
  *block = __libc_memalign(alignment, bytes);
  return *block == nullptr ? ENOMEM : 0;
}
void free(void* block) {
  ++g_calls;
  __libc_free(block);
}

}  // extern "C"

namespace cellblock {
namespace {

TEST(LockAllocationLiveTest, TheAllocatorIsHooked) {
  const long before = g_calls;
  delete new std::string(100, 'x');
  EXPECT_GE(g_calls - before, 4);
}

TEST(LockAllocationLiveTest, LockingAllocatesAndFreesNothing) {
  for (const Policy& preset : AllPresets()) {
    EXPECT_THAT(InChild([&] {
                  const FilterProgram program = LoneFilter(preset);
                  const long before = g_calls;
                  const LockResult result = Lock(program, Notify::kNobody);
                  CHILD_CHECK(g_calls == before);
                  CHILD_CHECK(result.failed == LockStep::kDone);
                }),
                EndsClean())
        << preset.name();
  }
}

TEST(LockAllocationLiveTest, NorDoesLockingWithASupervisor) {
  EXPECT_THAT(InChild([] {
                const FilterProgram program = OwnFilter(DecoderPreset());
                const long before = g_calls;
                const LockResult result = Lock(program, Notify::kSupervisor);
                CHILD_CHECK(g_calls == before);
                CHILD_CHECK(result.failed == LockStep::kDone);
                CHILD_CHECK(result.listener >= 0);
              }),
              EndsClean());
}

TEST(LockAllocationLiveTest, NorDoesAFailure) {
  EXPECT_THAT(
      InChild([] {
        const long before = g_calls;
        CHILD_CHECK(Lock({}, Notify::kNobody).failed == LockStep::kSeccomp);
        CHILD_CHECK(Lock({}, Notify::kSupervisor).failed == LockStep::kSeccomp);
        CHILD_CHECK(Narrow({}).failed == LockStep::kSeccomp);
        CHILD_CHECK(g_calls == before);
      }),
      EndsClean());
}

}  // namespace
}  // namespace cellblock
