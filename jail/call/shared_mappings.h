// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_JAIL_CALL_SHARED_MAPPINGS_H_
#define CELLBLOCK_JAIL_CALL_SHARED_MAPPINGS_H_

#include <mutex>

namespace cellblock {

// Held between mapping what is shared with a worker and keeping it from forked
// processes, and while a copy of this process is forked: a jail's copies have
// nothing of what another jail shares.
//
// Threads: any. Syscalls: futex.
inline std::mutex& SharedMappings() {
  static std::mutex mutex;
  return mutex;
}

}  // namespace cellblock

#endif  // CELLBLOCK_JAIL_CALL_SHARED_MAPPINGS_H_
