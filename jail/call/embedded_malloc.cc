// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "jail/call/embedded_malloc.h"

namespace cellblock {
namespace {

constexpr uint8_t kLibrary[] = {
#include "jail/call/embedded_malloc_data.inc"
};

}  // namespace

std::span<const uint8_t> EmbeddedMalloc() { return kLibrary; }

}  // namespace cellblock
