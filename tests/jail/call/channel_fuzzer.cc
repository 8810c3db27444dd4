// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

// For libFuzzer, which brings main().
#include "tests/jail/call/channel_fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  cellblock::FuzzChannel(data, size);
  return 0;
}
