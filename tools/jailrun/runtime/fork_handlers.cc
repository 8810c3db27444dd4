// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// What libraries asked to have done at a fork, noted for the forks of a
// template, which libc does not see. pthread_atfork(3) comes down to this
// symbol.

#include "tools/jailrun/runtime/fork_handlers.h"

#include <dlfcn.h>
#include <errno.h>

#include <cstddef>

#include "tools/jailrun/runtime/runtime.h"

namespace cellblock {
namespace {

using Handler = void();
using Register = int(Handler*, Handler*, Handler*, void*);

struct Handlers {
  Handler* prepare;
  Handler* parent;
  Handler* child;
};

constexpr size_t kMost = 64;

// Of the setup phase, when there is one thread.
constinit Handlers g_handlers[kMost] = {};
constinit size_t g_count = 0;
constinit Register* g_register = nullptr;

void Call(Handler* handler) {
  if (handler != nullptr) handler();
}

// A library may be gone that asked.
bool IsLoaded(Handler* handler) {
  Dl_info info;
  return handler == nullptr ||
         dladdr(reinterpret_cast<void*>(handler), &info) != 0;
}

}  // namespace

void FindForkHandlers() {
  if (g_register == nullptr) {
    g_register = Next(g_register, "__register_atfork");
  }
}

bool CanCallForkHandlers() {
  if (g_count > kMost) return false;
  for (size_t i = 0; i < g_count; ++i) {
    const Handlers& handlers = g_handlers[i];
    if (!IsLoaded(handlers.prepare) || !IsLoaded(handlers.parent) ||
        !IsLoaded(handlers.child)) {
      return false;
    }
  }
  return true;
}

void BeforeFork() {
  for (size_t i = g_count; i > 0; --i) Call(g_handlers[i - 1].prepare);
}

void AfterForkInParent() {
  for (size_t i = 0; i < g_count; ++i) Call(g_handlers[i].parent);
}

void AfterForkInChild() {
  for (size_t i = 0; i < g_count; ++i) Call(g_handlers[i].child);
}

}  // namespace cellblock

// NOLINTNEXTLINE(bugprone-reserved-identifier): libc's name
CELLBLOCK_EXPORT int __register_atfork(void (*prepare)(), void (*parent)(),
                                       void (*child)(), void* library) {
  using namespace cellblock;
  FindForkHandlers();
  if (g_register == nullptr) return ENOSYS;
  const int error = g_register(prepare, parent, child, library);
  if (error != 0 || Locked()) return error;
  if (g_count < kMost) g_handlers[g_count] = {prepare, parent, child};
  if (g_count <= kMost) ++g_count;
  return 0;
}
