// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "tools/jailrun/flag_sources.h"

#include <algorithm>
#include <string_view>

#include "tools/jailrun/divided_list.h"
#include "tools/jailrun/options.h"

namespace cellblock {
namespace {

// Null iff no option has that variable.
const Flag* FlagOf(const std::string& variable) {
  for (const Flag& flag : AllFlags()) {
    if (VariableOf(flag) == variable) return &flag;
  }
  return nullptr;
}

size_t IndexOf(const Flag* flag) {
  return static_cast<size_t>(flag - AllFlags().data());
}

}  // namespace

std::string ReadVariables(char* const* environment,
                          std::vector<GivenFlag>* given) {
  for (; *environment != nullptr; ++environment) {
    const std::string_view entry = *environment;
    if (!entry.starts_with(kVariablePrefix)) continue;
    const size_t equals = std::min(entry.find('='), entry.size());
    const std::string name(entry.substr(0, equals));
    const Flag* const flag = FlagOf(name);
    if (flag == nullptr) {
      return name + ": jailrun has no such option; see jailrun --help";
    }
    if (flag->places == FlagPlaces::kCommandLine) {
      return name + ": only the command line gives --" + flag->name;
    }
    const bool known = std::any_of(
        given->begin(), given->end(),
        [flag](const GivenFlag& each) { return each.flag == flag; });
    const std::string_view value =
        equals < entry.size() ? entry.substr(equals + 1) : std::string_view();
    if (known || value.empty()) continue;
    given->push_back({flag,
                      flag->is_list() ? DivideList(value, '\n')
                                      : std::vector{std::string(value)},
                      name});
  }
  return {};
}

void FlagLayers::ClearRivals(const std::vector<const Flag*>& given) {
  for (const Flag* flag : given) {
    if (flag->rival == nullptr) continue;
    const Flag* const rival = FindFlag(flag->rival);
    if (std::find(given.begin(), given.end(), rival) != given.end()) continue;
    CopyFlag(*rival, FlagWords(), &words_);
    origins_[IndexOf(rival)].clear();
  }
}

std::string FlagLayers::Add(const std::vector<GivenFlag>& source) {
  std::vector<const Flag*> flags;
  for (const GivenFlag& given : source) flags.push_back(given.flag);
  ClearRivals(flags);
  for (const GivenFlag& given : source) {
    const std::string error = SetFlag(*given.flag, given.values, &words_);
    if (!error.empty()) {
      return given.origin + ": --" + given.flag->name + ": " + error;
    }
    origins_[IndexOf(given.flag)] = given.origin;
  }
  return {};
}

void FlagLayers::AddCommandLine(const std::vector<const Flag*>& given,
                                const FlagWords& words) {
  ClearRivals(given);
  for (const Flag* flag : given) {
    CopyFlag(*flag, words, &words_);
    origins_[IndexOf(flag)].clear();
  }
}

std::string FlagLayers::WithOrigin(const std::string& error) const {
  for (const Flag& flag : AllFlags()) {
    const std::string& origin = origins_[IndexOf(&flag)];
    const std::string name = std::string("--") + flag.name;
    if (origin.empty() || !error.starts_with(name)) continue;
    const size_t end = name.size();
    if (end < error.size() &&
        std::string_view("=: ").find(error[end]) == std::string_view::npos) {
      continue;
    }
    return origin + ": " + error;
  }
  return error;
}

}  // namespace cellblock
