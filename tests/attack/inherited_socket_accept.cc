// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// C3.35. Takes a connection in, from a listening socket that it was given.

#include "tests/attack/attack.h"

using namespace cellblock;  // NOLINT: one small program

int main(int, char** argv) {
  EscapedIfDone(Call(SYS_accept, NumberIn(argv[1]), nullptr, nullptr),
                "a connection taken in");
}
