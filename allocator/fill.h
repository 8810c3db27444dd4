// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
#ifndef CELLBLOCK_ALLOCATOR_FILL_H_
#define CELLBLOCK_ALLOCATOR_FILL_H_

#include <cstddef>
#include <cstdint>

namespace cellblock {

// What a block holds when it is handed out. kUninitialized promises nothing:
// the block may show what its last owner left in it. kFunction: what the
// user's function made of it.
enum class Fill : uint8_t { kZeroed, kUninitialized, kFunction };

// Runs over every byte of a block that is about to be handed out.
using FillFunction = void (*)(void* block, size_t bytes, void* context);

// What happens to a block that is given back. kOnFree clears it at once, so
// that nothing of it stays readable.
enum class Scrub : uint8_t { kNever, kOnFree };

// What memory is known to hold when it is given to the allocator. kZero lets
// kZeroed skip memory that was never handed out; claim it only for memory that
// is zero in every byte, such as a fresh anonymous mapping.
enum class Content : uint8_t { kZero, kUnknown };

}  // namespace cellblock

#endif  // CELLBLOCK_ALLOCATOR_FILL_H_
