// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
#include "tools/jailrun/elf_image.h"

#include <elf.h>
#include <limits.h>
#include <string.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "tools/jailrun/file_bytes.h"
#include "tools/jailrun/refusal.h"

namespace cellblock {
namespace {

// With its NUL, so that a match is the whole rest of a name.
constexpr std::string_view kStartMainName("__libc_start_main\0", 18);

constexpr size_t kMaxProgramHeaders = 65536 / sizeof(Elf64_Phdr);  // Kernel's.
constexpr size_t kMaxDynamicEntries = 4096;
constexpr uint64_t kMaxTableBytes = uint64_t{64} << 20;
// Enough for a long list of directories.
constexpr size_t kMaxStringBytes = 65536;
// Of all libraries' names: many entries can share one long string.
constexpr size_t kMaxNamesBytes = size_t{1} << 20;
// Linkers write a name once, or as the tail of another. More places than this
// are no linker's work.
constexpr int kMaxNamePlaces = 16;

std::string MachineName(uint16_t machine, unsigned char elf_class,
                        unsigned char byte_order) {
  switch (machine) {
    case EM_386:
      return "i386";
    case EM_X86_64:
      return elf_class == ELFCLASS32 ? "x32" : "x86-64";
    case EM_ARM:
      return "arm";
    case EM_AARCH64:
      return "aarch64";
    case EM_RISCV:
      return elf_class == ELFCLASS32 ? "riscv32" : "riscv64";
    case EM_PPC:
      return "powerpc";
    case EM_PPC64:
      return byte_order == ELFDATA2LSB ? "ppc64le" : "ppc64";
    case EM_S390:
      return elf_class == ELFCLASS32 ? "s390" : "s390x";
    case EM_MIPS:
      return "mips";
    case EM_SPARCV9:
      return "sparc64";
    case EM_LOONGARCH:
      return "loongarch";
    default:
      return "machine number " + std::to_string(machine);
  }
}

}  // namespace

Refusal ElfImage::NotExecutable(std::string_view fault) const {
  return {ExitCode::kNotExecutable,
          Quoted(name_) + " is no ELF file that can run: " + std::string(fault),
          "Build or install it again; readelf -hl shows its headers."};
}

Refusal ElfImage::Unreadable(std::string_view fault) const {
  return {ExitCode::kSetupFailed,
          Quoted(name_) + " cannot be inspected: " + std::string(fault),
          "Build or install it again; readelf -d shows its dynamic section."};
}

std::optional<Refusal> ElfImage::CheckArchitecture(
    const unsigned char* header) const {
  const unsigned char elf_class = header[EI_CLASS];
  const unsigned char byte_order = header[EI_DATA];
  const unsigned char* at = header + offsetof(Elf64_Ehdr, e_machine);
  const auto machine = static_cast<uint16_t>(
      byte_order == ELFDATA2MSB ? at[0] << 8 | at[1] : at[1] << 8 | at[0]);
  if (elf_class == ELFCLASS64 && byte_order == ELFDATA2LSB &&
      machine == EM_X86_64) {
    return std::nullopt;
  }
  std::string kind = MachineName(machine, elf_class, byte_order);
  if (elf_class == ELFCLASS32) kind += ", 32-bit";
  if (elf_class != ELFCLASS32 && elf_class != ELFCLASS64) {
    kind += ", of an unknown class";
  }
  if (byte_order == ELFDATA2MSB) kind += ", big-endian";
  if (byte_order != ELFDATA2MSB && byte_order != ELFDATA2LSB) {
    kind += ", of an unknown byte order";
  }
  return Refusal{ExitCode::kSetupFailed,
                 Quoted(name_) + " is for another architecture (" + kind +
                     "): jailrun confines x86-64 programs only",
                 "Use a build of the program for 64-bit x86-64."};
}

std::optional<Refusal> ElfImage::ReadInterpreter(const Elf64_Phdr& entry) {
  // The kernel's limits: at least one character and its NUL.
  if (entry.p_filesz < 2 || entry.p_filesz > PATH_MAX) {
    return NotExecutable("the name of its loader has an impossible length");
  }
  interpreter_.resize(entry.p_filesz);
  if (!file_->Read(entry.p_offset, interpreter_.data(), interpreter_.size())) {
    return NotExecutable("the name of its loader lies beyond the file's end");
  }
  if (interpreter_.back() != '\0') {
    return NotExecutable("the name of its loader has no end");
  }
  interpreter_.resize(strlen(interpreter_.c_str()));
  has_interpreter_ = true;
  return std::nullopt;
}

std::optional<Refusal> ElfImage::ReadHeaders() {
  unsigned char bytes[sizeof(Elf64_Ehdr)];
  const size_t got = file_->ReadSome(0, bytes, sizeof(bytes));
  if (got < SELFMAG || memcmp(bytes, ELFMAG, SELFMAG) != 0) {
    return NotExecutable("it does not begin as one");
  }
  if (got < offsetof(Elf64_Ehdr, e_version)) {
    return NotExecutable("its header is cut short");
  }
  if (auto refusal = CheckArchitecture(bytes)) return refusal;
  if (got < sizeof(Elf64_Ehdr)) return NotExecutable("its header is cut short");
  Elf64_Ehdr header;
  memcpy(&header, bytes, sizeof(header));
  type_ = header.e_type;
  if (type_ != ET_EXEC && type_ != ET_DYN) {
    return NotExecutable(type_ == ET_REL    ? "it is an object file"
                         : type_ == ET_CORE ? "it is a core dump"
                                            : "it is of an unknown type");
  }
  if (header.e_phentsize != sizeof(Elf64_Phdr) || header.e_phnum == 0 ||
      header.e_phnum > kMaxProgramHeaders) {
    return NotExecutable("its program headers have an impossible size");
  }
  segments_.resize(header.e_phnum);
  if (!file_->Read(header.e_phoff, segments_.data(),
                   segments_.size() * sizeof(Elf64_Phdr))) {
    return NotExecutable("its program headers lie beyond the file's end");
  }
  for (const Elf64_Phdr& entry : segments_) {
    // The kernel takes the first.
    if (entry.p_type == PT_INTERP) return ReadInterpreter(entry);
  }
  return std::nullopt;
}

bool ElfImage::wants_executable_stack() const {
  const auto stack = std::find_if(
      segments_.begin(), segments_.end(),
      [](const Elf64_Phdr& entry) { return entry.p_type == PT_GNU_STACK; });
  return stack == segments_.end() || (stack->p_flags & PF_X) != 0;
}

bool ElfImage::FindExtent(uint64_t address, Extent* extent) const {
  for (const Elf64_Phdr& entry : segments_) {
    if (entry.p_type != PT_LOAD || address < entry.p_vaddr) continue;
    const uint64_t into = address - entry.p_vaddr;
    if (into >= entry.p_filesz) continue;
    extent->size = entry.p_filesz - into;
    uint64_t end;
    return !__builtin_add_overflow(entry.p_offset, into, &extent->offset) &&
           !__builtin_add_overflow(extent->offset, extent->size, &end);
  }
  return false;
}

bool ElfImage::FindTable(uint64_t address, uint64_t size,
                         Extent* extent) const {
  *extent = {};
  if (size == 0) return true;
  if (size > kMaxTableBytes || !FindExtent(address, extent)) return false;
  if (extent->size < size) return false;
  extent->size = size;
  return true;
}

bool ElfImage::ReadTags(uint64_t address, DynamicTags* tags) {
  Extent extent;
  if (!FindExtent(address, &extent)) return false;
  const uint64_t count =
      std::min<uint64_t>(extent.size / sizeof(Elf64_Dyn), kMaxDynamicEntries);
  for (uint64_t i = 0; i < count; ++i) {
    Elf64_Dyn entry;
    if (!file_->Read(extent.offset + i * sizeof(entry), &entry,
                     sizeof(entry))) {
      return false;
    }
    const uint64_t value = entry.d_un.d_val;
    switch (entry.d_tag) {
      case DT_NULL:
        return true;
      case DT_NEEDED:
        tags->needed.push_back(value);
        break;
      case DT_STRTAB:
        tags->strtab = value;
        break;
      case DT_STRSZ:
        tags->strsz = value;
        break;
      case DT_SYMTAB:
        tags->symtab = value;
        break;
      case DT_RELA:
        tags->rela = value;
        break;
      case DT_RELASZ:
        tags->relasz = value;
        break;
      case DT_RELACOUNT:
        tags->relacount = value;
        break;
      case DT_JMPREL:
        tags->jmprel = value;
        break;
      case DT_PLTRELSZ:
        tags->pltrelsz = value;
        break;
      case DT_RPATH:
        tags->rpath = value;
        break;
      case DT_RUNPATH:
        tags->runpath = value;
        break;
      default:
        break;
    }
  }
  return false;
}

bool ElfImage::ReadString(const Extent& strings, uint64_t index,
                          std::string* text) {
  if (index >= strings.size) return false;
  char bytes[64];
  text->clear();
  for (uint64_t at = index;
       at < strings.size && text->size() < kMaxStringBytes;) {
    const size_t n = std::min<uint64_t>(sizeof(bytes), strings.size - at);
    if (!file_->Read(strings.offset + at, bytes, n)) return false;
    const size_t length = strnlen(bytes, n);
    text->append(bytes, length);
    if (length < n) return true;
    at += n;
  }
  return false;
}

bool ElfImage::FindImport(const Extent& relocations, uint64_t skipped,
                          const Extent& symbols, uint64_t name_index,
                          bool* imported) {
  const uint64_t count = relocations.size / sizeof(Elf64_Rela);
  uint64_t previous = 0;
  for (uint64_t i = std::min(skipped, count); i < count; ++i) {
    Elf64_Rela relocation;
    if (!file_->Read(relocations.offset + i * sizeof(relocation), &relocation,
                     sizeof(relocation))) {
      return false;
    }
    const uint64_t index = ELF64_R_SYM(relocation.r_info);
    if (index == previous) continue;
    previous = index;
    Elf64_Sym symbol;
    // `index` has 32 bits: the product cannot overflow.
    const uint64_t at = index * sizeof(symbol);
    if (at >= symbols.size || symbols.size - at < sizeof(symbol) ||
        !file_->Read(symbols.offset + at, &symbol, sizeof(symbol))) {
      return false;
    }
    const int visibility = ELF64_ST_VISIBILITY(symbol.st_other);
    // The others the loader binds within the object.
    if (symbol.st_name == name_index && symbol.st_shndx == SHN_UNDEF &&
        ELF64_ST_BIND(symbol.st_info) != STB_LOCAL &&
        visibility != STV_HIDDEN && visibility != STV_INTERNAL) {
      *imported = true;
      return true;
    }
  }
  return true;
}

bool ElfImage::FindStartMain(const Extent& strings, const DynamicTags& tags) {
  Extent relocations, plt_relocations, symbols;
  if (!FindTable(tags.rela, tags.relasz, &relocations) ||
      !FindTable(tags.jmprel, tags.pltrelsz, &plt_relocations)) {
    return false;
  }
  // Symbol 0 is no symbol: with no relocation against another, an absent table
  // is never read.
  if (tags.symtab != 0 && !FindExtent(tags.symtab, &symbols)) return false;
  char chunk[4096];
  int places = 0;
  for (uint64_t at = 0; at < strings.size;) {
    const size_t n = std::min<uint64_t>(sizeof(chunk), strings.size - at);
    if (!file_->Read(strings.offset + at, chunk, n)) return false;
    const std::string_view text(chunk, n);
    for (size_t hit = text.find(kStartMainName); hit != text.npos;
         hit = text.find(kStartMainName, hit + 1)) {
      start_main_ = StartMain::kOwn;
      if (++places > kMaxNamePlaces) return false;
      bool imported = false;
      if (!FindImport(relocations, tags.relacount, symbols, at + hit,
                      &imported) ||
          (!imported &&
           !FindImport(plt_relocations, 0, symbols, at + hit, &imported))) {
        return false;
      }
      if (imported) {
        start_main_ = StartMain::kImported;
        return true;
      }
    }
    if (n < sizeof(chunk)) break;
    // A name may straddle two chunks.
    at += n - (kStartMainName.size() - 1);
  }
  return true;
}

std::optional<Refusal> ElfImage::ReadDynamic() {
  const Elf64_Phdr* dynamic = nullptr;
  for (const Elf64_Phdr& entry : segments_) {
    // The loader takes the last.
    if (entry.p_type == PT_DYNAMIC) dynamic = &entry;
  }
  if (dynamic == nullptr) return std::nullopt;
  DynamicTags tags;
  // The loader finds it by its address, not by its offset.
  if (!ReadTags(dynamic->p_vaddr, &tags)) {
    return Unreadable("its dynamic section is damaged");
  }
  Extent strings;
  if (!FindTable(tags.strtab, tags.strsz, &strings)) {
    return Unreadable("its table of names is damaged");
  }
  size_t names_bytes = 0;
  for (const uint64_t index : tags.needed) {
    std::string& name = needed_.emplace_back();
    if (!ReadString(strings, index, &name) ||
        (names_bytes += name.size()) > kMaxNamesBytes) {
      return Unreadable("the name of a library it needs is damaged");
    }
  }
  if ((tags.rpath && !ReadString(strings, *tags.rpath, &rpath_)) ||
      (tags.runpath && !ReadString(strings, *tags.runpath, &runpath_))) {
    return Unreadable("the path to the libraries it needs is damaged");
  }
  if (!FindStartMain(strings, tags)) {
    return Unreadable("its symbols or relocations are damaged");
  }
  return std::nullopt;
}

}  // namespace cellblock
