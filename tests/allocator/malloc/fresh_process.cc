// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
#include "tests/allocator/malloc/fresh_process.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

namespace cellblock {
namespace {

constexpr char kVariable[] = "CELLBLOCK_FRESH";
// No body takes a tenth of this; one that hangs dies of SIGALRM.
constexpr unsigned kSeconds = 60;

constinit FreshBody* g_bodies = nullptr;

__attribute__((constructor(300))) void RunTheBodyAskedFor() {
  const char* const name = getenv(kVariable);
  if (name == nullptr) return;
  alarm(kSeconds);
  for (const FreshBody* body = g_bodies; body != nullptr; body = body->next) {
    if (strcmp(body->name, name) != 0) continue;
    body->run();
    fflush(nullptr);
    _exit(0);
  }
  FailFresh(__FILE__, __LINE__, "there is no such body");
}

}  // namespace

void AddFreshBody(FreshBody* body) {
  body->next = g_bodies;
  g_bodies = body;
}

void FailFresh(const char* file, int line, const char* what) {
  fprintf(stderr, "%s:%d: %s\n", file, line, what);
  fflush(nullptr);
  _exit(1);
}

FreshEnd RunFresh(const char* name) {
  int ends[2];
  if (pipe(ends) != 0) return {"no pipe", ""};
  const pid_t child = fork();
  if (child == 0) {
    dup2(ends[1], STDERR_FILENO);
    close(ends[0]);
    close(ends[1]);
    setenv(kVariable, name, 1);
    execl("/proc/self/exe", "fresh", nullptr);
    _exit(126);
  }
  close(ends[1]);
  FreshEnd end;
  char text[4096];
  ssize_t length;
  while ((length = read(ends[0], text, sizeof(text))) > 0) {
    end.errors.append(text, static_cast<size_t>(length));
  }
  close(ends[0]);
  int status = 0;
  if (waitpid(child, &status, 0) != child) {
    end.how = "lost";
  } else if (WIFSIGNALED(status)) {
    end.how = strsignal(WTERMSIG(status));
  } else if (WEXITSTATUS(status) != 0) {
    end.how = "exit code " + std::to_string(WEXITSTATUS(status));
  } else {
    end.how = "clean";
  }
  return end;
}

}  // namespace cellblock
