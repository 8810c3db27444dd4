// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "allocator/malloc/initial_environment.h"
#include "jail/exit_code.h"
#include "tools/jailrun/runtime/runtime.h"

namespace cellblock {
namespace {

constinit Connection g_connection;
constinit std::atomic<bool> g_locked{false};

void Remove(char** entry) {
  // The bytes too, so that /proc/self/environ shows them no more than getenv.
  memset(*entry, 0, strlen(*entry));
  for (; *entry != nullptr; ++entry) entry[0] = entry[1];
}

// Our library stands first in LD_PRELOAD, the user's own list behind it.
void RestorePreload(char** entry, char* value) {
  char* rest = value;
  while (*rest != '\0' && *rest != ':') ++rest;
  if (*rest == '\0') return Remove(entry);
  const size_t length = strlen(rest + 1);
  const size_t total = static_cast<size_t>(rest - value) + 1 + length;
  memmove(value, rest + 1, length + 1);
  memset(value + length, 0, total - length);
}

// "MEMFD,SOCKET,HELD"
bool ParseDescriptors(const char* text, Connection* connection) {
  for (int* fd : {&connection->memfd, &connection->socket, &connection->held}) {
    char* end = nullptr;
    *fd = static_cast<int>(strtol(text, &end, 10));
    const bool last = fd == &connection->held;
    if (end == text || *end != (last ? '\0' : ',')) return false;
    text = end + 1;
  }
  return true;
}

bool TakeVariables(Connection* connection) {
  bool found = false;
  char** entry = InitialEnvironment();
  while (*entry != nullptr) {
    char* const current = *entry;
    if (char* value = ValueOf(current, kControlVariable)) {
      found = ParseDescriptors(value, connection);
      Remove(entry);
    } else if (char* preload = ValueOf(current, "LD_PRELOAD")) {
      RestorePreload(entry, preload);
    }
    if (*entry == current) ++entry;
  }
  return found;
}

}  // namespace

const Connection& Connect() {
  if (g_connection.control != nullptr) return g_connection;
  if (!TakeVariables(&g_connection)) {
    FailSetup("this library works only in a program that jailrun starts");
  }
  // By number: `mmap` is ours.
  const long address =
      syscall(SYS_mmap, nullptr, sizeof(Control), PROT_READ | PROT_WRITE,
              MAP_SHARED, g_connection.memfd, 0L);
  if (address == -1) FailSetup("cannot map what jailrun shares");
  auto* control = reinterpret_cast<Control*>(address);
  if (control->magic != kControlMagic) {
    FailSetup("jailrun and its runtime are of different versions");
  }
  g_connection.control = control;
  g_connection.pid = getpid();
  return g_connection;
}

void Reconnect() {
  // In the same place, to which much leads already. By number: `mmap` is ours.
  const long address = syscall(SYS_mmap, g_connection.control, sizeof(Control),
                               PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED,
                               g_connection.memfd, 0L);
  if (address == -1) FailSetup("cannot map what jailrun shares");
  g_connection.pid = getpid();
}

Control* TheControl() { return g_connection.control; }

bool Locked() { return g_locked.load(std::memory_order_relaxed); }

void SetLocked() { g_locked.store(true, std::memory_order_relaxed); }

void FailSetup(const char* reason) {
  char line[256] = "cellblock: ";
  const size_t prefix = strlen(line);
  const size_t length = strnlen(reason, sizeof(line) - prefix - 1);
  memcpy(line + prefix, reason, length);
  line[prefix + length] = '\n';
  (void)!write(STDERR_FILENO, line, prefix + length + 1);
  _exit(static_cast<int>(ExitCode::kSetupFailed));
}

}  // namespace cellblock
