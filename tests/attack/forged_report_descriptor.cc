// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// C4.41. Writes a report of its own to jailrun's descriptor for it, by its
// number. It is not the program's: EBADF.

#include "tests/attack/attack.h"

using namespace cellblock;  // NOLINT: one small program

int main(int, char** argv) {
  constexpr char kReport[] = "{\"verdict\":{\"class\":\"clean\"}}\n";
  const long result =
      Call(SYS_write, NumberIn(argv[1]), kReport, sizeof(kReport) - 1);
  EscapedIfDone(result, "a line of jailrun's report");
}
