// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_TESTS_ATTACK_EXHAUSTION_CALL_H_
#define CELLBLOCK_TESTS_ATTACK_EXHAUSTION_CALL_H_

// The call by which the runtime tells jailrun who was refused memory, with what
// the runtime would never say.

#include "tests/attack/attack.h"
#include "tools/jailrun/exhaustion_call.h"

namespace cellblock {

inline void MakeExhaustionCalls() {
  constexpr uint64_t kHuge = ~uint64_t{0};
  // Each frame says that the one above is itself, called from here.
  static uint64_t frames[1 << 17];
  uint64_t here;
  __asm__ volatile("lea 0(%%rip), %0" : "=r"(here));
  for (size_t i = 0; frames[1] == 0 && i < sizeof(frames) / 8; i += 2) {
    frames[i] = static_cast<uint64_t>(Word(frames));
    frames[i + 1] = here;
  }
  KeptRegisters circle = {};
  circle.rsp = circle.rbp = static_cast<uint64_t>(Word(frames));
  KeptRegisters nowhere;
  memset(&nowhere, 0xff, sizeof(nowhere));
  const uint64_t addresses[] = {0, kHuge, static_cast<uint64_t>(Word(&nowhere)),
                                static_cast<uint64_t>(Word(&circle))};
  for (const uint64_t address : addresses) {
    Call(SYS_prctl, kExhaustionOption, kHuge, kHuge, kHuge, address);
  }
}

}  // namespace cellblock

#endif  // CELLBLOCK_TESTS_ATTACK_EXHAUSTION_CALL_H_
