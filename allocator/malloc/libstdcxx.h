// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
#ifndef CELLBLOCK_ALLOCATOR_MALLOC_LIBSTDCXX_H_
#define CELLBLOCK_ALLOCATOR_MALLOC_LIBSTDCXX_H_

#include <cstddef>
#include <cstdint>

// What operator new needs of libstdc++ where the pool is exhausted, or where
// the program has an operator new of its own. Two files define it:
// libstdcxx_linked.cc for who links the heap; libstdcxx_found.cc for what is
// preloaded, which must not depend on a library that a program of C lacks.
//
// Threads: any.
// Syscalls: none, of a library that is loaded.
namespace cellblock::libstdcxx {

using NewHandler = void (*)();

// The program's, or null.
NewHandler GetNewHandler();

// Ends the process iff there is no libstdc++.
[[noreturn]] void ThrowBadAlloc();

enum class Form : uint8_t { kSingle, kArray };

// The program's operator new or new[], and null instead of what it throws.
// `alignment` is 0 for the form without one.
void* NewOrNull(Form form, size_t bytes, size_t alignment);

}  // namespace cellblock::libstdcxx

#endif  // CELLBLOCK_ALLOCATOR_MALLOC_LIBSTDCXX_H_
