// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// What processes that come from one template would otherwise share of the
// random bytes that the kernel gave it. Not to be renewed: the addresses of
// everything, the value that libc mangles function pointers with, and the key
// that the pool hides links with, since some are mangled and hidden already.

#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>

#include "tools/jailrun/runtime/runtime.h"
#include "tools/jailrun/runtime/template.h"

namespace cellblock {
namespace {

constexpr size_t kRandomBytes = 16;  // of AT_RANDOM

constinit uintptr_t g_stack_guard = 0;

}  // namespace

void RenewRandomness() {
  struct {
    uintptr_t stack_guard;
    char of_kernel[kRandomBytes];
  } fresh;
  // By number: libc's keeps a state that no fork inherits.
  if (syscall(SYS_getrandom, &fresh, sizeof(fresh), 0) != sizeof(fresh)) {
    FailSetup("there are no random bytes for a process of the template");
  }
  auto* const place = reinterpret_cast<char*>(getauxval(AT_RANDOM));
  if (place != nullptr) memcpy(place, fresh.of_kernel, kRandomBytes);
  // As libc has it: a zero byte stops what copies strings.
  g_stack_guard = fresh.stack_guard & ~uintptr_t{0xff};
}

__attribute__((no_stack_protector)) void EnterMain(Main* main, int argc,
                                                   char** argv, char** envp) {
  // Where compilers for x86-64 look for it.
  __asm__ volatile("movq %0, %%fs:0x28" : : "r"(g_stack_guard) : "memory");
  exit(main(argc, argv, envp));
}

}  // namespace cellblock
