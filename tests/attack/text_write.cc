// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// C2.24. Writes to its own text.

#include "tests/attack/attack.h"

using namespace cellblock;  // NOLINT: one small program

int main() {
  PlaceCode(reinterpret_cast<void*>(&main));
  Escaped("its text written");
}
