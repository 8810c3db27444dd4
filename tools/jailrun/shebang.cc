// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
#include "tools/jailrun/shebang.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace cellblock {
namespace {

constexpr std::string_view kBlanks = " \t";
constexpr std::string_view kNameEnds(" \t\0", 3);

// What follows the name, up to a NUL if there is one.
std::optional<std::string> Argument(std::string_view rest) {
  // A name that a NUL ends has none.
  if (rest.empty() || rest[0] == '\0') return std::nullopt;
  const size_t start = rest.find_first_not_of(kBlanks);
  if (start == rest.npos) return std::nullopt;
  rest.remove_prefix(start);
  return std::string(rest.substr(0, rest.find('\0')));
}

}  // namespace

std::optional<Shebang> ParseShebang(std::string_view head) {
  if (head.substr(0, 2) != "#!") return std::nullopt;
  // As in the kernel, a short file is followed by zeros.
  std::array<char, kShebangBytes> buffer{};
  std::copy_n(head.begin(), std::min(head.size(), buffer.size()),
              buffer.begin());
  std::string_view line(buffer.data(), buffer.size());
  line.remove_prefix(2);
  const size_t end = line.find_first_of(std::string_view("\n\0", 2));
  const bool whole_line = end != line.npos && line[end] == '\n';
  if (whole_line) line = line.substr(0, end);
  const size_t start = line.find_first_not_of(kBlanks);
  if (start == line.npos) return std::nullopt;
  // The last byte looked at can end a name, and cannot be one.
  if (!whole_line && start + 1 == line.size()) return std::nullopt;
  line.remove_prefix(start);
  const size_t name_end = line.find_first_of(kNameEnds);
  if (name_end == line.npos && !whole_line) return std::nullopt;
  Shebang shebang = {std::string(line.substr(0, name_end)), std::nullopt};
  if (name_end == line.npos) return shebang;
  // Nor is the last byte part of an argument.
  if (!whole_line) line.remove_suffix(1);
  const size_t last = line.find_last_not_of(kBlanks);
  line = line.substr(0, last + 1);
  if (name_end < line.size())
    shebang.argument = Argument(line.substr(name_end));
  return shebang;
}

}  // namespace cellblock
