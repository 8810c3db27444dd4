// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_TOOLS_JAILRUN_ARGUMENT_DECODER_H_
#define CELLBLOCK_TOOLS_JAILRUN_ARGUMENT_DECODER_H_

#include <string>
#include <vector>

#include "jail/verdict.h"
#include "tools/jailrun/process_memory.h"

namespace cellblock {

// The arguments of a call for a reader: constants by their names, and what lies
// behind pointers.
//
//   socket(2, 526337, 0)     AF_INET, SOCK_STREAM|SOCK_CLOEXEC|…, 0
//   execve(0x55…, 0x7f…, …)  "/bin/sh", ["sh", "-c", "id"], 0x7f…
//   connect(3, 0x7f…, 16)    3, {AF_INET, 192.0.2.1:80}, 16
//
// One text for each argument that the call takes (six for an unknown call; none
// for a last one that the others say is not used, as the mode of a file that is
// only opened), each of at most kArgumentTextBytes and without control
// characters. A pointer to what cannot be read, or to what nobody would read,
// stays a number.
//
// What memory holds is told, not believed: the process can have changed it
// since the kernel looked, or name a constant that the kernel would not accept.
std::vector<std::string> DecodeArguments(const Violation& call,
                                         const MemoryReader& memory);

inline constexpr size_t kArgumentTextBytes = 512;

}  // namespace cellblock

#endif  // CELLBLOCK_TOOLS_JAILRUN_ARGUMENT_DECODER_H_
