// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include <algorithm>

#include "examples/imaging/format.h"

namespace examples::imaging {
namespace {

bool BeginsWith(std::span<const uint8_t> file, std::string_view magic) {
  if (file.size() < magic.size()) return false;
  return std::equal(
      magic.begin(), magic.end(), file.begin(), [](char wanted, uint8_t found) {
        return wanted == '?' || static_cast<uint8_t>(wanted) == found;
      });
}

}  // namespace

const Format* Sniff(std::span<const Format> formats,
                    std::span<const uint8_t> file) {
  for (const Format& format : formats) {
    for (const std::string_view magic : format.magics) {
      if (BeginsWith(file, magic)) return &format;
    }
  }
  return nullptr;
}

}  // namespace examples::imaging
