// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "tools/jailrun/explain/symbols.h"

#include <cxxabi.h>
#include <dwarf.h>
#include <stdlib.h>
#include <unistd.h>

#include <cstdio>
#include <string_view>
#include <utility>

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

// The compilation unit that `address` is in. Not every compiler writes a table
// of them (.debug_aranges).
Dwarf_Die* UnitOf(Dwfl_Module* module, uint64_t address, Dwarf_Addr* bias) {
  Dwarf_Die* unit = dwfl_module_addrdie(module, address, bias);
  if (unit != nullptr) return unit;
  while ((unit = dwfl_module_nextcu(module, unit, bias)) != nullptr) {
    if (dwarf_haspc(unit, address - *bias) > 0) return unit;
  }
  return nullptr;
}

uint64_t Number(Dwarf_Die* die, unsigned name) {
  Dwarf_Attribute attribute;
  Dwarf_Word value = 0;
  return dwarf_formudata(dwarf_attr(die, name, &attribute), &value) == 0 ? value
                                                                         : 0;
}

std::string NameOfCopied(Dwarf_Die* die) {
  Dwarf_Attribute attribute;
  const char* linked = dwarf_formstring(
      dwarf_attr_integrate(die, DW_AT_linkage_name, &attribute));
  if (linked != nullptr) return Demangled(linked);
  const char* name = dwarf_diename(die);
  return name != nullptr ? name : "";
}

// Where the function that was copied as `die` was called.
SourcePlace CallOf(Dwarf_Die* unit, Dwarf_Die* die) {
  SourcePlace place;
  Dwarf_Files* files = nullptr;
  size_t count = 0;
  const uint64_t index = Number(die, DW_AT_call_file);
  if (dwarf_getsrcfiles(unit, &files, &count) == 0 && index < count) {
    const char* file = dwarf_filesrc(files, index, nullptr, nullptr);
    if (file != nullptr) place.file = Tail(file);
  }
  place.line = static_cast<uint32_t>(Number(die, DW_AT_call_line));
  return place;
}

// Appends the entries below `parent` that `address` is in, outermost first, and
// is true iff there are any. (libdw's dwarf_getscopes looks into no namespace.)
bool AddNested(Dwarf_Die* parent, uint64_t address, int depth,
               std::vector<Dwarf_Die>* nested) {
  constexpr int kDeepest = 64;
  Dwarf_Die child;
  if (depth == kDeepest || dwarf_child(parent, &child) != 0) return false;
  do {
    switch (dwarf_tag(&child)) {
      case DW_TAG_namespace:
        if (AddNested(&child, address, depth + 1, nested)) return true;
        break;
      case DW_TAG_subprogram:
      case DW_TAG_lexical_block:
      case DW_TAG_inlined_subroutine:
        if (dwarf_haspc(&child, address) <= 0) break;
        nested->push_back(child);
        AddNested(&child, address, depth + 1, nested);
        return true;
      default:
        break;
    }
  } while (dwarf_siblingof(&child, &child) == 0);
  return false;
}

std::vector<SourcePlace> WithCopied(Dwarf_Die* unit, uint64_t address,
                                    SourcePlace outer) {
  std::vector<SourcePlace> places;
  SourcePlace next;
  if (Dwarf_Line* line = dwarf_getsrc_die(unit, address)) {
    int number = 0;
    const char* file = dwarf_linesrc(line, nullptr, nullptr);
    if (file != nullptr) next.file = Tail(file);
    if (dwarf_lineno(line, &number) == 0) {
      next.line = static_cast<uint32_t>(number);
    }
  }
  std::vector<Dwarf_Die> nested;
  AddNested(unit, address, 0, &nested);
  for (auto die = nested.rbegin(); die != nested.rend(); ++die) {
    if (dwarf_tag(&*die) != DW_TAG_inlined_subroutine) continue;
    next.function = NameOfCopied(&*die);
    places.push_back(std::move(next));
    next = CallOf(unit, &*die);
  }
  next.function = std::move(outer.function);
  places.push_back(std::move(next));
  return places;
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

std::vector<SourcePlace> Symbols::Find(uint64_t address) const {
  SourcePlace outer;
  Dwfl_Module* module = dwfl_addrmodule(dwfl_.get(), address);
  if (module == nullptr) return {outer};
  if (const char* name = dwfl_module_addrname(module, address)) {
    outer.function = Demangled(name);
  }
  Dwarf_Addr bias = 0;
  Dwarf_Die* unit = UnitOf(module, address, &bias);
  if (unit == nullptr) return {outer};
  return WithCopied(unit, address - bias, std::move(outer));
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
