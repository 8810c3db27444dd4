// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// C3.27. Locks once more, with a filter that allows everything and has a
// listener of its own.

#include "tests/attack/library.h"

using namespace cellblock;  // NOLINT: one small program

int main(int, char** argv) {
  if (IsToLock(argv)) LockAlone();
  const LockResult result = Lock(kAllowAll, Notify::kSupervisor);
  if (result.failed == LockStep::kDone) Escaped("a listener of its own");
  Refused(-result.error);
}
