// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "tools/jailrun/flag_table.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "tools/jailrun/options.h"

namespace cellblock {
namespace {

static_assert(kDefaultPoolBytes == uint64_t{256} << 20, "as the help says");
static_assert(kDefaultThreads == 16, "as the help says");
static_assert(kDefaultThreadStackBytes == 2 << 20, "as the help says");

using Words = FlagWords;
using enum FlagGroup;
using enum FlagPlaces;

constexpr Flag kFlags[] = {
    {"pool", "SIZE", kMemory, &Words::pool,
     "memory for the program, for example 200M [256M]"},
    {"reserve", "SIZE", kMemory, &Words::reserve,
     "address space beside the pool, for mappings without access [none]"},
    {"zero", "", kMemory, &Words::zero, "malloc hands out zeroed memory",
     "uninitialized"},
    {"uninitialized", "", kMemory, &Words::uninitialized,
     "malloc hands out memory as it is [default]", "zero"},
    {"commit", "WHEN", kMemory, &Words::commit,
     "when the pool's pages are provided: lazy, populate, lock [lazy]"},
    {"preset", "NAME", kCalls, &Words::preset,
     "the table of allowed calls: strict, worker, decoder, service [decoder]",
     "policy"},
    {"policy", "FILE", kCalls, &Words::policy,
     "a table of your own, in TOML; it inherits from a preset", "preset"},
    {"allow", "CALL", kCalls, &Words::allowed,
     "allow more: a system call, CALL:DESCRIPTOR, @GROUP, unsafe:CALL; "
     "repeatable"},
    {"on-violation", "WHAT", kCalls, &Words::on_violation,
     "what becomes of a forbidden call: kill (the program ends), errno (the "
     "call fails), log (it is carried out: a diagnosis, no jail) [kill]"},
    {"speculation", "WHAT", kCalls, &Words::speculation,
     "what the processor may guess at: restrict, allow [restrict]"},
    {"canary", "", kCalls, &Words::canary,
     "first show that this kernel kills a forbidden call"},
    {"ro", "PATH", kFiles, &Words::readable,
     "allow files to be read below PATH, beside the system's data and what "
     "the arguments name; repeatable"},
    {"rw", "PATH", kFiles, &Words::writable,
     "allow files to be read and written below PATH; repeatable"},
    {"load", "WHAT", kFiles, &Words::loads,
     "load a library before the lock that the program loads late: its path, a "
     "glob in quotes, or @python, @perl, @ruby, @imagemagick, @gdk-pixbuf, "
     "@graphviz, @gconv; repeatable"},
    {"auto-load", "", kFiles, &Words::auto_load,
     "run it first with its output thrown away, to find out what to --load"},
    {"pass-fd", "N", kFiles, &Words::passed_fds,
     "leave descriptor N open for the program; repeatable"},
    {"chdir", "DIR", kFiles, &Words::directory,
     "go there first; relative paths are meant from there"},
    {"clearenv", "", kEnvironment, &Words::clear_environment,
     "start with an empty environment, but for what --env names"},
    {"env", "NAME[=VALUE]", kEnvironment, &Words::variables,
     "set a variable for the program, or keep it as it is; repeatable"},
    {"timeout", "TIME", kLimits, &Words::timeout,
     "kill the program after this time: 5, 500ms, 2m"},
    {"cpu", "TIME", kLimits, &Words::cpu,
     "end it when it has used this much CPU time, in whole seconds"},
    {"output-limit", "SIZE", kLimits, &Words::output_limit,
     "kill it when it has written more than this to standard output and "
     "error, which are then pipes and no terminal"},
    {"fsize", "SIZE", kLimits, &Words::fsize,
     "let no file that it writes grow beyond this size"},
    {"stack", "SIZE", kLimits, &Words::stack,
     "the main stack's size at the most [8M]"},
    {"threads", "N", kThreads, &Words::threads,
     "threads that can run at a time beside the first one [16]"},
    {"thread-stack", "SIZE", kThreads, &Words::thread_stack,
     "the size of their stacks, laid before the lock [2M]"},
    {"report", "WHEN", kReports, &Words::report,
     "the report on standard error: auto, always, never [auto]"},
    {"json-fd", "N", kReports, &Words::json_fd,
     "write the report as one line of JSON to descriptor N"},
    {"html", "FILE", kReports, &Words::html,
     "write the report as one page of HTML to FILE"},
    {"profile", "", kReports, &Words::profile,
     "record the pool over time, who holds it at its peak, and all system "
     "calls, for the reports in JSON and HTML; slower"},
    {"exit-map", "WHO", kReports, &Words::exit_map,
     "who reads the exit code: shell, or engine, a scheduler: 0 clean, 65 ends "
     "badly each time, 75 try again, 78 nothing can be run [shell]"},
    {"dry-run", "", kReports, &Words::dry_run,
     "check everything, say what would be done, run nothing", "unjailed"},
    {"unjailed", "", kOther, &Words::unjailed,
     "the pool without the lock, for comparison", "dry-run", kCommandLine},
    {"config", "FILE", kOther, &Words::config,
     "options in TOML: their names are the keys", nullptr, kNotInFile},
    {"version", "", kOther, &Words::version, "print the version and end",
     nullptr, kCommandLine},
};

std::string SetSwitch(const std::string& value, bool* target) {
  for (const char* word : {"true", "1", "yes", "on"}) {
    if (value == word) return *target = true, std::string();
  }
  for (const char* word : {"false", "0", "no", "off"}) {
    if (value == word) return *target = false, std::string();
  }
  return "'" + value + "' is neither true nor false";
}

}  // namespace

const char* Title(FlagGroup group) {
  switch (group) {
    case kMemory:
      return "Memory";
    case kCalls:
      return "System calls";
    case kFiles:
      return "Files";
    case kEnvironment:
      return "Environment";
    case kLimits:
      return "Limits";
    case kThreads:
      return "Threads";
    case kReports:
      return "Reports";
    case kOther:
      break;
  }
  return "Other";
}

std::span<const Flag> AllFlags() { return kFlags; }

const Flag* FindFlag(std::string_view name) {
  const auto* const flag =
      std::find_if(std::begin(kFlags), std::end(kFlags),
                   [name](const Flag& each) { return each.name == name; });
  return flag == std::end(kFlags) ? nullptr : flag;
}

std::string VariableOf(const Flag& flag) {
  std::string name = kVariablePrefix;
  for (const char* c = flag.name; *c != '\0'; ++c) {
    const bool letter = *c >= 'a' && *c <= 'z';
    name += *c == '-' ? '_' : letter ? static_cast<char>(*c - 'a' + 'A') : *c;
  }
  return name;
}

std::string SetFlag(const Flag& flag, std::vector<std::string> values,
                    FlagWords* words) {
  const bool empty =
      std::any_of(values.begin(), values.end(),
                  [](const std::string& value) { return value.empty(); });
  if (values.empty() || empty) return "the value is empty";
  if (const auto* target = std::get_if<bool Words::*>(&flag.target)) {
    return SetSwitch(values[0], &(words->**target));
  }
  if (const auto* target = std::get_if<std::string Words::*>(&flag.target)) {
    words->** target = std::move(values[0]);
  } else {
    words->*std::get<std::vector<std::string> Words::*>(flag.target) =
        std::move(values);
  }
  return {};
}

void CopyFlag(const Flag& flag, const FlagWords& from, FlagWords* to) {
  std::visit([&](auto member) { to->*member = from.*member; }, flag.target);
}

}  // namespace cellblock
