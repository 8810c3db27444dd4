// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// Which library the loader was refused, for a hint. An ordinary user may not
// look at the descriptors of a process that is not dumpable, so the process
// tells the name itself.

#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <charconv>
#include <iterator>

#include "tools/jailrun/runtime/memory_calls.h"
#include "tools/jailrun/runtime/note_path.h"
#include "tools/jailrun/runtime/runtime.h"

namespace cellblock {

void NoteLateLoad(int fd) {
  Control* const control = TheControl();
  LateLoads* const late = &control->late_loads;
  late->count.fetch_add(1, std::memory_order_relaxed);
  if (!control->names_late_loads || !Locked() ||
      late->shown.load(std::memory_order_relaxed) >= LateLoads::kMostShown) {
    return;
  }
  char name[32] = "/proc/self/fd/";
  char* const number = name + sizeof("/proc/self/fd/") - 1;
  *std::to_chars(number, std::end(name) - 1, fd).ptr = '\0';
  char path[LateLoads::kMostBytes];
  // By number: as the trap that this may be in has it.
  const long length = syscall(SYS_readlink, name, path, sizeof(path));
  // One that does not fit would lead to another file, or to none.
  if (length <= 0 || length == static_cast<long>(sizeof(path))) return;
  path[length] = '\0';
  NotePath(path, late);
}

}  // namespace cellblock
