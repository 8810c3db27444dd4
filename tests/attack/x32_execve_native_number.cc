// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// C1.2. Another program by x32's number for execve without x32's bit, which old
// kernels took. The filter knows no call 520: ENOSYS.

#include "tests/attack/attack.h"

using namespace cellblock;  // NOLINT: one small program

int main() { Refused(Call(520, kShell, kShellWords, nullptr)); }
