// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_JAIL_MALLOC_CHECK_H_
#define CELLBLOCK_JAIL_MALLOC_CHECK_H_

#include <string>

namespace cellblock {

// Empty iff this process's malloc and operator new serve from Cellblock's pool,
// which then has been made; else why not, and what to do.
// Threads: any. Syscalls: those of the first allocation; setup phase only.
std::string WhyMallocIsNotThePools();

}  // namespace cellblock

#endif  // CELLBLOCK_JAIL_MALLOC_CHECK_H_
