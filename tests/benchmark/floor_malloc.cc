// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// The floor of the malloc measurements, preloaded like the contenders: what is
// left of malloc when nothing is checked, counted, owned, merged or given back.
// Each thread has a list of free blocks for each size class, linked through
// the blocks themselves; a block goes to the list of whoever frees it. Chunks
// of one class each are cut off a mapping that is as large as it needs to be; a
// table tells a chunk's class. What a thread holds when it ends is lost.

#include <errno.h>
#include <malloc.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <bit>

namespace {

constexpr size_t kRegionBytes = size_t{32} << 30;  // valgrind maps no more
constexpr size_t kChunkBytes = 64 << 10;
constexpr size_t kLargestBytes = kRegionBytes / 2;
constexpr size_t kTabledBytes = 1 << 10;

constexpr uint32_t LogOf(size_t value) {
  return 63 - static_cast<uint32_t>(std::countl_zero(value));
}

// Eight classes to a power of two, from 16 bytes on.
constexpr uint32_t ComputeClass(size_t bytes) {
  constexpr uint32_t kFirst = 3 * 8 + 15;
  const size_t last = (bytes - 1) | 15;
  const uint32_t log = LogOf(last);
  return log * 8 + static_cast<uint32_t>(last >> (log - 3)) - kFirst;
}

constexpr size_t BytesOf(size_t size_class) {
  const uint32_t step = size_class + 7;
  return size_t{step % 8 + 9} << (step / 8);
}

constexpr uint32_t kClasses = ComputeClass(kLargestBytes) + 1;
static_assert(kClasses <= 256, "a chunk's class is a byte");
static_assert(BytesOf(0) == 16 && ComputeClass(16) == 0 &&
              ComputeClass(17) > 0 && BytesOf(kClasses - 1) == kLargestBytes);

// By units of 16 bytes.
constexpr auto kClassOfSmall = [] {
  std::array<uint8_t, kTabledBytes / 16 + 1> classes = {};
  for (size_t i = 1; i < classes.size(); ++i) {
    classes[i] = static_cast<uint8_t>(ComputeClass(i * 16));
  }
  return classes;
}();

struct Free {
  Free* next;
};

struct Rest {
  char* begin;
  char* end;
};

thread_local constinit Free* t_lists[kClasses]
    __attribute__((tls_model("initial-exec"))) = {};
thread_local constinit Rest t_rests[kClasses]
    __attribute__((tls_model("initial-exec"))) = {};

uint8_t g_classes[kRegionBytes / kChunkBytes];
// g_classes, moved so that a block's address by kChunkBytes is the index.
uintptr_t g_class_of_chunk;
std::atomic<char*> g_next;
char* g_end;

// The first call comes from the loader or libc, before there are threads.
bool MapRegion() {
  void* const mapped =
      mmap(nullptr, kRegionBytes + kChunkBytes, PROT_READ | PROT_WRITE,
           MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (mapped == MAP_FAILED) return false;
  const uintptr_t first =
      (reinterpret_cast<uintptr_t>(mapped) + kChunkBytes - 1) / kChunkBytes;
  g_class_of_chunk = reinterpret_cast<uintptr_t>(g_classes) - first;
  g_next = reinterpret_cast<char*>(first * kChunkBytes);
  g_end = g_next + kRegionBytes;
  return true;
}

uint8_t& ClassOfBlock(const void* block) {
  return *reinterpret_cast<uint8_t*>(
      g_class_of_chunk + reinterpret_cast<uintptr_t>(block) / kChunkBytes);
}

[[gnu::noinline]] void* Cut(size_t size_class) {
  const size_t bytes = BytesOf(size_class);
  Rest& rest = t_rests[size_class];
  if (static_cast<size_t>(rest.end - rest.begin) < bytes) {
    if (g_next == nullptr && !MapRegion()) return nullptr;
    const size_t taken = (bytes + kChunkBytes - 1) & ~(kChunkBytes - 1);
    char* const chunks = g_next.fetch_add(static_cast<ptrdiff_t>(taken));
    if (chunks + taken > g_end) {
      errno = ENOMEM;
      return nullptr;
    }
    ClassOfBlock(chunks) = static_cast<uint8_t>(size_class);
    rest = {chunks, chunks + taken};
  }
  char* const block = rest.begin;
  rest.begin += bytes;
  return block;
}

void* Pop(size_t size_class) {
  Free* const head = t_lists[size_class];
  if (head == nullptr) return Cut(size_class);
  t_lists[size_class] = head->next;
  return head;
}

[[gnu::noinline]] void* AllocateLarge(size_t bytes) {
  if (bytes <= kLargestBytes) return Pop(ComputeClass(bytes));
  errno = ENOMEM;
  return nullptr;
}

void* Allocate(size_t bytes) {
  if (bytes > kTabledBytes) [[unlikely]] {
    return AllocateLarge(bytes);
  }
  return Pop(kClassOfSmall[(bytes + 15) / 16]);
}

void Release(void* block) {
  if (block == nullptr) return;
  Free* const head = static_cast<Free*>(block);
  Free*& list = t_lists[ClassOfBlock(block)];
  head->next = list;
  list = head;
}

}  // namespace

#define EXPORT __attribute__((visibility("default")))

extern "C" {

EXPORT void* malloc(size_t bytes) { return Allocate(bytes); }
EXPORT void free(void* block) { Release(block); }

EXPORT void* calloc(size_t count, size_t each) {
  size_t bytes;
  if (__builtin_mul_overflow(count, each, &bytes)) {
    errno = ENOMEM;
    return nullptr;
  }
  void* const block = malloc(bytes);
  return block == nullptr ? nullptr : memset(block, 0, bytes);
}

EXPORT size_t malloc_usable_size(void* block) noexcept {
  return block == nullptr ? 0 : BytesOf(ClassOfBlock(block));
}

EXPORT void* realloc(void* block, size_t bytes) {
  if (block == nullptr) return malloc(bytes);
  const size_t before = malloc_usable_size(block);
  if (bytes <= before) return block;
  void* const moved = malloc(bytes);
  if (moved == nullptr) return nullptr;
  memcpy(moved, block, before);
  free(block);
  return moved;
}

// Blocks of a power of two lie at multiples of it, as far as chunks do.
EXPORT void* memalign(size_t alignment, size_t bytes) {
  if (alignment <= 16) return malloc(bytes);
  if (alignment > kChunkBytes || bytes > kLargestBytes) {
    errno = ENOMEM;
    return nullptr;
  }
  return malloc(std::bit_ceil(std::max(alignment, bytes)));
}

EXPORT void* aligned_alloc(size_t alignment, size_t bytes)
    __attribute__((alias("memalign")));

EXPORT int posix_memalign(void** result, size_t alignment, size_t bytes) {
  *result = memalign(alignment, bytes);
  return *result == nullptr ? ENOMEM : 0;
}

}  // extern "C"

// libstdc++'s would be one more call each.
EXPORT void* operator new(size_t bytes) { return Allocate(bytes); }
EXPORT void* operator new[](size_t bytes) { return Allocate(bytes); }
EXPORT void operator delete(void* block) noexcept { Release(block); }
EXPORT void operator delete[](void* block) noexcept { Release(block); }
EXPORT void operator delete(void* block, size_t) noexcept { Release(block); }
EXPORT void operator delete[](void* block, size_t) noexcept { Release(block); }
