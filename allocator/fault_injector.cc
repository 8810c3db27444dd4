// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
#include "allocator/fault_injector.h"

namespace {

cellblock_fault_injector& Injector(void* opaque) {
  return *static_cast<cellblock_fault_injector*>(opaque);
}

bool IsDue(cellblock_fault_injector& injector) {
  ++injector.allocations;
  const bool is_due =
      injector.fault == CELLBLOCK_FAULT_ONCE
          ? injector.allocations == injector.fail_at
          : injector.fail_at != 0 && injector.allocations >= injector.fail_at;
  if (is_due) ++injector.failed;
  return is_due;
}

void* Alloc(void* opaque, size_t bytes) {
  cellblock_fault_injector& injector = Injector(opaque);
  if (IsDue(injector)) return nullptr;
  return injector.wrapped->alloc(injector.wrapped->opaque, bytes);
}

void Free(void* opaque, void* block) {
  const cellblock_allocator& wrapped = *Injector(opaque).wrapped;
  wrapped.free(wrapped.opaque, block);
}

void* Realloc(void* opaque, void* block, size_t bytes) {
  cellblock_fault_injector& injector = Injector(opaque);
  if (IsDue(injector)) return nullptr;
  return injector.wrapped->realloc(injector.wrapped->opaque, block, bytes);
}

size_t UsableSize(void* opaque, const void* block) {
  const cellblock_allocator& wrapped = *Injector(opaque).wrapped;
  return wrapped.usable_size(wrapped.opaque, block);
}

}  // namespace

void cellblock_inject(cellblock_fault_injector* injector,
                      const cellblock_allocator* wrapped, uint64_t fail_at,
                      cellblock_fault fault) {
  *injector = {.allocator = {.alloc = Alloc,
                             .free = Free,
                             .opaque = injector,
                             .realloc = Realloc,
                             .usable_size = UsableSize},
               .allocations = 0,
               .failed = 0,
               .wrapped = wrapped,
               .fail_at = fail_at,
               .fault = fault};
}
