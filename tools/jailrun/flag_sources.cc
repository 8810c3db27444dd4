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

}  // namespace

std::string ReadVariables(char* const* environment,
                          std::vector<GivenFlag>* given) {
  std::string error;
  const auto fail = [&error](const std::string& what) {
    if (error.empty()) error = what;
  };
  for (; *environment != nullptr; ++environment) {
    const std::string_view entry = *environment;
    if (!entry.starts_with(kVariablePrefix)) continue;
    const size_t equals = std::min(entry.find('='), entry.size());
    const std::string name(entry.substr(0, equals));
    const Flag* const flag = FlagOf(name);
    if (flag == nullptr) {
      fail(name + ": jailrun has no such option; see jailrun --help");
      continue;
    }
    if (flag->places == FlagPlaces::kCommandLine) {
      fail(name + ": only the command line gives --" + flag->name);
      continue;
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
  return error;
}

void FlagLayers::ClearRivals(const std::vector<const Flag*>& given) {
  for (const Flag* flag : given) {
    if (flag->rival == nullptr) continue;
    const Flag* const rival = FindFlag(flag->rival);
    if (std::find(given.begin(), given.end(), rival) != given.end()) continue;
    CopyFlag(*rival, FlagWords(), &words_);
    origins_.Set(*rival, {});
  }
}

std::string FlagLayers::Add(const std::vector<GivenFlag>& source) {
  std::vector<const Flag*> flags;
  for (const GivenFlag& given : source) flags.push_back(given.flag);
  ClearRivals(flags);
  std::string first;
  for (const GivenFlag& given : source) {
    const std::string error = SetFlag(*given.flag, given.values, &words_);
    if (error.empty()) {
      origins_.Set(*given.flag, given.origin);
    } else if (first.empty()) {
      first = given.origin + ": --" + given.flag->name + ": " + error;
    }
  }
  return first;
}

void FlagLayers::AddCommandLine(const std::vector<const Flag*>& given,
                                const FlagWords& words) {
  ClearRivals(given);
  for (const Flag* flag : given) {
    CopyFlag(*flag, words, &words_);
    origins_.Set(*flag, {});
  }
}

}  // namespace cellblock
