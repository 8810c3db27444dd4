// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

// Pools make no system call once they are created: everything that can be done
// with one is done under a filter that kills for any call but write(2),
// exit_group(2) and rt_sigreturn(2).
//
// The child may not use gtest's macros, which allocate. LOCKED_CHECK writes
// what failed and leaves with kFailed.
#include <errno.h>
#include <gtest/gtest.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdint>
#include <cstring>
#include <utility>

#include "allocator/heap_prealloc.h"
#include "tests/allocator/random.h"

namespace cellblock {
namespace {

constexpr int kFailed = 3;
constexpr int kCannotLock = 4;

#define LOCKED_STRING_(x) #x
#define LOCKED_STRING(x) LOCKED_STRING_(x)
#define LOCKED_CHECK(condition) \
  if (!(condition))             \
  LeaveLocked("line " LOCKED_STRING(__LINE__) ": " #condition "\n")

// Not by _exit(3): before a call that does not return, the address sanitizer
// makes system calls of its own.
void Leave(int code) { syscall(SYS_exit_group, code); }

void LeaveLocked(const char* message) {
  const ssize_t written = write(STDERR_FILENO, message, strlen(message));
  Leave(written < 0 ? kFailed + 10 : kFailed);
}

#if defined(__x86_64__)
constexpr uint32_t kArchitecture = AUDIT_ARCH_X86_64;
#elif defined(__aarch64__)
constexpr uint32_t kArchitecture = AUDIT_ARCH_AARCH64;
#endif

void LockByHand() {
  sock_filter code[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, arch)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, kArchitecture, 1, 0),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_write, 3, 0),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_exit_group, 2, 0),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_rt_sigreturn, 1, 0),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  const sock_fprog program = {
      .len = static_cast<unsigned short>(std::size(code)), .filter = code};
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
      syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) != 0) {
    Leave(kCannotLock);
  }
}

// Runs `body` in a child of its own and returns its wait status.
template <typename F>
int StatusOf(F body) {
  const pid_t child = fork();
  if (child == 0) {
    body();
    Leave(0);
  }
  int status = 0;
  EXPECT_EQ(waitpid(child, &status, 0), child);
  return status;
}

testing::AssertionResult ExitsClean(int status) {
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) {
    return testing::AssertionSuccess();
  }
  return testing::AssertionFailure()
         << (WIFSIGNALED(status) ? "killed by signal " : "exit code ")
         << (WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
}

bool AllZero(const Cell<uint8_t>& cell) {
  for (uint8_t byte : cell) {
    if (byte != 0) return false;
  }
  return true;
}

// Fills the pool, churns it, runs it dry, and takes it down.
void UseEverything(HeapPrealloc pool, Fill fill) {
  LOCKED_CHECK(pool.Validate().ok());
  {
    Cell<uint8_t> cell = pool.Allocate<uint8_t>(1000);
    LOCKED_CHECK(cell);
    LOCKED_CHECK(fill != Fill::kZeroed || AllZero(cell));
    memset(cell.data(), 0xEE, cell.size());
    cell[999] = 1;
    pool.FreeCell(std::move(cell));
    LOCKED_CHECK(!cell);  // NOLINT: what is left after the move
    Result<Cell<int>> tried = pool.TryAllocate<int>(10);
    LOCKED_CHECK(tried.ok());
    Cell<int> aligned = pool.AllocCell<int>(10, {.alignment = 4096});
    LOCKED_CHECK(aligned);
    LOCKED_CHECK(!pool.Allocate<int>(0));
    LOCKED_CHECK(!pool.Allocate<int>(SIZE_MAX));
    LOCKED_CHECK(pool.last_error() == AllocatorError::kExhausted);
    LOCKED_CHECK(!pool.TryAllocate<uint8_t>(pool.stats().pool_bytes).ok());
    Cell<int> moved = std::move(aligned);
    for (int& value : moved) value = 7;
    LOCKED_CHECK(moved.span()[9] == 7);
  }
  LOCKED_CHECK(pool.stats().in_use_bytes == 0);
  constexpr size_t kCells = 100;
  Cell<uint8_t> cells[kCells];
  Random random(1);
  for (int step = 0; step < 20'000; ++step) {
    Cell<uint8_t>& cell = cells[random.Below(kCells)];
    cell = pool.Allocate<uint8_t>(random.LogUniform(15));
    if (!cell) continue;
    LOCKED_CHECK(fill != Fill::kZeroed || AllZero(cell));
    memset(cell.data(), 0xEE, cell.size());
  }
  LOCKED_CHECK(pool.stats().exhausted > 2);
  LOCKED_CHECK(pool.LargestFree() < pool.stats().pool_bytes);
  LOCKED_CHECK(pool.Validate().ok());
  HeapPrealloc elsewhere = std::move(pool);
  for (Cell<uint8_t>& cell : cells) cell = Cell<uint8_t>();
  LOCKED_CHECK(elsewhere.LargestFree() == elsewhere.stats().pool_bytes);
  LOCKED_CHECK(elsewhere.Validate().ok());
}

