// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "tools/jailrun/policy_command/loaded_policy.h"

#include "jail/policy_file.h"
#include "jail/presets.h"
#include "jail/proved_filter.h"
#include "tools/jailrun/policy_text_file.h"

namespace cellblock {
namespace {

std::string NamesOfPresets() {
  std::string names;
  for (const Policy& preset : AllPresets()) {
    names += names.empty() ? "" : ", ";
    names += preset.name();
  }
  return names;
}

// True iff it was meant as a file's name, as far as it shows.
bool LooksLikePath(const std::string& source) {
  return source.find_first_of("/.") != std::string::npos;
}

std::string ReadFile(const std::string& path, PolicyFile* file) {
  std::string text;
  std::string error = ReadPolicyText(path, &text);
  if (error.empty()) return PolicyFile::Parse(text, path, file);
  if (LooksLikePath(path)) return error;
  return error + "; and no preset has that name, there is " + NamesOfPresets();
}

// The preset for a program that may write files; null iff there is none.
const Policy* WithWrite(const Policy& preset) {
  const std::string name = preset.name();
  return FindPreset(name.ends_with("+rw") ? name : name + "+rw");
}

}  // namespace

std::string LoadedPolicy::Load(const std::string& source,
                               const Additions& additions) {
  source_ = source;
  PolicyFile file;
  preset_ = FindPreset(source);
  if (preset_ == nullptr) {
    if (std::string error = ReadFile(source, &file); !error.empty()) {
      return error;
    }
    preset_ = FindPreset(file.inherit());
  }
  if (additions.writes) {
    const std::string name = preset_->name();
    preset_ = WithWrite(*preset_);
    if (preset_ == nullptr) {
      return "--rw: preset " + name + " opens no files; use decoder";
    }
  }
  builder_.emplace(*preset_);
  if (std::string error = file.ApplyTo(&*builder_); !error.empty()) {
    return error;
  }
  for (const std::string& what : additions.allowed) {
    if (std::string error = builder_->Allow(what); !error.empty()) {
      return std::string("--allow=").append(what) + ": " + error;
    }
  }
  return {};
}

std::vector<sock_filter> LoadedPolicy::Filter(Notify notify,
                                              std::string* error) const {
  const FilterSource source =
      builder_->changed() ? FilterSource::kCompile : FilterSource::kBuiltIn;
  return ProvedFilter(policy(), source, {static_cast<pid_t>(kOwnPid), notify},
                      error);
}

}  // namespace cellblock
