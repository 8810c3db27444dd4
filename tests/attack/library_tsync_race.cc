// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// C5.52. A thread that starts others as fast as it can while the process is
// locked: one of them slips out. Afterwards every thread in /proc/self/task is
// locked.

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>

#include "tests/attack/library.h"

using namespace cellblock;  // NOLINT: one small program

struct DirectoryEntry {
  uint64_t inode, offset;
  unsigned short length;
  unsigned char type;
  char name[1];
};

void* Wait(void*) {
  for (;;) Call(SYS_pause);
}

// Until the lock refuses it a thread, or memory for one's stack. It does not
// end: libc aborts if a thread's end cannot give its stack back.
void* StartOthers(void*) {
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setstacksize(&attributes, 16384);
  pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
  pthread_t thread;
  for (int i = 0; i < 2000; ++i) {
    if (pthread_create(&thread, &attributes, &Wait, nullptr) != 0) break;
  }
  return Wait(nullptr);
}

bool IsLocked(const char* thread) {
  char path[64];
  snprintf(path, sizeof(path), "/proc/self/task/%.20s/status", thread);
  const long fd = Call(SYS_open, path, O_RDONLY);
  if (fd < 0) return true;  // it has ended
  static char status[4096];
  const long length = Call(SYS_read, fd, status, sizeof(status) - 1);
  Call(SYS_close, fd);
  if (length <= 0) return true;
  status[length] = '\0';
  return strstr(status, "\nSeccomp:\t2\n") != nullptr;
}

bool AllThreadsAreLocked() {
  const long tasks = Call(SYS_open, "/proc/self/task", O_RDONLY | O_DIRECTORY);
  Need(tasks >= 0);
  static char entries[1 << 16];
  long length;
  while ((length = Call(SYS_getdents64, tasks, entries, sizeof(entries))) > 0) {
    for (long at = 0; at < length;) {
      auto* entry = reinterpret_cast<DirectoryEntry*>(entries + at);
      if (entry->name[0] != '.' && !IsLocked(entry->name)) return false;
      at += entry->length;
    }
  }
  return true;
}

// In a process of its own, since a lock cannot be undone. What would kill is
// refused here, so that the thread which starts others can stop.
[[noreturn]] void Round(bool lock, long microseconds) {
  StartThread(&StartOthers);
  const timespec head_start = {0, microseconds * 1000};
  Call(SYS_nanosleep, &head_start, nullptr);
  if (lock) {
    constexpr uint32_t kRefuse = SECCOMP_RET_ERRNO | EPERM;
    std::vector<sock_filter>& filter = OwnFilter(Notify::kHandler);
    for (sock_filter& insn : filter) {
      if (insn.k == SECCOMP_RET_TRAP) insn.k = kRefuse;
    }
    Need(Lock(filter, Notify::kNobody).failed == LockStep::kDone);
  }
  Exit(AllThreadsAreLocked() ? 0 : 1);
}

int main(int, char** argv) {
  for (long round = 0; round < 40; ++round) {
    const pid_t child = fork();
    if (child == 0) Round(IsToLock(argv), 200 + 97 * round);
    int status = 0;
    Need(waitpid(child, &status, 0) == child && WIFEXITED(status) &&
         WEXITSTATUS(status) <= 1);
    if (WEXITSTATUS(status) == 1) Escaped("a thread without the lock");
  }
  NoEffect();
}
