// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
#include "tools/jailrun/refusal.h"

#include <string>
#include <string_view>

namespace cellblock {

std::string Quoted(std::string_view text) {
  static constexpr char kHexDigits[] = "0123456789abcdef";
  std::string quoted = "'";
  unsigned char previous = 0;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    // The control characters of ISO 8859-1, as UTF-8 spells them, move some
    // terminals as escape sequences do.
    const bool c1_control = previous == 0xc2 && byte >= 0x80 && byte < 0xa0;
    if (byte < 0x20 || byte == 0x7f || c1_control || c == '\'' || c == '\\') {
      quoted += "\\x";
      quoted += kHexDigits[byte >> 4];
      quoted += kHexDigits[byte & 15];
    } else {
      quoted += c;
    }
    previous = byte;
  }
  quoted += '\'';
  return quoted;
}

}  // namespace cellblock
