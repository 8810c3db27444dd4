// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_JAIL_CALL_MEMORY_SNAPSHOT_H_
#define CELLBLOCK_JAIL_CALL_MEMORY_SNAPSHOT_H_

#include <cstddef>
#include <cstdint>

#include "absl/status/statusor.h"
#include "jail/call/snapshot_state.h"

namespace cellblock {

// This process's own memory as it is at one moment, and the way back to it
// (Freshness::kHeapReset). Hygiene between calls, and no boundary: code that
// has taken the process over can keep from it what it likes.
//
// Restore puts back, byte by byte, and only where it differs, so that pages
// shared with a parent stay so:
//   - every mapping that was private and writable: the data and bss of the
//     program, of libc and of every other library; thread-locals; [heap]; what
//     was mapped otherwise;
//   - the process heap (allocator/malloc/heap_access.h), by what was ever
//     touched of it: it serves the same addresses again, and its figures are
//     those of the snapshot. What was touched since is zeroed;
//   - the x87 environment and MXCSR: rounding modes, masks and flags;
//   - the signal mask.
// And it zeroes the stack from the caller's frame down to RLIMIT_STACK, as it
// was at Take: all that any call has left there, however deep. Below the
// caller's frame stay two words, which are Restore's own.
//
// It does not touch: shared mappings; what was mapped, or made writable, since;
// the caller's frame and those above it, which include arguments and
// environment; the pool above what the heap ever handed out, where only a stray
// pointer can have written; general and vector registers; what the kernel keeps
// (descriptors, offsets, signal actions, timers); and the rseq area, which is
// the kernel's to write.
//
// Lifecycle: Take in the setup phase, as its last step: what is set up later in
//   the memory above is undone by the first Restore. Restore in that process,
//   or one forked from it by whatever means, as often as wanted, before or
//   after the lock. It is never destroyed, and lies in read-only memory of its
//   own. Keep the pointer in a frame that stays, not in a global, which is put
//   back. The frames at and above the caller's must hold nothing that was
//   allocated since, and the caller's source file no static variable that it
//   reads on both sides of the call: a compiler takes it for unchanged.
// Units: bytes.
// Errors: Take: kFailedPrecondition iff it does not run on the main stack, or
//   RLIMIT_STACK is above kMostStackBytes or cannot be reached; kInternal iff
//   /proc/self/maps cannot be read; kResourceExhausted iff there is no memory,
//   or there are more than kMostRanges pieces of it. Restore: none; away from
//   the main stack, it ends the process by SIGILL. A private writable mapping
//   that reaches beyond the end of its file ends the process by SIGBUS, one
//   that is not inherited (MADV_DONTFORK) a forked one by SIGSEGV.
// Threads: one. Threads started since Take are not supported: Restore would
//   change the ground under them.
// Syscalls: Take: open, read, close, getrlimit, access, mmap, mprotect,
//   madvise, rt_sigprocmask. Restore: rt_sigprocmask, twice: no signal is
//   handled in between.
class MemorySnapshot {
 public:
  static constexpr size_t kMostStackBytes = size_t{1} << 30;
  static constexpr size_t kMostRanges = 4096;

  MemorySnapshot(const MemorySnapshot&) = delete;
  MemorySnapshot& operator=(const MemorySnapshot&) = delete;

  static absl::StatusOr<const MemorySnapshot*> Take();

  // Needs 64 KiB of stack below the caller.
  void Restore() const __asm__("cellblock_restore_memory");

  size_t covered_bytes() const { return state_.covered_bytes; }
  size_t copied_bytes() const { return state_.copied_bytes; }

 private:
  MemorySnapshot() = default;

  SnapshotState state_;
};

}  // namespace cellblock

#endif  // CELLBLOCK_JAIL_CALL_MEMORY_SNAPSHOT_H_
