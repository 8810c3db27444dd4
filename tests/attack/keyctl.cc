// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// C4.43. Asks for its session's keyring, where credentials are.

#include "tests/attack/attack.h"

using namespace cellblock;  // NOLINT: one small program

int main() {
  constexpr int kGetKeyring = 0;
  constexpr int kProcessKeyring = -2;
  EscapedIfDone(Call(SYS_keyctl, kGetKeyring, kProcessKeyring, 1, 0, 0),
                "a keyring");
}
