// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// libc's function that sets a limit. A jail sets none; but what holds secrets,
// as gpg does, turns its core files off first, and ends where it cannot. They
// are off already, so it is told that they are.

#include <errno.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "tools/jailrun/runtime/runtime.h"

namespace cellblock {
namespace {

// jailrun starts every program that it confines with these limits.
bool IsAlreadySo(int resource, const rlimit* limit) {
  return Locked() && resource == RLIMIT_CORE && limit != nullptr &&
         limit->rlim_cur == 0 && limit->rlim_max == 0;
}

int SetLimit(int resource, const rlimit* limit) {
  if (IsAlreadySo(resource, limit)) return 0;
  return static_cast<int>(syscall(SYS_prlimit64, 0, resource, limit, nullptr));
}

}  // namespace
}  // namespace cellblock

CELLBLOCK_EXPORT int setrlimit(__rlimit_resource_t resource,
                               const rlimit* limit) noexcept {
  return cellblock::SetLimit(resource, limit);
}

CELLBLOCK_EXPORT int setrlimit64(__rlimit_resource_t resource,
                                 const rlimit64* limit) noexcept {
  static_assert(sizeof(rlimit) == sizeof(rlimit64));
  return cellblock::SetLimit(resource, reinterpret_cast<const rlimit*>(limit));
}
