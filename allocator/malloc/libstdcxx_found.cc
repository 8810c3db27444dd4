// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// libstdc++ as the process has it: loaded at start, or late and for one library
// alone.

#include <dlfcn.h>
#include <stdlib.h>

#include "allocator/malloc/libstdcxx.h"

namespace cellblock::libstdcxx {
namespace {

template <typename Function>
Function* Find(const char* name) {
  void* found = dlsym(RTLD_NEXT, name);
  if (found == nullptr) {
    void* const library = dlopen("libstdc++.so.6", RTLD_LAZY | RTLD_NOLOAD);
    if (library == nullptr) return nullptr;
    found = dlsym(library, name);
  }
  return reinterpret_cast<Function*>(found);
}

}  // namespace

NewHandler GetNewHandler() {
  auto* const get = Find<NewHandler()>("_ZSt15get_new_handlerv");
  return get != nullptr ? get() : nullptr;
}

void ThrowBadAlloc() {
  if (auto* const raise = Find<void()>("_ZSt17__throw_bad_allocv")) raise();
  abort();
}

// libstdc++'s own forms do just this. Their last argument, of an empty type, is
// passed by address and not looked at.
void* NewOrNull(Form form, size_t bytes, size_t alignment) {
  const bool is_array = form == Form::kArray;
  const char tag = 0;
  if (alignment == 0) {
    using New = void*(size_t, const void*);
    auto* const make =
        Find<New>(is_array ? "_ZnamRKSt9nothrow_t" : "_ZnwmRKSt9nothrow_t");
    return make != nullptr ? make(bytes, &tag) : nullptr;
  }
  using New = void*(size_t, size_t, const void*);
  auto* const make = Find<New>(is_array ? "_ZnamSt11align_val_tRKSt9nothrow_t"
                                        : "_ZnwmSt11align_val_tRKSt9nothrow_t");
  return make != nullptr ? make(bytes, alignment, &tag) : nullptr;
}

}  // namespace cellblock::libstdcxx
