// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// How many processors there are. libc reads a file for it each time, which not
// every jailed program may.

#include "tools/jailrun/runtime/processors.h"

#include <sys/sysinfo.h>
#include <unistd.h>

#include "tools/jailrun/runtime/libc_function.h"
#include "tools/jailrun/runtime/runtime.h"

namespace cellblock {
namespace {

// 0: not kept.
constinit int g_online = 0;
constinit int g_configured = 0;

constinit Libc<int()> g_get_nprocs("get_nprocs");
constinit Libc<int()> g_get_nprocs_conf("get_nprocs_conf");
constinit Libc<long(int)> g_sysconf("sysconf");

}  // namespace

void FindProcessorFunctions() {
  (void)g_get_nprocs.get();
  (void)g_get_nprocs_conf.get();
  (void)g_sysconf.get();
}

void KeepProcessors() {
  g_configured = g_get_nprocs_conf.get()();
  g_online = g_get_nprocs.get()();
}

}  // namespace cellblock

using namespace cellblock;  // NOLINT: what follows has libc's names

CELLBLOCK_EXPORT int get_nprocs() noexcept {
  return g_online != 0 ? g_online : g_get_nprocs.get()();
}

CELLBLOCK_EXPORT int get_nprocs_conf() noexcept {
  return g_configured != 0 ? g_configured : g_get_nprocs_conf.get()();
}

CELLBLOCK_EXPORT long sysconf(int name) noexcept {
  if (name == _SC_NPROCESSORS_ONLN && g_online != 0) return g_online;
  if (name == _SC_NPROCESSORS_CONF && g_configured != 0) return g_configured;
  return g_sysconf.get()(name);
}
