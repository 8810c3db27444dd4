// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// The mappings that stay as they are from the lock on.

#include <cstdint>

#include "allocator/malloc/process_heap.h"
#include "jail/lock.h"
#include "jail/seal_code.h"
#include "tools/jailrun/runtime/pages.h"
#include "tools/jailrun/runtime/runtime.h"

namespace cellblock {

int SealMappings() {
  const int error = SealLoadedCode();
  const ProcessHeap::Range pool = ProcessHeap::Get().Clip(nullptr, SIZE_MAX);
  const int result = SealMapping(reinterpret_cast<uintptr_t>(pool.begin),
                                 static_cast<size_t>(pool.end - pool.begin));
  if (error != 0 || result != 0) return error != 0 ? error : result;
  const ProcessHeap::Range reserve = Reserve();
  if (reserve.begin == reserve.end) return 0;
  return SealMapping(reinterpret_cast<uintptr_t>(reserve.begin),
                     static_cast<size_t>(reserve.end - reserve.begin));
}

}  // namespace cellblock
