// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "jail/call/shown_words.h"

#include <string>

namespace cellblock {
namespace {

void AppendEscaped(std::string_view words, std::string* text) {
  constexpr char kHexDigits[] = "0123456789abcdef";
  for (const char c : words) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte >= 0x7f) {
      *text += "\\x";
      *text += kHexDigits[byte >> 4];
      *text += kHexDigits[byte & 15];
      continue;
    }
    if (c == '"' || c == '\\') *text += '\\';
    *text += c;
  }
}

}  // namespace

std::string ShownWords(std::string_view words, size_t limit, Shown shown) {
  const size_t left_out = words.size() > limit ? words.size() - limit : 0;
  const std::string rest =
      left_out == 0 ? "" : "[" + std::to_string(left_out) + " bytes more]";
  std::string text;
  if (shown == Shown::kEnd) {
    text += rest;
    words.remove_prefix(left_out);
  } else {
    words.remove_suffix(left_out);
  }
  text += '"';
  AppendEscaped(words, &text);
  text += '"';
  if (shown == Shown::kBeginning) text += rest;
  return text;
}

}  // namespace cellblock
