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
    : preload_(std::string(kPreload) + runtime),
      control_(std::string(kControlVariable) + "=" + control) {
  bool preloaded = false;
  for (; *current != nullptr; ++current) {
    const std::string_view entry = *current;
    if (!preloaded && entry.starts_with(kPreload)) {
      preload_ += ":";
      preload_ += entry.substr(kPreload.size());
      pointers_.push_back(nullptr);  // once preload_ stays where it is
      preloaded = true;
    } else {
      pointers_.push_back(*current);
    }
  }
  if (!preloaded) pointers_.push_back(nullptr);
  for (char*& pointer : pointers_) {
    if (pointer == nullptr) pointer = preload_.data();
  }
  pointers_.push_back(control_.data());
  pointers_.push_back(nullptr);
}

}  // namespace cellblock
