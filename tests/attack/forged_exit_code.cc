// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// C9.69. Exits with the code by which jailrun says that it found a violation.
// The report tells it apart.

#include "tests/attack/attack.h"

using namespace cellblock;  // NOLINT: one small program

int main() { Exit(159); }
