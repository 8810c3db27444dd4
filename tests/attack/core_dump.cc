// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// C7.61. Leaves its memory, and what it was given, in a core file: raises the
// limit as far as it may before the lock, and aborts. The process is not
// dumpable.

#include <stdlib.h>

#include "tests/attack/attack.h"

using namespace cellblock;  // NOLINT: one small program

int main() { abort(); }