void UseHeapCalls(Heap& heap) {
  uint8_t* const pages =
      static_cast<uint8_t*>(heap.AllocateDivided(8192, 4096, Fill::kZeroed));
  LOCKED_CHECK(pages != nullptr && heap.IsPiece(pages + 4096));
  LOCKED_CHECK(heap.Free(pages) == AllocatorError::kNone);
  LOCKED_CHECK(heap.Free(pages) == AllocatorError::kDoubleFree);
  LOCKED_CHECK(heap.ResizeInPlace(pages + 4096, 100));
  LOCKED_CHECK(heap.ResizeInPlace(pages + 4096, 4096));
  LOCKED_CHECK(heap.UsableSize(pages + 4096) == 4096);
  LOCKED_CHECK(heap.Owns(pages) && !heap.Owns(&heap));
  LOCKED_CHECK(heap.Validate().ok());
}

TEST(LockedPoolLiveTest, TheFilterKills) {
  const int status = StatusOf([] {
    LockByHand();
    syscall(SYS_getppid);
  });
  ASSERT_FALSE(WIFEXITED(status) && WEXITSTATUS(status) == kCannotLock)
      << "this kernel has no seccomp filters: nothing was tested";
  ASSERT_TRUE(WIFSIGNALED(status));
  EXPECT_EQ(WTERMSIG(status), SIGSYS);
}

TEST(LockedPoolLiveTest, UnmappingAPoolAfterTheLockIsAViolation) {
  const int status = StatusOf([] {
    Result<HeapPrealloc> pool = HeapPrealloc::Create({.bytes = 4096});
    LockByHand();
  });
  ASSERT_TRUE(WIFSIGNALED(status));
  EXPECT_EQ(WTERMSIG(status), SIGSYS);
}

TEST(LockedPoolLiveTest, SeedParity_Row01_MappedPoolsMakeNoCall) {
  for (Fill fill : {Fill::kZeroed, Fill::kUninitialized}) {
    for (Commit commit : {Commit::kLazy, Commit::kPopulate, Commit::kLock}) {
      EXPECT_TRUE(ExitsClean(StatusOf([=] {
        Result<HeapPrealloc> pool = HeapPrealloc::Create(
            {.bytes = 256 * 1024, .fill = fill, .commit = commit});
        if (!pool.ok()) LeaveLocked(Message(pool.error()));
        pool->RetainMemory();
        LockByHand();
        UseEverything(std::move(pool).value(), fill);
      })));
    }
  }
}

TEST(LockedPoolLiveTest, SeedParity_Row01_BorrowedPoolsMakeNoCall) {
  for (Fill fill : {Fill::kZeroed, Fill::kUninitialized}) {
    EXPECT_TRUE(ExitsClean(StatusOf([=] {
      uint8_t buffer[256 * 1024];
      memset(buffer, 0xA5, sizeof(buffer));
      LockByHand();
      // Even making one makes none.
      Result<HeapPrealloc> pool =
          HeapPrealloc::CreateOver(buffer, sizeof(buffer), {.fill = fill});
      LOCKED_CHECK(pool.ok());
      UseEverything(std::move(pool).value(), fill);
    })));
  }
}

TEST(LockedPoolLiveTest, HeapsMakeNoCall) {
  EXPECT_TRUE(ExitsClean(StatusOf([] {
    alignas(4096) uint8_t memory[64 * 1024];
    uint64_t table[4 * 1024];
    Heap heap;
    LockByHand();
    LOCKED_CHECK(heap.Attach({.base = memory,
                              .bytes = sizeof(memory),
                              .table = table,
                              .table_bytes = sizeof(table),
                              .unit = 64,
                              .content = Content::kUnknown,
                              .table_content = Content::kUnknown,
                              .stats = nullptr}) == AllocatorError::kNone);
    UseHeapCalls(heap);
  })));
}

}  // namespace
}  // namespace cellblock
