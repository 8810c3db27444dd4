// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "tools/jailrun/environment.h"

#include <string_view>

#include "tools/jailrun/control.h"

namespace cellblock {
namespace {

constexpr std::string_view kPreload = "LD_PRELOAD=";

}  // namespace

ProgramEnvironment::ProgramEnvironment(char* const* current,
                                       const std::string& runtime,
                                       const std::string& control)
    : control_(std::string(kControlVariable) + "=" + control) {
  const std::string ours = std::string(kPreload) + runtime;
  for (; *current != nullptr; ++current) {
    const std::string_view entry = *current;
    if (!entry.starts_with(kPreload)) {
      pointers_.push_back(*current);
      continue;
    }
    preloads_.push_back(ours + ":");
    preloads_.back() += entry.substr(kPreload.size());
    pointers_.push_back(preloads_.back().data());
  }
  if (preloads_.empty()) {
    preloads_.push_back(ours);
    pointers_.push_back(preloads_.back().data());
  }
  pointers_.push_back(control_.data());
  pointers_.push_back(nullptr);
}

}  // namespace cellblock
