// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
#include "allocator/adapters/memory_resource.h"

#include <new>

namespace cellblock {

void* PoolResource::do_allocate(size_t bytes, size_t alignment) {
  void* const block =
      pool_->AllocateBlock(bytes, {.alignment = alignment, .owner = owner_});
  if (block == nullptr) throw std::bad_alloc();
  return block;
}

void PoolResource::do_deallocate(void* block, size_t, size_t) {
  pool_->FreeBlock(block);
}

bool PoolResource::do_is_equal(const memory_resource& other) const noexcept {
  const auto* const resource = dynamic_cast<const PoolResource*>(&other);
  return resource != nullptr && resource->pool_ == pool_;
}

}  // namespace cellblock
