// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// C3.29. Bytes in a keyring of the kernel's.

#include "tests/attack/attack.h"

using namespace cellblock;  // NOLINT: one small program

int main() {
  constexpr int kProcessKeyring = -2;
  EscapedIfDone(Call(SYS_add_key, "user", "cellblock", "x", 1, kProcessKeyring),
                "a key");
}
