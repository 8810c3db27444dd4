// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// C3.29. A file system of its own, by the newer calls.

#include "tests/attack/attack.h"

using namespace cellblock;  // NOLINT: one small program

int main() { EscapedIfDone(Call(SYS_fsopen, "tmpfs", 0), "a file system"); }
