// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
#ifndef CELLBLOCK_ALLOCATOR_MALLOC_INITIAL_ENVIRONMENT_H_
#define CELLBLOCK_ALLOCATOR_MALLOC_INITIAL_ENVIRONMENT_H_

#include <cstdint>

// The loader's record of the stack as the kernel made it: argc, then the
// argument and environment pointers.
extern "C" void* __libc_stack_end;  // NOLINT(bugprone-reserved-identifier)

namespace cellblock {

// The environment that the kernel gave to this process, ended by null. The
// first allocation can come before libc has set `environ`.
//
// Syscalls: none.
inline char** InitialEnvironment() {
  auto* const words = static_cast<uintptr_t*>(__libc_stack_end);
  return reinterpret_cast<char**>(words + words[0] + 2);
}

}  // namespace cellblock

#endif  // CELLBLOCK_ALLOCATOR_MALLOC_INITIAL_ENVIRONMENT_H_
