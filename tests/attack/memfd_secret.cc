// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// C2.15. Memory that not even the kernel maps.

#include "tests/attack/attack.h"

using namespace cellblock;  // NOLINT: one small program

int main() { EscapedIfDone(Call(SYS_memfd_secret, 0), "secret memory"); }
