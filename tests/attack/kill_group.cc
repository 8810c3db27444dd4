// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// C3.31. Signals its process group, the shell's pipeline that it is a part of.
// With signal 0, which only asks whether it could.

#include "tests/attack/attack.h"

using namespace cellblock;  // NOLINT: one small program

int main() { EscapedIfDone(Call(SYS_kill, 0, 0), "a group signalled"); }
