// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
#ifndef CELLBLOCK_TOOLS_JAILRUN_TURNING_CHARACTER_H_
#define CELLBLOCK_TOOLS_JAILRUN_TURNING_CHARACTER_H_

#include <cstdint>
#include <string_view>

namespace cellblock {

// Marks, embeddings, overrides and isolates, with which a name is read as
// another one; and what separates lines to some.
constexpr bool IsTurning(uint32_t character) {
  return character == 0x61c || character == 0x200e || character == 0x200f ||
         (character >= 0x2028 && character <= 0x202e) ||
         (character >= 0x2066 && character <= 0x2069);
}

struct TurningCharacter {
  uint32_t character = 0;
  size_t bytes = 0;  // of UTF-8; 0: there is none
};

// That which `text` begins with.
constexpr TurningCharacter TurningCharacterOf(std::string_view text) {
  const auto byte = [text](size_t i) {
    return static_cast<uint32_t>(static_cast<unsigned char>(text[i]));
  };
  if (text.size() >= 2 && byte(0) == 0xd8 && byte(1) == 0x9c) {
    return {.character = 0x61c, .bytes = 2};
  }
  if (text.size() < 3 || (byte(0) & 0xf0) != 0xe0 || (byte(1) & 0xc0) != 0x80 ||
      (byte(2) & 0xc0) != 0x80) {
    return {};
  }
  const uint32_t character =
      (byte(0) & 0xf) << 12 | (byte(1) & 0x3f) << 6 | (byte(2) & 0x3f);
  if (!IsTurning(character)) return {};
  return {.character = character, .bytes = 3};
}

}  // namespace cellblock

#endif  // CELLBLOCK_TOOLS_JAILRUN_TURNING_CHARACTER_H_
