// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_TOOLS_JAILRUN_EXPLAIN_SYMBOLS_H_
#define CELLBLOCK_TOOLS_JAILRUN_EXPLAIN_SYMBOLS_H_

#include <elfutils/libdwfl.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace cellblock {

// Where an address is in the source.
struct SourcePlace {
  std::string function;  // as C++ spells it; empty: not known
  std::string file;      // its last two names; empty: no debug information
  uint32_t line = 0;
};

// What the files that a process has mapped say of its code: functions, lines,
// and how to get from one frame to the next. They are the program's own and
// trusted as far as libdw is to be fed with them, no further.
//
// Errors: whatever a file does not tell is not known.
class Symbols {
 public:
  // By a descriptor of /proc/PID/maps, which it takes.
  explicit Symbols(int maps);

  // The function around `address`; before it those that the compiler copied
  // into it there, innermost first. Never empty.
  std::vector<SourcePlace> Find(uint64_t address) const;

  // Where the function around `address` begins.
  std::optional<uint64_t> FunctionStart(uint64_t address) const;

  // How the registers of the caller are found, `inside` a function. Null iff
  // no file says so. Freed with free(3).
  struct Freer {
    void operator()(Dwarf_Frame* frame) const;
  };
  using FrameRules = std::unique_ptr<Dwarf_Frame, Freer>;
  FrameRules RulesAt(uint64_t inside) const;

 private:
  struct Ender {
    void operator()(Dwfl* dwfl) const { dwfl_end(dwfl); }
  };

  std::unique_ptr<Dwfl, Ender> dwfl_;
};

}  // namespace cellblock

#endif  // CELLBLOCK_TOOLS_JAILRUN_EXPLAIN_SYMBOLS_H_
