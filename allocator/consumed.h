// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
#ifndef CELLBLOCK_ALLOCATOR_CONSUMED_H_
#define CELLBLOCK_ALLOCATOR_CONSUMED_H_

// Clang's consumed analysis (-Wconsumed, off by default) follows a handle
// through one function and warns where it is used after it was moved from or
// freed. It sees neither struct members nor other functions, does not follow a
// reference (so no range-based for), and wants a handle to be in one state at
// the start of every turn of a loop: declare it inside. Clang 19 also
// misjudges `if (!handle)` inside `while (true)`. Other compilers ignore these.
#if defined(__clang__)
#define CELLBLOCK_CONSUMABLE \
  __attribute__((consumable(unknown), consumable_auto_cast_state))
#define CELLBLOCK_USE __attribute__((callable_when("unconsumed", "unknown")))
#define CELLBLOCK_CONSUMES __attribute__((set_typestate(consumed)))
#define CELLBLOCK_TESTS __attribute__((test_typestate(unconsumed)))
#else
#define CELLBLOCK_CONSUMABLE  // a class of handles
#define CELLBLOCK_USE         // a member for handles that are not consumed
#define CELLBLOCK_CONSUMES    // a member after which the handle is consumed
#define CELLBLOCK_TESTS       // a member that tells: true iff not consumed
#endif

#endif  // CELLBLOCK_ALLOCATOR_CONSUMED_H_
