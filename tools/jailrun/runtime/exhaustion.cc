// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// Tells the supervisor of what the pool refused, while the stack still says who
// asked for it.

#include <atomic>
#include <bit>
#include <cstddef>

#include "allocator/malloc/process_heap.h"
#include "tools/jailrun/exhaustion_call.h"
#include "tools/jailrun/runtime/runtime.h"

namespace cellblock {
namespace {

std::atomic<uint64_t> g_refusals{0};

// The first 64, then eight in each doubling: a program may be refused a million
// times, and what is told last is never far from the last.
bool IsToBeTold(uint64_t count) {
  constexpr int kDigits = 4;
  const int width = std::bit_width(count);
  return count <= 64 || (count & ((uint64_t{1} << (width - kDigits)) - 1)) == 0;
}

// The registers are stored by the very block that makes the call: they belong
// to the instruction that the kernel reports.
void Call(const RefusedRequest& request) {
  KeptRegisters kept;
  long result = SYS_prctl;
  register uint64_t number __asm__("r10") = request.number;
  register KeptRegisters* registers __asm__("r8") = &kept;
  __asm__ volatile(
      "movq %%rbx, %c[rbx](%%r8)\n\t"
      "movq %%rbp, %c[rbp](%%r8)\n\t"
      "movq %%rsp, %c[rsp](%%r8)\n\t"
      "movq %%r12, %c[r12](%%r8)\n\t"
      "movq %%r13, %c[r13](%%r8)\n\t"
      "movq %%r14, %c[r14](%%r8)\n\t"
      "movq %%r15, %c[r15](%%r8)\n\t"
      "syscall"
      : "+a"(result), "=m"(kept)
      : "D"(kExhaustionOption), "S"(request.bytes), "d"(request.alignment),
        "r"(number), "r"(registers), [rbx] "i"(offsetof(KeptRegisters, rbx)),
        [rbp] "i"(offsetof(KeptRegisters, rbp)),
        [rsp] "i"(offsetof(KeptRegisters, rsp)),
        [r12] "i"(offsetof(KeptRegisters, r12)),
        [r13] "i"(offsetof(KeptRegisters, r13)),
        [r14] "i"(offsetof(KeptRegisters, r14)),
        [r15] "i"(offsetof(KeptRegisters, r15))
      : "rcx", "r11", "memory");
}

void OnRefusal(const RefusedRequest& request) {
  if (IsToBeTold(g_refusals.fetch_add(1, std::memory_order_relaxed) + 1)) {
    Call(request);
  }
}

}  // namespace

void TellOfExhaustion() { ProcessHeap::Get().ObserveRefusals(&OnRefusal); }

}  // namespace cellblock
