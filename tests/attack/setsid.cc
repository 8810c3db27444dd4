// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// C3.36. Leaves its session, so that the terminal's signals miss it.

#include "tests/attack/attack.h"

using namespace cellblock;  // NOLINT: one small program

int main() { EscapedIfDone(Call(SYS_setsid), "a session of its own"); }
