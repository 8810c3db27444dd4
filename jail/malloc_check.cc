// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "jail/malloc_check.h"

#include <stdlib.h>

#include <memory>

#include "allocator/malloc/heap_access.h"

namespace cellblock {

std::string WhyMallocIsNotThePools() {
  const HeapAccess* const heap = FindHeapAccess();
  const std::unique_ptr<void, decltype(&free)> block(malloc(1), &free);
  const auto object = std::make_unique<char>();
  if (block == nullptr) return "malloc has no memory even for one byte";
  for (const void* from : {static_cast<const void*>(block.get()),
                           static_cast<const void*>(object.get())}) {
    if (heap != nullptr && heap->owns(from)) continue;
    return std::string(from == block.get() ? "malloc" : "operator new") +
           " does not serve from Cellblock's pool, and would ask the kernel "
           "for memory after the lock: link //allocator/malloc, or start the "
           "program with LD_PRELOAD=libcellblock_malloc.so and "
           "CELLBLOCK_POOL=SIZE";
  }
  return {};
}

}  // namespace cellblock
