// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_JAIL_CALL_INIT_H_
#define CELLBLOCK_JAIL_CALL_INIT_H_

#include <span>

#include "jail/call/template_main.h"

namespace cellblock {

struct NamedWork {
  const char* name;
  TemplateWork work;
};

// jail::Init, for decoders of any kind.
void InitWorker(int argc, char** argv, std::span<const NamedWork> decoders);

// True iff this process has called jail::Init, so that it becomes a worker when
// it is executed as one. Threads: any. Syscalls: none.
bool IsInitialized();

}  // namespace cellblock

#endif  // CELLBLOCK_JAIL_CALL_INIT_H_
