// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
#ifndef CELLBLOCK_TESTS_TOOLS_ELF_BUILDER_H_
#define CELLBLOCK_TESTS_TOOLS_ELF_BUILDER_H_

#include <elf.h>

#include <cstddef>
#include <string>
#include <vector>

namespace cellblock {

// How an object made by BuildElf has `__libc_start_main`.
enum class StartSymbol {
  kAbsent,
  kImported,      // Undefined, with a relocation in DT_RELA.
  kPltImported,   // Undefined, with a relocation in DT_JMPREL.
  kUnreferenced,  // Undefined, without a relocation.
  kDefined,
  kHidden,  // Undefined and hidden, with a relocation.
};

struct ElfRecipe {
  std::string interpreter = "/lib64/ld-linux-x86-64.so.2";  // Empty: none.
  std::vector<std::string> needed = {"libc.so.6"};
  std::string rpath = "";    // Empty: none.
  std::string runpath = "";  // Empty: none.
  StartSymbol start = StartSymbol::kImported;
};

// A position-independent x86-64 ELF file, right in every header and table that
// an inspector reads, and without code. The pointers reach into `bytes`, to be
// written through.
struct ElfFile {
  std::string bytes;

  Elf64_Ehdr* header();
  Elf64_Phdr* segment(uint32_t type);
  Elf64_Dyn* tag(int64_t tag);
  Elf64_Sym* symbol();
  Elf64_Rela* relocation();
};

[[nodiscard]] ElfFile BuildElf(const ElfRecipe& recipe);

}  // namespace cellblock

#endif  // CELLBLOCK_TESTS_TOOLS_ELF_BUILDER_H_
