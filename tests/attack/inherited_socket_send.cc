// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// C3.35. Sends on a connected socket that it was given, to an address of its
// choice.

#include "tests/attack/attack.h"

using namespace cellblock;  // NOLINT: one small program

int main(int, char** argv) {
  EscapedIfDone(Call(SYS_sendto, NumberIn(argv[1]), "hello", 5, 0, nullptr, 0),
                "a datagram");
}
