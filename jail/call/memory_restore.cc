// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// The way back. Nothing here calls libc, or has data of its own: the globals of
// libc, and the addresses by which it is called, change under its feet.

#include <signal.h>
#include <stddef.h>
#include <sys/syscall.h>

#include "jail/call/snapshot_state.h"

namespace cellblock {
namespace {

// Below its entry, Restore uses no more than a quarter of what its last step
// zeroes; the rest of the stack is zeroed page by page, where it is not.
constexpr size_t kLastBytes = 16 << 10;
constexpr size_t kOwnBytes = kLastBytes / 4;

void BlockAllSignals() {
  const uint64_t all = ~uint64_t{0};
  register long size __asm__("r10") = sizeof(all);
  long result = SYS_rt_sigprocmask;
  __asm__ volatile("syscall"
                   : "+a"(result)
                   : "D"(SIG_SETMASK), "S"(&all), "d"(nullptr), "r"(size)
                   : "rcx", "r11", "memory");
}

void PutBack(const SnapshotState& state, const SnapshotRange& range) {
  const uint32_t* slot = state.slots + range.first_slot;
  ForEachPage(range.begin, range.end, [&](uintptr_t begin, uintptr_t end) {
    const uint32_t number = *slot++;
    if (number == 0) {
      if (!Equals(begin, end, nullptr)) ZeroBytes(begin, end - begin);
      return;
    }
    const char* const copy =
        state.copies + (number - 1) * kSnapshotPage + begin % kSnapshotPage;
    if (!Equals(begin, end, copy)) CopyBytes(begin, copy, end - begin);
  });
}

void ZeroPages(uintptr_t begin, uintptr_t end) {
  ForEachPage(begin, end, [](uintptr_t from, uintptr_t to) {
    if (!Equals(from, to, nullptr)) ZeroBytes(from, to - from);
  });
}

}  // namespace
}  // namespace cellblock

// All but the last step, which is below.
extern "C" [[gnu::visibility("hidden"), gnu::used]] void
cellblock_restore_memory_steps(const cellblock::SnapshotState* state) {
  using cellblock::HeapArea;
  const auto frame = reinterpret_cast<uintptr_t>(__builtin_frame_address(0));
  if (frame < state->stack_low + 4 * cellblock::kLastBytes ||
      frame >= state->stack_end) {
    __builtin_trap();
  }
  cellblock::BlockAllSignals();
  // What the heap has touched is known as long as its figures are not put back.
  HeapArea now[cellblock::HeapAccess::kMostAreas];
  if (state->heap_areas != nullptr) state->heap_areas(now);
  for (size_t i = 0; i < state->heap_area_count; ++i) {
    const HeapArea& then = state->heap[i];
    cellblock::ZeroPages(TouchedEnd(then, then.touched),
                         TouchedEnd(then, now[i].touched));
  }
  for (size_t i = 0; i < state->range_count; ++i) {
    cellblock::PutBack(*state, state->ranges[i]);
  }
  cellblock::ZeroPages(state->stack_low, (frame - 2 * cellblock::kOwnBytes) &
                                             -cellblock::kSnapshotPage);
  __asm__ volatile("fldenv %0" : : "m"(state->x87));
  __asm__ volatile("ldmxcsr %0" : : "m"(state->mxcsr));
}

namespace {

static_assert(offsetof(cellblock::SnapshotState, signal_mask) == 0);
static_assert(cellblock::kLastBytes == 16384);
static_assert(SYS_rt_sigprocmask == 14 && SIG_SETMASK == 2);

}  // namespace

// MemorySnapshot::Restore: the steps; then zeroes where they, and calls before
// them, had their frames; then the mask, so that no handler puts anything there
// in between.
__asm__(R"(
  .pushsection .text.cellblock_restore_memory, "ax", @progbits
  .globl cellblock_restore_memory
  .type cellblock_restore_memory, @function
cellblock_restore_memory:
  .cfi_startproc
  endbr64
  pushq %rbx
  .cfi_adjust_cfa_offset 8
  .cfi_rel_offset %rbx, 0
  movq %rdi, %rbx
  call cellblock_restore_memory_steps
  leaq -16384(%rsp), %rdi
  movl $2048, %ecx
  xorl %eax, %eax
  rep stosq
  movl $14, %eax
  movl $2, %edi
  movq %rbx, %rsi
  xorl %edx, %edx
  movl $8, %r10d
  syscall
  popq %rbx
  .cfi_adjust_cfa_offset -8
  .cfi_restore %rbx
  ret
  .cfi_endproc
  .size cellblock_restore_memory, . - cellblock_restore_memory
  .popsection
)");
