// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_TOOLS_JAILRUN_RUNTIME_SYMBOL_USERS_H_
#define CELLBLOCK_TOOLS_JAILRUN_RUNTIME_SYMBOL_USERS_H_

// Which symbols the program and its libraries need of others.
//
// Threads: any, while nothing is loaded. Syscalls: none.

#include <span>

namespace cellblock {

// Whether anything that is loaded has one of `names` as an undefined symbol
// that is not weak. Left out are this runtime, and libstdc++, which has all
// that its users might want; they have symbols of its own for that. What a
// program finds by dlsym alone is not known before it does.
bool AnyNeeds(std::span<const char* const> names);

}  // namespace cellblock

#endif  // CELLBLOCK_TOOLS_JAILRUN_RUNTIME_SYMBOL_USERS_H_
