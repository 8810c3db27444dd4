// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_TOOLS_JAILRUN_EXHAUSTION_CALL_H_
#define CELLBLOCK_TOOLS_JAILRUN_EXHAUSTION_CALL_H_

// How the runtime tells the supervisor, while it happens, that the pool refused
// a request: by prctl(2) with an option that no kernel has. No policy lets
// prctl(2) through, so the filter hands it to the supervisor under each; and
// another filter around jailrun has to let it pass, or nothing could be locked.
// The supervisor looks at the thread that waits in the call, and answers what a
// kernel would. So it needs no signal, no lock and no memory, and works in any
// thread and any signal handler.
//
//   prctl(kExhaustionOption, bytes, alignment, number of the refusal,
//         KeptRegisters*)
//
// A jail can make the call itself, as often as it likes and with any arguments.
// What it says is used for the words of a report, and the supervisor alone
// decides how often it looks.

#include <errno.h>
#include <sys/syscall.h>

#include <cstdint>

namespace cellblock {

inline constexpr uint64_t kExhaustionOption = 0x3ce11b0c;
inline constexpr int kExhaustionAnswer = EINVAL;

inline bool IsExhaustionCall(uint32_t number, const uint64_t args[6]) {
  return number == SYS_prctl && args[0] == kExhaustionOption;
}

// What a thread's registers were when it made the call, as far as its callers
// have to be found by them. Only its instruction is the kernel's word.
struct KeptRegisters {
  uint64_t rbx;
  uint64_t rbp;
  uint64_t rsp;
  uint64_t r12;
  uint64_t r13;
  uint64_t r14;
  uint64_t r15;
};

}  // namespace cellblock

#endif  // CELLBLOCK_TOOLS_JAILRUN_EXHAUSTION_CALL_H_
