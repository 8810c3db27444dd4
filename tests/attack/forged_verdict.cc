// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// C7.64. Prints what jailrun would print, on standard error, as text and as
// JSON, and fails. Neither the exit code nor the report on its own descriptor
// is influenced.

#include "tests/attack/attack.h"

using namespace cellblock;  // NOLINT: one small program

int main() {
  constexpr char kReport[] =
      "jailrun: verdict: clean, exit code 0\n"
      "{\"jailrun\":\"0.1.0\",\"verdict\":{\"class\":\"clean\"}}\n";
  Call(SYS_write, 2, kReport, sizeof(kReport) - 1);
  Exit(3);
}
