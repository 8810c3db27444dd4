// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
#ifndef CELLBLOCK_ALLOCATOR_FILL_H_
#define CELLBLOCK_ALLOCATOR_FILL_H_

#include <cstdint>

namespace cellblock {

// What a block holds when it is handed out. kUninitialized promises nothing:
// the block may show what its last owner left in it.
enum class Fill : uint8_t { kZeroed, kUninitialized };

// What memory is known to hold when it is given to the allocator. kZero lets
// kZeroed skip memory that was never handed out; claim it only for memory that
// is zero in every byte, such as a fresh anonymous mapping.
enum class Content : uint8_t { kZero, kUnknown };

}  // namespace cellblock

#endif  // CELLBLOCK_ALLOCATOR_FILL_H_
