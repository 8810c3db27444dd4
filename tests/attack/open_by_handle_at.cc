// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// C3.29. Opens a file by its number, past every directory above it.

#include <fcntl.h>

#include "tests/attack/attack.h"

using namespace cellblock;  // NOLINT: one small program

alignas(file_handle) char g_handle[sizeof(file_handle) + MAX_HANDLE_SZ];
__attribute__((constructor)) void TakeHandle(int, char** argv) {
  auto* handle = reinterpret_cast<file_handle*>(g_handle);
  handle->handle_bytes = MAX_HANDLE_SZ;
  int mount;
  Call(SYS_name_to_handle_at, AT_FDCWD, argv[1], handle, &mount, 0);
}

int main(int, char** argv) {
  const long anywhere = Call(SYS_open, argv[1], O_RDONLY);
  Need(anywhere >= 0);
  EscapedIfDone(Call(SYS_open_by_handle_at, anywhere, g_handle, O_RDONLY),
                "a file by its number");
}
