// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// C3.29. Learns a file's number.

#include <fcntl.h>

#include "tests/attack/attack.h"

using namespace cellblock;  // NOLINT: one small program

int main(int, char** argv) {
  alignas(file_handle) static char bytes[sizeof(file_handle) + MAX_HANDLE_SZ];
  auto* handle = reinterpret_cast<file_handle*>(bytes);
  handle->handle_bytes = MAX_HANDLE_SZ;
  int mount;
  EscapedIfDone(
      Call(SYS_name_to_handle_at, AT_FDCWD, argv[1], handle, &mount, 0),
      "a file's number");
}
