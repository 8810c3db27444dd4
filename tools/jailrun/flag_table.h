// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_TOOLS_JAILRUN_FLAG_TABLE_H_
#define CELLBLOCK_TOOLS_JAILRUN_FLAG_TABLE_H_

// All options of a run, in one table: the command line, the keys of a
// configuration file, the variables JAILRUN_* and the help are made from it.

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace cellblock {

// The words of the options, before they mean anything; empty: not given.
struct FlagWords {
  std::string config;
  std::string pool;
  std::string reserve;
  bool zero = false;
  bool uninitialized = false;
  std::string commit = "lazy";
  std::string preset;
  std::string policy;
  std::vector<std::string> allowed;
  std::string on_violation = "kill";
  bool canary = false;
  std::string speculation;
  std::vector<std::string> readable;
  std::vector<std::string> writable;
  std::vector<std::string> loads;
  bool auto_load = false;
  std::vector<std::string> passed_fds;
  std::string directory;
  bool clear_environment = false;
  std::vector<std::string> variables;
  std::string timeout;
  std::string cpu;
  std::string output_limit;
  std::string fsize;
  std::string stack;
  std::string threads;
  std::string thread_stack;
  std::string report = "auto";
  std::string json_fd;
  bool profile = false;
  std::string exit_map = "shell";
  bool dry_run = false;
  bool unjailed = false;
  bool version = false;
};

// By task, as the help shows them.
enum class FlagGroup : uint8_t {
  kMemory,
  kCalls,
  kFiles,
  kEnvironment,
  kLimits,
  kThreads,
  kReports,
  kOther,
};

const char* Title(FlagGroup group);

// Where an option can be given.
enum class FlagPlaces : uint8_t {
  kEverywhere,
  kNotInFile,    // on the command line and by a variable
  kCommandLine,  // alone
};

// A switch takes no value, a list one at each time that the flag is given.
using FlagTarget = std::variant<bool FlagWords::*, std::string FlagWords::*,
                                std::vector<std::string> FlagWords::*>;

struct Flag {
  const char* name;   // without "--"; also its key in a configuration file
  const char* value;  // as help shows it; empty for a switch
  FlagGroup group;
  FlagTarget target;
  const char* help;
  // The option that excludes this one; null: none does.
  const char* rival = nullptr;
  FlagPlaces places = FlagPlaces::kEverywhere;

  bool is_switch() const { return target.index() == 0; }
  bool is_list() const { return target.index() == 2; }
};

std::span<const Flag> AllFlags();

// Null iff there is none. `name` is without "--".
const Flag* FindFlag(std::string_view name);

// "JAILRUN_PASS_FD"
std::string VariableOf(const Flag& flag);

// Gives `flag` the values, of which there is one unless it is a list. Returns
// what is wrong with them, or nothing.
[[nodiscard]] std::string SetFlag(const Flag& flag,
                                  std::vector<std::string> values,
                                  FlagWords* words);

// Makes `flag` in `to` what it is in `from`.
void CopyFlag(const Flag& flag, const FlagWords& from, FlagWords* to);

}  // namespace cellblock

#endif  // CELLBLOCK_TOOLS_JAILRUN_FLAG_TABLE_H_
