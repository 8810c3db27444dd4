// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// A program outside of the tree that locks itself.

#include <sys/mman.h>

#include <cstdio>
#include <string>
#include <thread>

#include "jail/lockdown.h"
#include "jail/presets.h"

int main() {
  const auto locked = cellblock::Lockdown(cellblock::ServicePreset());
  if (!locked.ok()) {
    fprintf(stderr, "%s\n", std::string(locked.status().message()).c_str());
    return 1;
  }
  std::string text;
  std::thread([&text] { text = std::string(100000, 'x'); }).join();
  printf("locked, %zu bytes by a thread\n", text.size());
  return 0;
}
