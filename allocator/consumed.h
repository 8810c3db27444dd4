// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
#ifndef CELLBLOCK_ALLOCATOR_CONSUMED_H_
#define CELLBLOCK_ALLOCATOR_CONSUMED_H_

// Clang's consumed analysis follows a handle through one function and refuses
// its use after it was moved from or freed: -Werror=consumed, off by default.
// Other compilers ignore these words.
//
// It misses a mistake in a struct member, in an element of a container, through
// a reference (so in a range-based for), across functions, and where only one
// of two branches consumes.
//
// It refuses what is no mistake: a loop whose turns start with a handle that is
// consumed in one and not in another, so declare it inside; and a loop in front
// of FreeCell in a function with one way out, so let `if (!handle) return;` be
// a second one. Each of these is a fixture in tests/allocator/compile_fail/.
//
// The test of a handle has no word (test_typestate): a loop after it would be
// refused, because the handle is known before and not after.
#if defined(__clang__)
#define CELLBLOCK_CONSUMABLE \
  __attribute__((consumable(unknown), consumable_auto_cast_state))
#define CELLBLOCK_MADE_EMPTY __attribute__((return_typestate(unknown)))
#define CELLBLOCK_USE __attribute__((callable_when("unconsumed", "unknown")))
#define CELLBLOCK_CONSUMES __attribute__((set_typestate(consumed)))
#else
#define CELLBLOCK_CONSUMABLE  // a class of handles
#define CELLBLOCK_MADE_EMPTY  // a constructor of an empty handle
#define CELLBLOCK_USE         // a member for handles that are not consumed
#define CELLBLOCK_CONSUMES    // a member after which the handle is consumed
#endif

#endif  // CELLBLOCK_ALLOCATOR_CONSUMED_H_
