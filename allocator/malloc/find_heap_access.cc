// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include <dlfcn.h>

#include "allocator/malloc/heap_access.h"

// What is linked with this is found by the linker: a program's own symbols are
// not in its dynamic table unless it exports them.
#pragma weak cellblock_heap_access

namespace cellblock {
namespace {

using Function = const HeapAccess*();

Function* FindFunction() {
  if (&cellblock_heap_access != nullptr) return &cellblock_heap_access;
  return reinterpret_cast<Function*>(
      dlsym(RTLD_DEFAULT, "cellblock_heap_access"));
}

const HeapAccess* Find() {
  Function* const function = FindFunction();
  if (function == nullptr) return nullptr;
  const HeapAccess* const access = function();
  return access->version == HeapAccess::kVersion &&
                 access->stats_bytes == sizeof(HeapStats)
             ? access
             : nullptr;
}

}  // namespace

const HeapAccess* FindHeapAccess() {
  static const HeapAccess* const access = Find();
  return access;
}

}  // namespace cellblock
