// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// C3.30. A thread, by libc. The runtime's answer is EAGAIN.

#include <errno.h>
#include <pthread.h>

#include "tests/attack/attack.h"

using namespace cellblock;  // NOLINT: one small program

int main() {
  pthread_t thread;
  const int error = pthread_create(
      &thread, nullptr, [](void*) -> void* { return nullptr; }, nullptr);
  EscapedIfDone(-error, "a thread");
}
