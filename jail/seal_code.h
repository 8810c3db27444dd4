// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_JAIL_SEAL_CODE_H_
#define CELLBLOCK_JAIL_SEAL_CODE_H_

namespace cellblock {

// The code and read-only data of the program and its libraries keep their
// mappings for as long as the process lives (SealMapping of jail/lock.h).
//
// Errors: the errno of the first that could not be sealed, else 0; ENOSYS iff
// the kernel cannot. Threads: none that loads or unloads a library meanwhile.
// Syscalls: mseal. No memory is taken or given back.
[[nodiscard]] int SealLoadedCode();

}  // namespace cellblock

#endif  // CELLBLOCK_JAIL_SEAL_CODE_H_
