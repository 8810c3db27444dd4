// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_JAIL_CALL_SHOWN_WORDS_H_
#define CELLBLOCK_JAIL_CALL_SHOWN_WORDS_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace cellblock {

// Which part of words that are too long is shown.
enum class Shown : uint8_t { kBeginning, kEnd };

// What a worker said, in double quotes, for a message on a terminal or in a
// log: printable ASCII as it is, quotes and backslashes behind a backslash,
// every other byte as \xNN. Longer than `limit` bytes, the rest becomes
// "[N bytes more]", outside the quotes. Threads: any. Syscalls: those of
// memory.
std::string ShownWords(std::string_view words, size_t limit, Shown shown);

}  // namespace cellblock

#endif  // CELLBLOCK_JAIL_CALL_SHOWN_WORDS_H_
