// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// libc's functions that start a program, for a jail in which a forbidden call
// fails (--on-violation=errno). libc maps a stack for the child, and unmaps it
// while every signal is blocked: where the clone in between fails, it would die
// of that memory call, which nobody can answer. So the same call is made here
// without a stack, and what libc makes of its failure is returned.

#include <errno.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tools/jailrun/runtime/runtime.h"

namespace cellblock {
namespace {

using Spawn = int(pid_t*, const char*, const posix_spawn_file_actions_t*,
                  const posix_spawnattr_t*, char* const*, char* const*);
using System = int(const char*);
using Open = FILE*(const char*, const char*);

Spawn* g_spawn;
Spawn* g_spawnp;
System* g_system;
Open* g_popen;

bool FailsHere() {
  FindSpawnFunctions();
  return Locked() && TheControl()->forbidden_calls_fail;
}

// The errno that it fails with.
int StartNothing() {
  const long child = syscall(SYS_clone, SIGCHLD, nullptr, nullptr, nullptr, 0);
  if (child == 0) _exit(127);
  return child < 0 ? errno : EPERM;
}

}  // namespace

void FindSpawnFunctions() {
  if (g_popen != nullptr) return;
  g_spawn = Next(g_spawn, "posix_spawn");
  g_spawnp = Next(g_spawnp, "posix_spawnp");
  g_system = Next(g_system, "system");
  g_popen = Next(g_popen, "popen");
}

}  // namespace cellblock

using namespace cellblock;  // NOLINT: what follows has libc's names

CELLBLOCK_EXPORT int posix_spawn(pid_t* child, const char* path,
                                 const posix_spawn_file_actions_t* actions,
                                 const posix_spawnattr_t* attributes,
                                 char* const* argv, char* const* envp) {
  if (FailsHere()) return StartNothing();
  return g_spawn(child, path, actions, attributes, argv, envp);
}

CELLBLOCK_EXPORT int posix_spawnp(pid_t* child, const char* file,
                                  const posix_spawn_file_actions_t* actions,
                                  const posix_spawnattr_t* attributes,
                                  char* const* argv, char* const* envp) {
  if (FailsHere()) return StartNothing();
  return g_spawnp(child, file, actions, attributes, argv, envp);
}

CELLBLOCK_EXPORT int system(const char* command) {
  if (!FailsHere()) return g_system(command);
  errno = StartNothing();
  // As if the shell had ended so; there is none, if that is asked.
  return command == nullptr ? 0 : W_EXITCODE(127, 0);
}

CELLBLOCK_EXPORT FILE* popen(const char* command, const char* mode) {
  if (!FailsHere()) return g_popen(command, mode);
  errno = StartNothing();
  return nullptr;
}
