// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// No thread starts after the lock: its stack would have to be mapped. Programs
// are told so in a way that they know, EAGAIN, and most go on with one thread.

#include <errno.h>
#include <pthread.h>

#include "tools/jailrun/runtime/runtime.h"

namespace cellblock {
namespace {

using Create = int(pthread_t*, const pthread_attr_t*, void* (*)(void*), void*);

Create* g_create;

}  // namespace

void FindThreadFunctions() {
  if (g_create == nullptr) g_create = Next(g_create, "pthread_create");
}

}  // namespace cellblock

CELLBLOCK_EXPORT int pthread_create(pthread_t* thread,
                                    const pthread_attr_t* attributes,
                                    void* (*body)(void*),
                                    void* argument) noexcept {
  cellblock::FindThreadFunctions();
  if (cellblock::Locked()) {
    ++cellblock::TheControl()->counters.refused_threads;
    return EAGAIN;
  }
  return cellblock::g_create(thread, attributes, body, argument);
}
