// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

// For libFuzzer, which brings main().
#include "tests/tools/elf_fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  cellblock::FuzzElf(data, size);
  return 0;
}
