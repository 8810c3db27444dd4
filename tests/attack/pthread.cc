// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// C3.30. Threads, by libc, for which there are 16 stacks. To one more the
// runtime answers EAGAIN.

#include <errno.h>
#include <pthread.h>
#include <unistd.h>

#include "tests/attack/attack.h"

using namespace cellblock;  // NOLINT: one small program

int main() {
  int error = 0;
  for (int count = 0; count < 17 && error == 0; ++count) {
    pthread_t thread;
    error = pthread_create(
        &thread, nullptr,
        [](void*) -> void* {
          for (;;) pause();
        },
        nullptr);
  }
  EscapedIfDone(-error, "a thread without a stack");
}
