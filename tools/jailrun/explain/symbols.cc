// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "tools/jailrun/explain/symbols.h"

#include <cxxabi.h>
#include <stdlib.h>
#include <unistd.h>

#include <cstdio>
#include <string_view>

namespace cellblock {
namespace {

// Only what lies beside the files and where the distribution puts debug files:
// nothing is asked of the network.
char g_debug_path[] = ":.debug:/usr/lib/debug";
char* g_debug_path_pointer = g_debug_path;

const Dwfl_Callbacks kCallbacks = {
    .find_elf = dwfl_linux_proc_find_elf,
    .find_debuginfo = dwfl_standard_find_debuginfo,
    .section_address = dwfl_offline_section_address,
    .debuginfo_path = &g_debug_path_pointer,
};

std::string Demangled(const char* name) {
  int status = 0;
  char* text = abi::__cxa_demangle(name, nullptr, nullptr, &status);
  std::string result = status == 0 && text != nullptr ? text : name;
  free(text);
  return result;
}

// "dir/name.cc" of "/build/some/dir/name.cc"
std::string Tail(std::string_view path) {
  const size_t last = path.rfind('/');
  if (last == std::string_view::npos || last == 0) return std::string(path);
  const size_t before = path.rfind('/', last - 1);
  return std::string(
      before == std::string_view::npos ? path : path.substr(before + 1));
}

// clang writes no table of which unit has which addresses, and libdw finds
// lines by that alone: each unit is asked.
void FindWithoutTable(Dwfl_Module* module, uint64_t address,
                      SourcePlace* place) {
  Dwarf_Addr bias = 0;
  Dwarf_Die* unit = nullptr;
  while ((unit = dwfl_module_nextcu(module, unit, &bias)) != nullptr) {
    if (dwarf_haspc(unit, address - bias) != 1) continue;
    Dwarf_Line* const line = dwarf_getsrc_die(unit, address - bias);
    int number = 0;
    const char* const file =
        line != nullptr ? dwarf_linesrc(line, nullptr, nullptr) : nullptr;
    if (file == nullptr || dwarf_lineno(line, &number) != 0) return;
    place->file = Tail(file);
    place->line = static_cast<uint32_t>(number);
    return;
  }
}

}  // namespace

Symbols::Symbols(int maps) : dwfl_(dwfl_begin(&kCallbacks)) {
  FILE* file = fdopen(maps, "r");
  if (dwfl_ == nullptr || file == nullptr) return;
  rewind(file);
  dwfl_report_begin(dwfl_.get());
  dwfl_linux_proc_maps_report(dwfl_.get(), file);
  dwfl_report_end(dwfl_.get(), nullptr, nullptr);
  fclose(file);
}

SourcePlace Symbols::Find(uint64_t address) const {
  SourcePlace place;
  Dwfl_Module* module = dwfl_addrmodule(dwfl_.get(), address);
  if (module == nullptr) return place;
  if (const char* name = dwfl_module_addrname(module, address)) {
    place.function = Demangled(name);
  }
  if (Dwfl_Line* line = dwfl_module_getsrc(module, address)) {
    int number = 0;
    const char* file =
        dwfl_lineinfo(line, nullptr, &number, nullptr, nullptr, nullptr);
    if (file != nullptr) place.file = Tail(file);
    place.line = static_cast<uint32_t>(number);
  } else {
    FindWithoutTable(module, address, &place);
  }
  return place;
}

std::optional<uint64_t> Symbols::FunctionStart(uint64_t address) const {
  Dwfl_Module* module = dwfl_addrmodule(dwfl_.get(), address);
  GElf_Off offset = 0;
  GElf_Sym symbol;
  if (module == nullptr ||
      dwfl_module_addrinfo(module, address, &offset, &symbol, nullptr, nullptr,
                           nullptr) == nullptr) {
    return {};
  }
  return address - offset;
}

void Symbols::Freer::operator()(Dwarf_Frame* frame) const { free(frame); }

Symbols::FrameRules Symbols::RulesAt(uint64_t inside) const {
  Dwfl_Module* module = dwfl_addrmodule(dwfl_.get(), inside);
  if (module == nullptr) return nullptr;
  for (auto* source : {&dwfl_module_eh_cfi, &dwfl_module_dwarf_cfi}) {
    Dwarf_Addr bias = 0;
    Dwarf_CFI* cfi = source(module, &bias);
    Dwarf_Frame* frame = nullptr;
    if (cfi != nullptr &&
        dwarf_cfi_addrframe(cfi, inside - bias, &frame) == 0) {
      return FrameRules(frame);
    }
  }
  return nullptr;
}

}  // namespace cellblock
