// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// The pool of a program that is preloaded with libcellblock_malloc.so, or that
// links //allocator/malloc and makes none of its own. Its size is in the
// environment:
//
//   CELLBLOCK_POOL=1G    bytes, or with one of the suffixes K, M, G, T [1G]
//   CELLBLOCK_HARDENED=1 the hardened mode
//   CELLBLOCK_FILL=zeroed
//                        what malloc hands out is zero [uninitialized]
//
// The pages are provided when they are first touched. What is not understood
// ends the process before main, with the reason. A program that has more rights
// than who starts it, as a set-uid one, is not told by that one's environment.

#include <string.h>
#include <sys/auxv.h>
#include <unistd.h>

#include <utility>

#include "allocator/fill.h"
#include "allocator/malloc/hardened_heap.h"
#include "allocator/malloc/initial_environment.h"
#include "allocator/malloc/process_heap.h"
#include "allocator/region.h"

namespace cellblock {
namespace {

constexpr char kPoolVariable[] = "CELLBLOCK_POOL";
constexpr char kHardenedVariable[] = "CELLBLOCK_HARDENED";
constexpr char kFillVariable[] = "CELLBLOCK_FILL";
constexpr char kSuffixes[] = "KMGT";
constexpr size_t kDefaultBytes = size_t{1} << 30;
constexpr size_t kLeastBytes = size_t{64} << 10;

[[noreturn]] void Fail(const char* variable, const char* value,
                       const char* reason) {
  for (const char* text :
       {"cellblock: ", variable, "=", value, ": ", reason, "\n"}) {
    (void)!write(STDERR_FILENO, text, strlen(text));
  }
  _exit(125);
}

// As secure_getenv, at any time.
const char* Find(const char* variable) {
  if (getauxval(AT_SECURE) != 0) return nullptr;
  char** entry = environ != nullptr ? environ : InitialEnvironment();
  for (; *entry != nullptr; ++entry) {
    if (const char* const value = ValueOf(*entry, variable)) return value;
  }
  return nullptr;
}

// 0 iff it is no size, or does not fit.
size_t ParseSize(const char* text) {
  size_t bytes = 0;
  const char* at = text;
  for (; *at >= '0' && *at <= '9'; ++at) {
    const auto digit = static_cast<size_t>(*at - '0');
    if (__builtin_mul_overflow(bytes, size_t{10}, &bytes) ||
        __builtin_add_overflow(bytes, digit, &bytes)) {
      return 0;
    }
  }
  if (at == text) return 0;
  if (*at == '\0') return bytes;
  const char* const suffix = strchr(kSuffixes, *at);
  if (suffix == nullptr || at[1] != '\0') return 0;
  const auto shift = static_cast<size_t>(10 * (suffix - kSuffixes + 1));
  return bytes > SIZE_MAX >> shift ? 0 : bytes << shift;
}

Fill FillOf(const char* value) {
  if (value == nullptr || strcmp(value, "uninitialized") == 0) {
    return Fill::kUninitialized;
  }
  if (strcmp(value, "zeroed") != 0) {
    Fail(kFillVariable, value, "say zeroed or uninitialized");
  }
  return Fill::kZeroed;
}

Region MapForever(const char* value, size_t bytes) {
  Result<Region> region = Region::Map({.bytes = bytes});
  if (!region.ok()) Fail(kPoolVariable, value, Message(region.error()));
  region->Retain();
  return std::move(region).value();
}

}  // namespace

ProcessPool ProvideProcessPool() {
  const char* const value = Find(kPoolVariable);
  const char* const said = value == nullptr ? "1G" : value;
  const size_t bytes = value == nullptr ? kDefaultBytes : ParseSize(value);
  if (bytes < kLeastBytes) {
    Fail(kPoolVariable, said,
         "is not a size of at least 64K; say for example 200M or 1G");
  }
  const size_t side_bytes = SlabPool::SideBytesFor(bytes);
  if (side_bytes == 0)
    Fail(kPoolVariable, said, Message(AllocatorError::kTooLarge));
  const char* const hardened = Find(kHardenedVariable);
  const bool is_hardened = hardened != nullptr && strcmp(hardened, "1") == 0;
  if (hardened != nullptr && !is_hardened && strcmp(hardened, "0") != 0) {
    Fail(kHardenedVariable, hardened, "say 1 for the hardened mode, or 0");
  }
  const Fill fill = FillOf(Find(kFillVariable));
  const Region pool = MapForever(said, bytes);
  const Region side = MapForever(said, side_bytes);
  void* const live_map =
      is_hardened ? MapForever(said, Hardening::LiveBytesFor(bytes)).data()
                  : nullptr;
  return {.memory = {.base = pool.data(),
                     .bytes = bytes,
                     .side = side.data(),
                     .side_bytes = side_bytes,
                     .content = Content::kZero,
                     .side_content = Content::kZero},
          .fill = fill,
          .safety = is_hardened ? Safety::kHardened : Safety::kChecked,
          .live_map = live_map};
}

}  // namespace cellblock
