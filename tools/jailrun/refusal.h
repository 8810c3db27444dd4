// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
#ifndef CELLBLOCK_TOOLS_JAILRUN_REFUSAL_H_
#define CELLBLOCK_TOOLS_JAILRUN_REFUSAL_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "jail/exit_code.h"

namespace cellblock {

// Why jailrun does not start a program. `reason` names the file and says what
// is the matter with it; `advice` says what to do and is never empty. Both are
// one line of printable text, whatever the file holds.
struct Refusal {
  ExitCode code = ExitCode::kSetupFailed;
  std::string reason = {};
  std::string advice = {};
  int error = 0;  // the errno behind it; 0: none is known
};

// Whether an errno comes from a lack that may pass: of processes, memory or
// descriptors.
[[nodiscard]] bool IsPassing(int error);

// "what: the errno in words"
[[nodiscard]] std::string WithErrno(const std::string& what, int error);

// `text` with control characters, those that turn the direction of writing, and
// those in `also`, written as \xHH, so that it can be shown on a terminal.
[[nodiscard]] std::string Escaped(std::string_view text,
                                  std::string_view also = {});

// Returns `text` in single quotes for a message, with control characters,
// quotes and backslashes as \xNN: names come from files that may be hostile to
// a terminal.
[[nodiscard]] std::string Quoted(std::string_view text);

// `word` as a shell takes it for one word.
[[nodiscard]] std::string ShellWord(const std::string& word);

// "0x1f"
[[nodiscard]] std::string HexText(uint64_t value);

}  // namespace cellblock

#endif  // CELLBLOCK_TOOLS_JAILRUN_REFUSAL_H_
