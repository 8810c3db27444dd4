// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// C3.31. Sends another process a signal with a value.

#include <signal.h>

#include "tests/attack/attack.h"

using namespace cellblock;  // NOLINT: one small program

int main(int, char** argv) {
  siginfo_t info = {};
  info.si_code = SI_QUEUE;
  EscapedIfDone(Call(SYS_rt_sigqueueinfo, NumberIn(argv[1]), 15, &info),
                "another process ended");
}
