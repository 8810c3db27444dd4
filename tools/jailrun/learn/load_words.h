// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_TOOLS_JAILRUN_LEARN_LOAD_WORDS_H_
#define CELLBLOCK_TOOLS_JAILRUN_LEARN_LOAD_WORDS_H_

#include <span>
#include <string>
#include <vector>

namespace cellblock {

// What --load has to be given so that `libraries`, in the order in which they
// were loaded, are there before the lock: each word once, a preset where one
// has it, and nothing for what one before it needs by itself.
// Syscalls: those of reading the files' headers; one that cannot be read is
// taken to need nothing.
std::vector<std::string> LoadWordsFor(std::span<const std::string> libraries);

}  // namespace cellblock

#endif  // CELLBLOCK_TOOLS_JAILRUN_LEARN_LOAD_WORDS_H_
