// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

// A consumer in plain C11 of everything that cellblock_lockdown.h has.
#define _GNU_SOURCE
#include "jail/cellblock_lockdown.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static int passed;
static int failed;

#define CHECK(condition)                                              \
  do {                                                                \
    if (condition) {                                                  \
      ++passed;                                                       \
    } else {                                                          \
      ++failed;                                                       \
      fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition); \
    }                                                                 \
  } while (0)

// How a child of its own ends that is locked by `options` and then runs `body`.
static int end_of_child(const cellblock_lockdown_options* options,
                        int (*body)(void)) {
  const pid_t child = fork();
  if (child == 0) {
    char error[256];
    alarm(20);
    if (cellblock_lockdown(options, error, sizeof(error)) != 0) {
      fprintf(stderr, "%s\n", error);
      _exit(100);
    }
    _exit(body());
  }
  int status = 0;
  CHECK(waitpid(child, &status, 0) == child);
  return status;
}

static void* run(void* argument) { return argument; }

static int start_a_thread(void) {
  pthread_t thread;
  if (pthread_create(&thread, NULL, run, NULL) != 0) return 1;
  return pthread_join(thread, NULL) == 0 ? 0 : 2;
}

static int allocate(void) {
  char* block = malloc(1 << 20);
  if (block == NULL) return 1;
  memset(block, 1, 1 << 20);
  free(block);
  return 0;
}

static int inject(void) {
  return (int)cellblock_inject_forbidden_call(SYS_socket);
}

static int ask_for_the_parent(void) { return getppid() > 0 ? 0 : 1; }

static void check_locked(void) {
  cellblock_lockdown_options options = {.size = sizeof(options)};
  CHECK(end_of_child(&options, allocate) == 0);
  CHECK(end_of_child(&options, start_a_thread) == 0);
  CHECK(end_of_child(&options, ask_for_the_parent) == 0);
  CHECK(WTERMSIG(end_of_child(&options, inject)) == SIGSYS);
  CHECK(cellblock_inject_forbidden_call(SYS_socket) == -EAFNOSUPPORT);

  options.no_threads = 1;
  CHECK(WEXITSTATUS(end_of_child(&options, start_a_thread)) == 1);
  options.no_threads = 0;

  const char* const allow[] = {"getppid", NULL};
  options.preset = "worker";
  CHECK(WTERMSIG(end_of_child(&options, ask_for_the_parent)) == SIGSYS);
  options.allow = allow;
  CHECK(end_of_child(&options, ask_for_the_parent) == 0);
  // What names a call in the report is the library's own copy.
  CHECK(WTERMSIG(end_of_child(&options, inject)) == SIGSYS);
}

static cellblock_lockdown_result try_to_lock(
    const cellblock_lockdown_options* options, const char* says) {
  char error[256] = "";
  const cellblock_lockdown_result result =
      cellblock_lockdown(options, error, sizeof(error));
  if (strstr(error, says) == NULL) fprintf(stderr, "said: %s\n", error);
  CHECK(strstr(error, says) != NULL);
  return result;
}

static void check_errors(void) {
  cellblock_lockdown_options options = {0};
  CHECK(try_to_lock(NULL, "null") == CELLBLOCK_LOCKDOWN_INVALID);
  CHECK(try_to_lock(&options, "size") == CELLBLOCK_LOCKDOWN_INVALID);
  options.size = sizeof(options);
  options.preset = "nothing";
  CHECK(try_to_lock(&options, "service") == CELLBLOCK_LOCKDOWN_INVALID);
  options.preset = NULL;
  options.on_violation = (cellblock_on_violation)7;
  CHECK(try_to_lock(&options, "on_violation") == CELLBLOCK_LOCKDOWN_INVALID);
  options.on_violation = CELLBLOCK_ON_VIOLATION_KILL;
  options.heap = (cellblock_lockdown_heap)7;
  CHECK(try_to_lock(&options, "heap") == CELLBLOCK_LOCKDOWN_INVALID);
  options.heap = CELLBLOCK_LOCKDOWN_HEAP_POOL;
  options.guessing = (cellblock_lockdown_guessing)7;
  CHECK(try_to_lock(&options, "guessing") == CELLBLOCK_LOCKDOWN_INVALID);
  options.guessing = CELLBLOCK_LOCKDOWN_GUESSING_ALLOWED;
  options.no_threads = 1;
  options.threads = 3;
  CHECK(try_to_lock(&options, "no_threads") == CELLBLOCK_LOCKDOWN_INVALID);
  options.no_threads = 0;
  options.threads = 1 << 20;
  CHECK(try_to_lock(&options, "4096") == CELLBLOCK_LOCKDOWN_INVALID);
  options.threads = 0;
  options.wall_limit_ms = UINT64_MAX;
  CHECK(try_to_lock(&options, "wall_limit_ms") == CELLBLOCK_LOCKDOWN_INVALID);
  options.wall_limit_ms = 0;
  const char* const allow[] = {"mmap", NULL};
  options.allow = allow;
  CHECK(try_to_lock(&options, "mmap") == CELLBLOCK_LOCKDOWN_INVALID);
}

static void check_the_error_is_cut(void) {
  char error[8];
  memset(error, 'x', sizeof(error));
  CHECK(cellblock_lockdown(NULL, error, 5) == CELLBLOCK_LOCKDOWN_INVALID);
  CHECK(strcmp(error, "Lock") == 0 && error[5] == 'x');
  CHECK(cellblock_lockdown(NULL, NULL, 0) == CELLBLOCK_LOCKDOWN_INVALID);
}

int main(void) {
  check_locked();
  check_errors();
  check_the_error_is_cut();
  printf("%d passed, %d failed\n", passed, failed);
  return failed == 0 ? 0 : 1;
}
