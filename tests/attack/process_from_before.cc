// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// C5.53. Has a process that a constructor started act for it: it has no lock.
// Documented: what runs before main is not confined, nor what it starts.

#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <sys/socket.h>

#include "tests/attack/attack.h"

using namespace cellblock;  // NOLINT: one small program

long g_child;
volatile long* g_shared;  // 1 once main asks, then what the other one got
BEFORE_THE_LOCK StartProcess() {
  signal(SIGCHLD, SIG_IGN);  // so that nobody has to wait for it
  const long at = Call(SYS_mmap, nullptr, kPageBytes, PROT_READ | PROT_WRITE,
                       MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  Need(at > 0);
  g_shared = reinterpret_cast<volatile long*>(at);
  const long parent = Call(SYS_getpid);
  g_child = Call(SYS_fork);
  if (g_child != 0) return;
  while (g_shared[0] == 0 && Call(SYS_getppid) == parent) sched_yield();
  g_shared[1] = Call(SYS_socket, AF_INET, SOCK_STREAM, 0);
  Exit(0);
}

int main() {
  g_shared[0] = 1;
  while (g_shared[1] == 0) Call(SYS_sched_yield);
  char path[64];
  snprintf(path, sizeof(path), "/proc/%ld", g_child);
  while (Call(SYS_access, path, 0) == 0) Call(SYS_sched_yield);
  if (g_shared[1] < 0) Refused(g_shared[1]);
  Granted("a socket by a process from before main");
}
