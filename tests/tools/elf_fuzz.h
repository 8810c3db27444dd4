// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
#ifndef CELLBLOCK_TESTS_TOOLS_ELF_FUZZ_H_
#define CELLBLOCK_TESTS_TOOLS_ELF_FUZZ_H_

#include <cstddef>
#include <cstdint>

namespace cellblock {

// How far the inspection of a file went.
enum class ElfVerdict {
  kNoHeaders,  // ReadHeaders refused it.
  kNoDynamic,  // ReadDynamic did.
  kRead,
};

// Takes any bytes as a file that jailrun is asked to run, and inspects it: as
// an ELF file in memory, through a descriptor, and with more behind its end,
// which must show the same; and as a script, which must start the interpreter
// that the kernel would take. What is found must lie in the file, and what is
// refused must be refused presentably. The first thing that is wrong is named
// on standard error and ends the process by a signal.
//
// Libraries are looked for only where no name has a slash, so that nothing is
// opened outside the current directory, the one above it and the system's.
ElfVerdict FuzzElf(const uint8_t* data, size_t size);

}  // namespace cellblock

#endif  // CELLBLOCK_TESTS_TOOLS_ELF_FUZZ_H_
