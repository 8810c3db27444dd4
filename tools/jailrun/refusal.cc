// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
#include "tools/jailrun/refusal.h"

#include <string.h>

#include <cinttypes>
#include <cstdio>
#include <string>
#include <string_view>

namespace cellblock {

std::string WithErrno(const std::string& what, int error) {
  return what + ": " + strerror(error);
}

std::string Escaped(std::string_view text, std::string_view also) {
  static constexpr char kHexDigits[] = "0123456789abcdef";
  std::string escaped;
  unsigned char previous = 0;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    // The control characters of ISO 8859-1, as UTF-8 spells them, move some
    // terminals as escape sequences do.
    const bool c1_control = previous == 0xc2 && byte >= 0x80 && byte < 0xa0;
    if (byte < 0x20 || byte == 0x7f || c1_control ||
        also.find(c) != std::string_view::npos) {
      escaped += "\\x";
      escaped += kHexDigits[byte >> 4];
      escaped += kHexDigits[byte & 15];
    } else {
      escaped += c;
    }
    previous = byte;
  }
  return escaped;
}

std::string Quoted(std::string_view text) {
  return "'" + Escaped(text, "'\\") + "'";
}

std::string HexText(uint64_t value) {
  char text[24];
  snprintf(text, sizeof(text), "0x%" PRIx64, value);
  return text;
}

}  // namespace cellblock
