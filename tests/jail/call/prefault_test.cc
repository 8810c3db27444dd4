// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "jail/call/prefault.h"

#include <fcntl.h>
#include <math.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cstdint>

#include "gtest/gtest.h"
#include "jail/call/channel_layout.h"
#include "tests/jail/child_check.h"

namespace cellblock {
namespace {

// By this process's own page table.
bool IsMapped(const void* address) {
  const int pagemap = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
  CHILD_CHECK(pagemap >= 0);
  uint64_t entry = 0;
  const auto page = reinterpret_cast<uintptr_t>(address) / kPageSize;
  CHILD_CHECK(pread(pagemap, &entry, sizeof(entry),
                    static_cast<off_t>(page * sizeof(entry))) == sizeof(entry));
  close(pagemap);
  return (entry >> 63) != 0;
}

long FaultsSoFar() {
  rusage usage;
  CHILD_CHECK(getrusage(RUSAGE_SELF, &usage) == 0);
  return usage.ru_minflt;
}

using MathFunction = double(double);

TEST(Prefault, LooksAtCodeThatTheTemplateHasUsed) {
  MathFunction* volatile used = &lgamma;
  (void)used(1.5);
  const Prefault prefault = Prefault::Take({});
  const void* const code = reinterpret_cast<const void*>(used);
  EXPECT_THAT(InChild([&] {
                // What fork(2) leaves out; else this shows nothing.
                CHILD_CHECK(!IsMapped(code));
                prefault.Look([] { return false; });
                CHILD_CHECK(!IsMapped(code));
                prefault.Look([] { return true; });
                CHILD_CHECK(IsMapped(code));
              }),
              EndsClean());
}

TEST(Prefault, CopiesWhatTheTemplateHasWritten) {
  constexpr size_t kPages = 8;
  void* const memory = mmap(nullptr, kPages * kPageSize, PROT_READ | PROT_WRITE,
                            MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  ASSERT_NE(memory, MAP_FAILED);
  auto* const bytes = static_cast<volatile char*>(memory);
  const auto write = [bytes] {
    for (size_t i = 0; i < kPages; ++i) bytes[i * kPageSize] = 1;
  };
  write();
  const Prefault prefault = Prefault::Take({});
  EXPECT_THAT(InChild([&] {
                (void)FaultsSoFar();
                prefault.Copy();
                const long before = FaultsSoFar();
                write();
                CHILD_CHECK(FaultsSoFar() == before);
              }),
              EndsClean());
  // It is those pages that would have faulted.
  EXPECT_THAT(
      InChild([&] {
        (void)FaultsSoFar();
        const long before = FaultsSoFar();
        write();
        CHILD_CHECK(FaultsSoFar() >= before + static_cast<long>(kPages));
      }),
      EndsClean());
  munmap(memory, kPages * kPageSize);
}

// The pool is another's matter.
TEST(Prefault, LeavesThePoolAlone) {
  void* const memory = mmap(nullptr, kPageSize, PROT_READ | PROT_WRITE,
                            MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  ASSERT_NE(memory, MAP_FAILED);
  auto* const byte = static_cast<volatile char*>(memory);
  *byte = 1;
  // Alone in its line of maps, whatever lies beside it.
  ASSERT_EQ(madvise(memory, kPageSize, MADV_DONTDUMP), 0);
  const Prefault prefault =
      Prefault::Take({static_cast<const std::byte*>(memory), kPageSize});
  EXPECT_THAT(InChild([&] {
                (void)FaultsSoFar();
                prefault.Copy();
                const long before = FaultsSoFar();
                *byte = 2;
                CHILD_CHECK(FaultsSoFar() > before);
              }),
              EndsClean());
  munmap(memory, kPageSize);
}

}  // namespace
}  // namespace cellblock
