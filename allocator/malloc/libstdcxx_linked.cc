// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include <new>

#include "allocator/malloc/libstdcxx.h"

namespace cellblock::libstdcxx {

NewHandler GetNewHandler() { return std::get_new_handler(); }

void ThrowBadAlloc() { throw std::bad_alloc(); }

void* NewOrNull(Form form, size_t bytes, size_t alignment) {
  const bool is_array = form == Form::kArray;
  try {
    if (alignment == 0) {
      return is_array ? ::operator new[](bytes) : ::operator new(bytes);
    }
    const std::align_val_t align{alignment};
    return is_array ? ::operator new[](bytes, align)
                    : ::operator new(bytes, align);
  } catch (...) {
    return nullptr;
  }
}

}  // namespace cellblock::libstdcxx
