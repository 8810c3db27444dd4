// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "tools/jailrun/flag_origins.h"

#include <cstddef>
#include <span>
#include <string_view>

#include "tools/jailrun/flag_table.h"

namespace cellblock {

void FlagOrigins::Set(const Flag& flag, const std::string& origin) {
  origins_.resize(AllFlags().size());
  origins_[static_cast<size_t>(&flag - AllFlags().data())] = origin;
}

std::string FlagOrigins::WithOrigin(const std::string& error) const {
  for (size_t i = 0; i < origins_.size(); ++i) {
    const std::string name = std::string("--") + AllFlags()[i].name;
    if (origins_[i].empty() || !error.starts_with(name)) continue;
    const size_t end = name.size();
    if (end < error.size() &&
        std::string_view("=: ").find(error[end]) == std::string_view::npos) {
      continue;
    }
    return origins_[i] + ": " + error;
  }
  return error;
}

}  // namespace cellblock
