// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "tools/jailrun/jit_text.h"

#include <string_view>

namespace cellblock {
namespace {

// Programs with a compiler of their own, and how each is told to do without;
// empty: it cannot.
struct Compiler {
  std::string_view program;
  std::string_view option;
};
constexpr Compiler kCompilers[] = {
    {"chezscheme", ""},    {"java", "-Xint"},
    {"luajit", "-joff"},   {"lli", "-force-interpreter"},
    {"node", "--jitless"}, {"nodejs", "--jitless"},
    {"petite", ""},        {"pypy3", "--jit off"},
};

const Compiler* CompilerOf(const RunRecord& record) {
  const std::string_view path =
      record.interpreters.empty() ? record.program : record.interpreters.back();
  const std::string_view name = path.substr(path.rfind('/') + 1);
  for (const Compiler& compiler : kCompilers) {
    // "luajit-2.1" is luajit too.
    if (name == compiler.program || (name.starts_with(compiler.program) &&
                                     name[compiler.program.size()] == '-')) {
      return &compiler;
    }
  }
  return nullptr;
}

bool IsTold(const RunRecord& record, const Compiler& compiler) {
  if (compiler.option.empty()) return false;
  const std::string_view first =
      compiler.option.substr(0, compiler.option.find(' '));
  for (const std::string& word : record.options.command) {
    if (word == first) return true;
  }
  return false;
}

}  // namespace

std::string JitText(const RunRecord& record) {
  const uint64_t asked = record.counters.code_memory_refused;
  const Compiler* const compiler = CompilerOf(record);
  const bool known = compiler != nullptr && !IsTold(record, *compiler);
  if (asked == 0 && !known) return {};
  std::string text =
      asked > 0
          ? "it asked for memory that it could write and run, as "
            "compilers at run time (JIT) do, and got none: " +
                std::to_string(asked) + (asked == 1 ? " refusal" : " refusals")
          : "it compiles code as it runs (JIT), and memory to write and "
            "run there is none";
  if (!known) {
    return text +
           "; many do without by themselves, as PCRE does, else look "
           "for its option to interpret";
  }
  if (compiler->option.empty()) return text + "; it has no interpreter";
  return text + "; add " + std::string(compiler->option) + " to " +
         std::string(compiler->program) + ": it then interprets";
}

bool MayHaveFailedForJit(const RunRecord& record) {
  if (record.counters.code_memory_refused == 0) return false;
  const ProcessEnd& end = record.evidence.end;
  return end.signaled || end.code != 1 || CompilerOf(record) != nullptr;
}

}  // namespace cellblock
