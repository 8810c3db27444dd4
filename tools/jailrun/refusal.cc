// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
#include "tools/jailrun/refusal.h"

#include <errno.h>
#include <string.h>

#include <algorithm>
#include <cinttypes>
#include <cstdio>
#include <string>
#include <string_view>

#include "tools/jailrun/turning_character.h"

namespace cellblock {

bool IsPassing(int error) {
  return error == EAGAIN || error == ENOMEM || error == EMFILE ||
         error == ENFILE;
}

std::string WithErrno(const std::string& what, int error) {
  return what + ": " + strerror(error);
}

std::string Escaped(std::string_view text, std::string_view also) {
  static constexpr char kHexDigits[] = "0123456789abcdef";
  std::string escaped;
  unsigned char previous = 0;
  size_t turning = 0;  // bytes still to come of one character
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    const auto byte = static_cast<unsigned char>(c);
    if (turning == 0) turning = TurningCharacterOf(text.substr(i)).bytes;
    // The control characters of ISO 8859-1, as UTF-8 spells them, move some
    // terminals as escape sequences do.
    const bool c1_control = previous == 0xc2 && byte >= 0x80 && byte < 0xa0;
    if (byte < 0x20 || byte == 0x7f || c1_control || turning > 0 ||
        also.find(c) != std::string_view::npos) {
      escaped += "\\x";
      escaped += kHexDigits[byte >> 4];
      escaped += kHexDigits[byte & 15];
    } else {
      escaped += c;
    }
    previous = byte;
    if (turning > 0) --turning;
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

namespace {

bool IsSecondOfC1(std::string_view text, size_t at) {
  if (at == 0 || at >= text.size()) return false;
  const auto byte = static_cast<unsigned char>(text[at]);
  return text[at - 1] == '\xc2' && byte >= 0x80 && byte < 0xa0;
}

// Or a byte of one that UTF-8 spells with two.
bool IsControl(std::string_view text, size_t at) {
  const auto byte = static_cast<unsigned char>(text[at]);
  return byte < ' ' || byte == 0x7f || IsSecondOfC1(text, at) ||
         IsSecondOfC1(text, at + 1);
}

}  // namespace

std::string ShellWord(const std::string& word) {
  constexpr std::string_view kPlain =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
      "%+,-./:=@_";
  if (!word.empty() && word.find_first_not_of(kPlain) == std::string::npos) {
    return word;
  }
  const std::string_view whole = word;
  bool printable = true;
  for (size_t i = 0; i < word.size(); ++i) {
    printable &=
        !IsControl(whole, i) && TurningCharacterOf(whole.substr(i)).bytes == 0;
  }
  std::string quoted = printable ? "'" : "$'";
  size_t turning = 0;  // bytes still to come of one character
  for (size_t i = 0; i < word.size(); ++i) {
    const char c = word[i];
    const auto byte = static_cast<unsigned char>(c);
    if (turning == 0) turning = TurningCharacterOf(whole.substr(i)).bytes;
    const bool turns = turning > 0;
    if (turns) --turning;
    if (IsControl(whole, i) || turns) {
      constexpr char kDigits[] = "0123456789abcdef";
      quoted += "\\x";
      quoted += kDigits[byte >> 4];
      quoted += kDigits[byte & 15];
    } else if (!printable && (c == '\'' || c == '\\')) {
      quoted += '\\';
      quoted += c;
    } else if (c == '\'') {
      quoted += "'\\''";
    } else {
      quoted += c;
    }
  }
  return quoted + "'";
}

}  // namespace cellblock
