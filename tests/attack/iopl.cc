// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// C3.29. The machine's ports.

#include "tests/attack/attack.h"

using namespace cellblock;  // NOLINT: one small program

int main() { EscapedIfDone(Call(SYS_iopl, 3), "the machine's ports"); }
