// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
#ifndef CELLBLOCK_TESTS_ALLOCATOR_MALLOC_PROVIDED_POOL_H_
#define CELLBLOCK_TESTS_ALLOCATOR_MALLOC_PROVIDED_POOL_H_

// A program that links this has a process heap over one static pool, beside
// the malloc that it uses itself. Older memory is ignored and counted.

#include <cstddef>
#include <cstdint>

#include "allocator/heap_stats.h"

namespace cellblock {

inline constexpr size_t kProvidedBytes = size_t{4} << 20;

char* ProvidedBegin();
inline char* ProvidedEnd() { return ProvidedBegin() + kProvidedBytes; }

const HeapStats& ProvidedStats();  // the copy that is kept
uint64_t ProvidedIgnoredFrees();   // ditto
int ProvidedCalls();               // of ProvideProcessPool

// Runs inside ProvideProcessPool, if it is set before the first use.
extern void (*g_while_providing)();

}  // namespace cellblock

#endif  // CELLBLOCK_TESTS_ALLOCATOR_MALLOC_PROVIDED_POOL_H_
