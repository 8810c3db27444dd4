// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_JAIL_CALL_TEMPLATE_MAIN_H_
#define CELLBLOCK_JAIL_CALL_TEMPLATE_MAIN_H_

#include <functional>

#include "absl/status/status.h"
#include "jail/call/decoder.h"
#include "jail/call/template_control.h"

namespace cellblock {

// What a template's workers run.
struct TemplateWork {
  std::function<DecodeFunction> decode = {};
  std::function<absl::Status()> prepare = {};  // may be empty
  // Where the decoder's code begins, for its pages to be there; may be null.
  const void* entry = nullptr;
};

// Whose malloc a worker uses.
enum class WorkerHeap : uint8_t {
  kPool,    // Cellblock's, which has to be there
  kOfHost,  // libc's, given the pool's size ahead: for copies of the host
};

// In a process that holds the descriptors of template_control.h and no
// privilege: prepares, locks itself, and forks workers on command until it is
// killed.
//
// Errors: reported through `control`, and the process ends.
// Threads: one.
[[noreturn]] void RunTemplate(TemplateControl* control,
                              const TemplateWork& work,
                              WorkerHeap heap) noexcept;

// Reports that nothing here can be a template, and ends.
[[noreturn]] void RefuseTemplate(TemplateControl* control, TemplatePhase phase,
                                 const char* message);

// Maps the control behind `fd`. Null iff that is none.
TemplateControl* MapControl(int fd);

}  // namespace cellblock

#endif  // CELLBLOCK_JAIL_CALL_TEMPLATE_MAIN_H_
