// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
#ifndef CELLBLOCK_TOOLS_JAILRUN_ELF_IMAGE_H_
#define CELLBLOCK_TOOLS_JAILRUN_ELF_IMAGE_H_

#include <elf.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tools/jailrun/file_bytes.h"
#include "tools/jailrun/refusal.h"

namespace cellblock {

// What an object has to do with `__libc_start_main`, where the jail is entered.
enum class StartMain {
  kAbsent,    // No symbol of that name.
  kOwn,       // Has the name but does not import it: its own would be called.
  kImported,  // The loader binds a reference to it, to the preloaded runtime.
};

// The parts of an x86-64 ELF file that decide whether it can be confined, read
// in two steps: what the kernel looks at, then what the loader looks at.
//
// An import is a relocation that the loader resolves against an undefined
// symbol. The symbol table alone would not do: its length is stated nowhere
// (the GNU hash table covers defined symbols only, and not only those), and an
// undefined symbol that no relocation uses is never bound.
//
// Lifecycle: ReadHeaders, then ReadDynamic if it found no fault; each once.
// Errors: ReadHeaders refuses with kNotExecutable iff execve would fail for the
//   file's headers, and with kSetupFailed iff they are for another
//   architecture than x86-64. ReadDynamic refuses, with kSetupFailed, iff
//   the dynamic section or a table it names lies outside the loaded file
//   bytes, or a limit is passed (4096 dynamic entries, 64 MiB a table): no
//   offset, size or count of the file is taken on trust.
// Ownership: borrows the bytes and the name, which is for messages.
// Threads: one.
// Syscalls: those of FileBytes.
class ElfImage {
 public:
  ElfImage(FileBytes* file, std::string_view name) : file_(file), name_(name) {}
  ElfImage(const ElfImage&) = delete;
  ElfImage& operator=(const ElfImage&) = delete;

  [[nodiscard]] std::optional<Refusal> ReadHeaders();
  [[nodiscard]] std::optional<Refusal> ReadDynamic();

  // After ReadHeaders. The interpreter is the program's loader (PT_INTERP).
  [[nodiscard]] bool has_interpreter() const { return has_interpreter_; }
  [[nodiscard]] const std::string& interpreter() const { return interpreter_; }
  [[nodiscard]] bool position_independent() const { return type_ == ET_DYN; }

  // The loader takes one that says nothing of it for one that does.
  [[nodiscard]] bool wants_executable_stack() const;

  // After ReadDynamic. Strings are as the file has them: $ORIGIN unexpanded.
  [[nodiscard]] const std::vector<std::string>& needed() const {
    return needed_;
  }
  [[nodiscard]] const std::string& rpath() const { return rpath_; }
  [[nodiscard]] const std::string& runpath() const { return runpath_; }
  [[nodiscard]] StartMain start_main() const { return start_main_; }

 private:
  // Bytes of the file that the loader sees at an address.
  struct Extent {
    uint64_t offset = 0;
    uint64_t size = 0;
  };

  // The values of the dynamic section that are used, 0 where absent.
  struct DynamicTags {
    uint64_t strtab = 0;
    uint64_t strsz = 0;
    uint64_t symtab = 0;
    uint64_t rela = 0;
    uint64_t relasz = 0;
    uint64_t relacount = 0;
    uint64_t jmprel = 0;
    uint64_t pltrelsz = 0;
    std::optional<uint64_t> rpath;
    std::optional<uint64_t> runpath;
    std::vector<uint64_t> needed;
  };

  [[nodiscard]] std::optional<Refusal> CheckArchitecture(
      const unsigned char* header) const;
  [[nodiscard]] std::optional<Refusal> ReadInterpreter(const Elf64_Phdr& entry);
  [[nodiscard]] bool ReadTags(uint64_t address, DynamicTags* tags);
  [[nodiscard]] bool FindExtent(uint64_t address, Extent* extent) const;
  [[nodiscard]] bool FindTable(uint64_t address, uint64_t size,
                               Extent* extent) const;
  [[nodiscard]] bool ReadString(const Extent& strings, uint64_t index,
                                std::string* text);
  [[nodiscard]] bool FindStartMain(const Extent& strings,
                                   const DynamicTags& tags);
  [[nodiscard]] bool FindImport(const Extent& relocations, uint64_t skipped,
                                const Extent& symbols, uint64_t name_index,
                                bool* imported);
  [[nodiscard]] Refusal NotExecutable(std::string_view fault) const;
  [[nodiscard]] Refusal Unreadable(std::string_view fault) const;

  FileBytes* file_;
  std::string_view name_;
  uint16_t type_ = ET_NONE;
  bool has_interpreter_ = false;
  std::string interpreter_;
  std::vector<Elf64_Phdr> segments_;
  std::vector<std::string> needed_;
  std::string rpath_;
  std::string runpath_;
  StartMain start_main_ = StartMain::kAbsent;
};

}  // namespace cellblock

#endif  // CELLBLOCK_TOOLS_JAILRUN_ELF_IMAGE_H_
