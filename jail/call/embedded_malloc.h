// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_JAIL_CALL_EMBEDDED_MALLOC_H_
#define CELLBLOCK_JAIL_CALL_EMBEDDED_MALLOC_H_

#include <cstdint>
#include <span>

namespace cellblock {

// libcellblock_malloc.so, which every worker preloads, as the bytes of its
// file: a program that makes a jail needs no other file beside it.
std::span<const uint8_t> EmbeddedMalloc();

}  // namespace cellblock

#endif  // CELLBLOCK_JAIL_CALL_EMBEDDED_MALLOC_H_
