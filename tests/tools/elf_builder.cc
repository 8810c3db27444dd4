// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
#include "tests/tools/elf_builder.h"

#include <elf.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

namespace cellblock {
namespace {

// Appends to a file, aligned to 8, and returns the offset.
size_t Append(std::string* file, const void* bytes, size_t size) {
  file->resize((file->size() + 7) & ~size_t{7});
  const size_t offset = file->size();
  file->append(static_cast<const char*>(bytes), size);
  return offset;
}

class StringTable {
 public:
  uint32_t Add(const std::string& text) {
    const auto index = static_cast<uint32_t>(bytes_.size());
    bytes_.append(text.c_str(), text.size() + 1);
    return index;
  }
  const std::string& bytes() const { return bytes_; }

 private:
  std::string bytes_ = std::string(1, '\0');
};

}  // namespace

Elf64_Ehdr* ElfFile::header() {
  return reinterpret_cast<Elf64_Ehdr*>(bytes.data());
}

Elf64_Phdr* ElfFile::segment(uint32_t type) {
  auto* segments =
      reinterpret_cast<Elf64_Phdr*>(bytes.data() + header()->e_phoff);
  for (int i = 0; i < header()->e_phnum; ++i) {
    if (segments[i].p_type == type) return &segments[i];
  }
  abort();
}

Elf64_Dyn* ElfFile::tag(int64_t tag) {
  auto* entry = reinterpret_cast<Elf64_Dyn*>(bytes.data() +
                                             segment(PT_DYNAMIC)->p_offset);
  for (; entry->d_tag != DT_NULL; ++entry) {
    if (entry->d_tag == tag) return entry;
  }
  if (tag == DT_NULL) return entry;
  abort();
}

// Symbol 0 is the null symbol.
Elf64_Sym* ElfFile::symbol() {
  return reinterpret_cast<Elf64_Sym*>(bytes.data() +
                                      tag(DT_SYMTAB)->d_un.d_ptr) +
         1;
}

// Relocation 0 is relative.
Elf64_Rela* ElfFile::relocation() {
  return reinterpret_cast<Elf64_Rela*>(bytes.data() +
                                       tag(DT_RELA)->d_un.d_ptr) +
         1;
}

ElfFile BuildElf(const ElfRecipe& recipe) {
  ElfFile file;
  std::vector<Elf64_Phdr> segments(recipe.interpreter.empty() ? 2 : 3);
  file.bytes.resize(sizeof(Elf64_Ehdr) + segments.size() * sizeof(Elf64_Phdr));

  StringTable strings;
  std::vector<Elf64_Dyn> dynamic;
  const auto add_tag = [&dynamic](int64_t tag, uint64_t value) {
    dynamic.push_back({tag, {value}});
  };
  for (const std::string& name : recipe.needed) {
    add_tag(DT_NEEDED, strings.Add(name));
  }
  if (!recipe.rpath.empty()) add_tag(DT_RPATH, strings.Add(recipe.rpath));
  if (!recipe.runpath.empty()) add_tag(DT_RUNPATH, strings.Add(recipe.runpath));

  Elf64_Sym symbols[2] = {};
  if (recipe.start != StartSymbol::kAbsent) {
    symbols[1].st_name = strings.Add("__libc_start_main");
    symbols[1].st_info = ELF64_ST_INFO(STB_GLOBAL, STT_FUNC);
  }
  if (recipe.start == StartSymbol::kDefined) symbols[1].st_shndx = 1;
  if (recipe.start == StartSymbol::kHidden) symbols[1].st_other = STV_HIDDEN;

  Elf64_Rela relative = {};
  relative.r_info = ELF64_R_INFO(0, R_X86_64_RELATIVE);
  Elf64_Rela reference = {};
  const bool referenced = recipe.start != StartSymbol::kAbsent &&
                          recipe.start != StartSymbol::kUnreferenced;
  const bool plt = recipe.start == StartSymbol::kPltImported;
  reference.r_info =
      ELF64_R_INFO(1, plt ? R_X86_64_JUMP_SLOT : R_X86_64_GLOB_DAT);
  std::vector<Elf64_Rela> relocations = {relative};
  if (referenced && !plt) relocations.push_back(reference);

  add_tag(DT_STRTAB,
          Append(&file.bytes, strings.bytes().data(), strings.bytes().size()));
  add_tag(DT_STRSZ, strings.bytes().size());
  add_tag(DT_SYMTAB, Append(&file.bytes, symbols, sizeof(symbols)));
  const size_t relocation_bytes = relocations.size() * sizeof(Elf64_Rela);
  add_tag(DT_RELA, Append(&file.bytes, relocations.data(), relocation_bytes));
  add_tag(DT_RELASZ, relocation_bytes);
  add_tag(DT_RELACOUNT, 1);
  if (referenced && plt) {
    add_tag(DT_JMPREL, Append(&file.bytes, &reference, sizeof(reference)));
    add_tag(DT_PLTRELSZ, sizeof(reference));
  }
  add_tag(DT_NULL, 0);
  const size_t dynamic_bytes = dynamic.size() * sizeof(Elf64_Dyn);
  const size_t dynamic_at = Append(&file.bytes, dynamic.data(), dynamic_bytes);
  const size_t interpreter_at = Append(&file.bytes, recipe.interpreter.c_str(),
                                       recipe.interpreter.size() + 1);

  const auto set = [&segments](size_t i, uint32_t type, size_t at,
                               size_t size) {
    segments[i].p_type = type;
    segments[i].p_flags = PF_R;
    segments[i].p_offset = segments[i].p_vaddr = segments[i].p_paddr = at;
    segments[i].p_filesz = segments[i].p_memsz = size;
    segments[i].p_align = 8;
  };
  set(0, PT_LOAD, 0, file.bytes.size());
  set(1, PT_DYNAMIC, dynamic_at, dynamic_bytes);
  if (!recipe.interpreter.empty()) {
    set(2, PT_INTERP, interpreter_at, recipe.interpreter.size() + 1);
  }

  Elf64_Ehdr header = {};
  memcpy(header.e_ident, ELFMAG, SELFMAG);
  header.e_ident[EI_CLASS] = ELFCLASS64;
  header.e_ident[EI_DATA] = ELFDATA2LSB;
  header.e_ident[EI_VERSION] = EV_CURRENT;
  header.e_type = ET_DYN;
  header.e_machine = EM_X86_64;
  header.e_version = EV_CURRENT;
  header.e_phoff = sizeof(header);
  header.e_ehsize = sizeof(header);
  header.e_phentsize = sizeof(Elf64_Phdr);
  header.e_phnum = static_cast<uint16_t>(segments.size());
  memcpy(file.bytes.data(), &header, sizeof(header));
  memcpy(file.bytes.data() + header.e_phoff, segments.data(),
         segments.size() * sizeof(Elf64_Phdr));
  return file;
}

}  // namespace cellblock
