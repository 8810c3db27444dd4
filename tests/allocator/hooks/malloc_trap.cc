// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
#include "tests/allocator/hooks/malloc_trap.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <initializer_list>

#if defined(__SANITIZE_ADDRESS__)
#define CELLBLOCK_ASAN
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define CELLBLOCK_ASAN
#endif
#endif

#ifdef CELLBLOCK_ASAN
// Declared here since GCC's package has the function, but not its header.
extern "C" int __sanitizer_install_malloc_and_free_hooks(
    void (*on_malloc)(const volatile void* block, size_t bytes),
    void (*on_free)(const volatile void* block));
#endif

namespace {

constinit bool g_armed = false;

void Check(const char* name) {
  if (!g_armed) return;
  g_armed = false;
  for (const char* text : {"trapped: ", name, "\n"}) {
    if (write(STDERR_FILENO, text, strlen(text)) < 0) abort();
  }
  abort();
}

}  // namespace

namespace cellblock {

MallocTrap::MallocTrap() {
#ifdef CELLBLOCK_ASAN
  [[maybe_unused]] static const int installed =
      __sanitizer_install_malloc_and_free_hooks(
          [](const volatile void*, size_t) { Check("malloc"); },
          [](const volatile void*) { Check("free"); });
#endif
  g_armed = true;
}

MallocTrap::~MallocTrap() { g_armed = false; }

}  // namespace cellblock

#ifndef CELLBLOCK_ASAN

// These take the place of libc's in the whole process. Operator new and delete
// are libstdc++'s, which call them.
extern "C" {

void* __libc_malloc(size_t bytes);
void* __libc_calloc(size_t count, size_t bytes);
void* __libc_realloc(void* block, size_t bytes);
void* __libc_memalign(size_t alignment, size_t bytes);
void __libc_free(void* block);

void* malloc(size_t bytes) {
  Check("malloc");
  return __libc_malloc(bytes);
}

void* calloc(size_t count, size_t bytes) {
  Check("calloc");
  return __libc_calloc(count, bytes);
}

void* realloc(void* block, size_t bytes) {
  Check("realloc");
  return __libc_realloc(block, bytes);
}

void* reallocarray(void* block, size_t count, size_t bytes) {
  Check("reallocarray");
  size_t product = 0;
  if (__builtin_mul_overflow(count, bytes, &product)) {
    errno = ENOMEM;
    return nullptr;
  }
  return __libc_realloc(block, product);
}

void free(void* block) {
  Check("free");
  __libc_free(block);
}

void* memalign(size_t alignment, size_t bytes) {
  Check("memalign");
  return __libc_memalign(alignment, bytes);
}

void* aligned_alloc(size_t alignment, size_t bytes) {
  Check("aligned_alloc");
  return __libc_memalign(alignment, bytes);
}

int posix_memalign(void** block, size_t alignment, size_t bytes) {
  Check("posix_memalign");
  void* const got = __libc_memalign(alignment, bytes);
  if (got == nullptr) return ENOMEM;
  *block = got;
  return 0;
}

void* valloc(size_t bytes) {
  Check("valloc");
  return __libc_memalign(static_cast<size_t>(getpagesize()), bytes);
}

void* pvalloc(size_t bytes) {
  Check("pvalloc");
  const size_t page = static_cast<size_t>(getpagesize());
  return __libc_memalign(page, (bytes + page - 1) & -page);
}

}  // extern "C"

#endif  // CELLBLOCK_ASAN
