// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// No attack: the process that attacks are made on. Says where its word is, then
// waits to be ended. It lets itself be traced, as far as Yama is concerned, so
// that only the jail stands in the way.

#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <unistd.h>

volatile long g_word = 42;

int main() {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  prctl(PR_SET_PTRACER, PR_SET_PTRACER_ANY);
  alarm(60);
  printf("%lu\n", reinterpret_cast<unsigned long>(&g_word));
  fflush(stdout);
  // Ends with its word changed iff somebody changed it.
  while (g_word == 42) usleep(10000);
  return 1;
}
