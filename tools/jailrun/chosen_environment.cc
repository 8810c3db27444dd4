// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "tools/jailrun/chosen_environment.h"

#include <algorithm>
#include <utility>

#include "tools/jailrun/control.h"

namespace cellblock {
namespace {

std::string_view NameOf(std::string_view entry) {
  return entry.substr(0, entry.find('='));
}

bool IsNamed(const char* entry, std::string_view name) {
  const std::string_view text = entry;
  return text.size() > name.size() && text.starts_with(name) &&
         text[name.size()] == '=';
}

}  // namespace

ChosenEnvironment::ChosenEnvironment(char* const* current,
                                     const Options& options) {
  if (options.environment == Environment::kInherited) {
    for (char* const* entry = current; *entry != nullptr; ++entry) {
      // What stands for jailrun's own options is none of the program's.
      if (std::string_view(*entry).starts_with(kVariablePrefix)) continue;
      pointers_.push_back(*entry);
    }
  }
  for (const std::string& word : options.variables) {
    const std::string_view name = NameOf(word);
    Remove(name);
    if (name.size() < word.size()) {
      pointers_.push_back(const_cast<char*>(word.c_str()));
      continue;
    }
    for (char* const* entry = current; *entry != nullptr; ++entry) {
      if (IsNamed(*entry, name)) pointers_.push_back(*entry);
    }
  }
  pointers_.push_back(nullptr);
}

void ChosenEnvironment::Remove(std::string_view name) {
  pointers_.erase(std::remove_if(pointers_.begin(), pointers_.end(),
                                 [name](const char* entry) {
                                   return entry != nullptr &&
                                          IsNamed(entry, name);
                                 }),
                  pointers_.end());
}

const char* ChosenEnvironment::Last(std::string_view name) const {
  const char* value = nullptr;
  for (size_t i = 0; i < size(); ++i) {
    if (IsNamed(pointers_[i], name)) value = pointers_[i] + name.size() + 1;
  }
  return value;
}

const char* ChosenEnvironment::First(std::string_view name) const {
  for (size_t i = 0; i < size(); ++i) {
    if (IsNamed(pointers_[i], name)) return pointers_[i] + name.size() + 1;
  }
  return nullptr;
}

void ChosenEnvironment::Set(std::string entry) {
  owned_.push_back(std::move(entry));
  Remove(NameOf(owned_.back()));
  pointers_.insert(pointers_.end() - 1, owned_.back().data());
}

std::string CheckVariable(const std::string& word) {
  const std::string_view name = NameOf(word);
  // The value may be a secret.
  const std::string where = "--env=" + std::string(name) + ": ";
  if (name.empty()) {
    return where + "a name is needed (for example --env=HOME or --env=LANG=C)";
  }
  const bool odd = std::any_of(name.begin(), name.end(), [](unsigned char c) {
    return c <= ' ' || c == 0x7f;
  });
  if (odd) return where + "a name has no blanks or control characters";
  if (name == kControlVariable) {
    return where + "that variable is jailrun's own";
  }
  return {};
}

}  // namespace cellblock
