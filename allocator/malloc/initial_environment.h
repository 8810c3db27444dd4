// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
#ifndef CELLBLOCK_ALLOCATOR_MALLOC_INITIAL_ENVIRONMENT_H_
#define CELLBLOCK_ALLOCATOR_MALLOC_INITIAL_ENVIRONMENT_H_

#include <cstddef>
#include <cstdint>
#include <cstring>

// The loader's record of the stack as the kernel made it: argc, then the
// argument and environment pointers.
extern "C" void* __libc_stack_end;  // NOLINT(bugprone-reserved-identifier)

namespace cellblock {

// What stands behind "NAME=" in `entry`, or null.
inline char* ValueOf(char* entry, const char* name) {
  const size_t length = strlen(name);
  return strncmp(entry, name, length) == 0 && entry[length] == '='
             ? entry + length + 1
             : nullptr;
}

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
