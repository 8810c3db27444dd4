// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// libstdc++ as the process has it: loaded at start, or late and for one library
// alone. It is asked for where no memory is left, which dlopen(3) needs even of
// a library that is loaded: so the loader's list is walked instead.

#include <dlfcn.h>
#include <elf.h>
#include <link.h>
#include <stdlib.h>
#include <string.h>

#include "allocator/malloc/libstdcxx.h"
#include "allocator/malloc/process_heap.h"

namespace cellblock::libstdcxx {
namespace {

constexpr char kName[] = "libstdc++.so.6";

// What the loader needs of a library to find its functions. The chain of a
// bucket holds the hashes of its symbols, with the lowest bit set in the last.
struct Symbols {
  uintptr_t base = 0;
  const char* strings = nullptr;
  const Elf64_Sym* symbols = nullptr;
  const uint32_t* gnu_hash = nullptr;
  const char* name = nullptr;  // its DT_SONAME
};

uint32_t GnuHash(const char* name) {
  uint32_t hash = 5381;
  for (; *name != '\0'; ++name) {
    hash = hash * 33 + static_cast<unsigned char>(*name);
  }
  return hash;
}

// Of the definition, or null.
void* AddressOf(const char* name, const Symbols& in) {
  const uint32_t buckets = in.gnu_hash[0];
  const uint32_t first_hashed = in.gnu_hash[1];
  const uint32_t filter_words = in.gnu_hash[2];  // of 64 bits
  const uint32_t* const bucket = in.gnu_hash + 4 + 2 * size_t{filter_words};
  const uint32_t* const chain = bucket + buckets;
  if (buckets == 0) return nullptr;
  const uint32_t hash = GnuHash(name);
  uint32_t index = bucket[hash % buckets];
  if (index < first_hashed) return nullptr;  // an empty one
  for (;; ++index) {
    const uint32_t hashed = chain[index - first_hashed];
    const Elf64_Sym& symbol = in.symbols[index];
    if ((hashed | 1) == (hash | 1) && symbol.st_shndx != SHN_UNDEF &&
        strcmp(in.strings + symbol.st_name, name) == 0) {
      return reinterpret_cast<void*>(in.base + symbol.st_value);
    }
    if ((hashed & 1) != 0) return nullptr;
  }
}

// The loader has made addresses of most of what is in a dynamic section.
template <typename T>
const T* PointerIn(const dl_phdr_info& object, Elf64_Addr value) {
  return reinterpret_cast<const T*>(
      value < object.dlpi_addr ? object.dlpi_addr + value : value);
}

Symbols SymbolsOf(const dl_phdr_info& object) {
  const Elf64_Dyn* entry = nullptr;
  for (size_t i = 0; i < object.dlpi_phnum; ++i) {
    const Elf64_Phdr& header = object.dlpi_phdr[i];
    if (header.p_type != PT_DYNAMIC) continue;
    entry =
        reinterpret_cast<const Elf64_Dyn*>(object.dlpi_addr + header.p_vaddr);
  }
  Symbols found{.base = object.dlpi_addr};
  const Elf64_Dyn* name = nullptr;
  for (; entry != nullptr && entry->d_tag != DT_NULL; ++entry) {
    const Elf64_Addr value = entry->d_un.d_ptr;
    if (entry->d_tag == DT_SONAME) name = entry;
    if (entry->d_tag == DT_STRTAB) {
      found.strings = PointerIn<char>(object, value);
    } else if (entry->d_tag == DT_SYMTAB) {
      found.symbols = PointerIn<Elf64_Sym>(object, value);
    } else if (entry->d_tag == DT_GNU_HASH) {
      found.gnu_hash = PointerIn<uint32_t>(object, value);
    }
  }
  if (name != nullptr && found.strings != nullptr) {
    found.name = found.strings + name->d_un.d_val;
  }
  return found;
}

struct Search {
  const char* name;
  void* found;
};

int FindIn(dl_phdr_info* object, size_t, void* context) {
  auto* const search = static_cast<Search*>(context);
  const Symbols symbols = SymbolsOf(*object);
  if (symbols.name == nullptr || strcmp(symbols.name, kName) != 0 ||
      symbols.symbols == nullptr || symbols.gnu_hash == nullptr) {
    return 0;
  }
  search->found = AddressOf(search->name, symbols);
  return search->found != nullptr ? 1 : 0;
}

// Anew each time: what was found may have been unloaded since.
template <typename Function>
Function* Find(const char* name) {
  Search search{.name = name, .found = nullptr};
  dl_iterate_phdr(&FindIn, &search);
  // Another library of C++ that the process was started with.
  if (search.found == nullptr) search.found = dlsym(RTLD_NEXT, name);
  return reinterpret_cast<Function*>(search.found);
}

}  // namespace

NewHandler GetNewHandler() {
  // A handler may throw, and so may who has none.
  if (auto* const touch = Find<void*()>("__cxa_get_globals")) {
    ProcessHeap::Get().CallWithReserve(touch);
  }
  auto* const get = Find<NewHandler()>("_ZSt15get_new_handlerv");
  return get != nullptr ? get() : nullptr;
}

void ThrowBadAlloc() {
  if (auto* const raise = Find<void()>("_ZSt17__throw_bad_allocv")) raise();
  abort();
}

// libstdc++'s own forms do just this. Their last argument, of an empty type, is
// passed by address and not looked at.
void* NewOrNull(Form form, size_t bytes, size_t alignment) {
  const bool is_array = form == Form::kArray;
  const char tag = 0;
  if (alignment == 0) {
    using New = void*(size_t, const void*);
    auto* const make =
        Find<New>(is_array ? "_ZnamRKSt9nothrow_t" : "_ZnwmRKSt9nothrow_t");
    return make != nullptr ? make(bytes, &tag) : nullptr;
  }
  using New = void*(size_t, size_t, const void*);
  auto* const make = Find<New>(is_array ? "_ZnamSt11align_val_tRKSt9nothrow_t"
                                        : "_ZnwmSt11align_val_tRKSt9nothrow_t");
  return make != nullptr ? make(bytes, alignment, &tag) : nullptr;
}

}  // namespace cellblock::libstdcxx
