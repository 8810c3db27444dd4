// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// C7.63, C9.69. Has jailrun list what it made up: every number of a call once.
// The list is bounded.

#include "tests/attack/attack.h"

using namespace cellblock;  // NOLINT: one small program

int main() {
  for (long number = 500; number < 20500; ++number) Call(number);
  NoEffect();
}
