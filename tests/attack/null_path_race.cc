// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// C3.37. Opens a path to write that a second thread changes all the while, from
// /dev/null, which is given, to the name of a file, which is not. Whoever
// answers reads the path once and opens the device itself.

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <string.h>
#include <sys/stat.h>

#include <atomic>

#include "tests/attack/attack.h"

using namespace cellblock;  // NOLINT: one small program

namespace {

constexpr size_t kMost = 4096;
constexpr const char* kNull = "/dev/null";
const char* g_file;
char g_path[kMost];
std::atomic<bool> g_changing;

void* Change(void*) {
  for (;;) {
    for (const char* path : {g_file, kNull}) {
      memcpy(g_path, path, strlen(path) + 1);
      g_changing = true;
    }
  }
}

bool IsFile(long fd) {
  struct stat status;
  return Call(SYS_fstat, fd, &status) == 0 && S_ISREG(status.st_mode);
}

}  // namespace

int main(int, char** argv) {
  g_file = argv[1];
  pthread_t thread;
  if (pthread_create(&thread, nullptr, Change, nullptr) != 0) NoEffect();
  while (!g_changing) Call(SYS_sched_yield);
  long refused = 0;
  for (int round = 0; round < 5000 || (refused == 0 && round < 500000);
       ++round) {
    const long fd = Call(SYS_open, g_path, O_WRONLY, 0);
    if (fd >= 0 && IsFile(fd)) Escaped("a file opened for writing");
    if (fd < 0) refused = fd;
    if (fd >= 0) Call(SYS_close, fd);
  }
  // Where it is let through, what the path is meanwhile may not exist.
  if (refused == 0 || refused == -ENOENT) NoEffect();
  Refused(refused);
}
