// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "tools/jailrun/runtime/symbol_users.h"

#include <elf.h>
#include <link.h>
#include <string.h>

#include <cstdint>

namespace cellblock {
namespace {

constexpr char kLibstdcxx[] = "libstdc++.so";

// The runtime's own beginning, which the linker knows.
extern "C" [[gnu::visibility("hidden")]] const ElfW(Ehdr) __ehdr_start;

// The dynamic symbols of one object.
struct Symbols {
  const ElfW(Sym) * table = nullptr;
  const char* strings = nullptr;
  // How many there are, or how many of them come before those that it defines.
  size_t count = 0;
  const char* own_name = "";
};

Symbols Read(const dl_phdr_info& object, const ElfW(Dyn) * dynamic) {
  Symbols symbols;
  size_t own_name = 0;
  const uint32_t* hash = nullptr;
  const uint32_t* gnu_hash = nullptr;
  // The loader has made addresses of what it uses itself, but not of the
  // kernel's object.
  const auto at = [&object](const ElfW(Dyn) * entry) {
    const uintptr_t value = entry->d_un.d_ptr;
    return value < object.dlpi_addr ? object.dlpi_addr + value : value;
  };
  for (const ElfW(Dyn)* entry = dynamic; entry->d_tag != DT_NULL; ++entry) {
    switch (entry->d_tag) {
      case DT_SYMTAB:
        symbols.table = reinterpret_cast<const ElfW(Sym)*>(at(entry));
        break;
      case DT_STRTAB:
        symbols.strings = reinterpret_cast<const char*>(at(entry));
        break;
      case DT_HASH:
        hash = reinterpret_cast<const uint32_t*>(at(entry));
        break;
      case DT_GNU_HASH:
        gnu_hash = reinterpret_cast<const uint32_t*>(at(entry));
        break;
      case DT_SONAME:
        own_name = entry->d_un.d_val;
        break;
      default:
        break;
    }
  }
  if (symbols.table == nullptr || symbols.strings == nullptr) return {};
  symbols.own_name = own_name != 0 ? symbols.strings + own_name : "";
  // The second word of either: where the defined ones begin, or all.
  if (gnu_hash != nullptr) {
    symbols.count = gnu_hash[1];
  } else if (hash != nullptr) {
    symbols.count = hash[1];
  }
  return symbols;
}

bool NeedsAny(const Symbols& symbols, std::span<const char* const> names) {
  for (size_t i = 0; i < symbols.count; ++i) {
    const ElfW(Sym)& symbol = symbols.table[i];
    if (symbol.st_shndx != SHN_UNDEF ||
        ELF64_ST_BIND(symbol.st_info) != STB_GLOBAL) {
      continue;
    }
    const char* const needed = symbols.strings + symbol.st_name;
    for (const char* name : names) {
      if (strcmp(needed, name) == 0) return true;
    }
  }
  return false;
}

int Visit(dl_phdr_info* object, size_t /*size*/, void* names) {
  if (object->dlpi_addr == reinterpret_cast<uintptr_t>(&__ehdr_start)) return 0;
  for (size_t i = 0; i < object->dlpi_phnum; ++i) {
    const ElfW(Phdr)& header = object->dlpi_phdr[i];
    if (header.p_type != PT_DYNAMIC) continue;
    const Symbols symbols = Read(
        *object,
        reinterpret_cast<const ElfW(Dyn)*>(object->dlpi_addr + header.p_vaddr));
    if (strncmp(symbols.own_name, kLibstdcxx, sizeof(kLibstdcxx) - 1) == 0) {
      return 0;
    }
    return NeedsAny(symbols,
                    *static_cast<const std::span<const char* const>*>(names));
  }
  return 0;
}

}  // namespace

bool AnyNeeds(std::span<const char* const> names) {
  return dl_iterate_phdr(&Visit, &names) != 0;
}

}  // namespace cellblock
