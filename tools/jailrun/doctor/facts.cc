// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "tools/jailrun/doctor/facts.h"

#include <fcntl.h>
#include <unistd.h>

#include "jail/unique_fd.h"

namespace cellblock {

std::string ReadText(const std::string& path) {
  constexpr size_t kMostBytes = 64 << 10;
  const UniqueFd fd(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  std::string text;
  char part[4096];
  ssize_t got;
  while (text.size() < kMostBytes &&
         (got = read(fd.get(), part, sizeof(part))) > 0) {
    text.append(part, static_cast<size_t>(got));
  }
  if (text.ends_with('\n')) text.pop_back();
  return text;
}

std::string Field(std::string_view text, std::string_view name) {
  while (!text.empty()) {
    const size_t end = text.find('\n');
    const std::string_view line = text.substr(0, end);
    if (line.starts_with(name) && line.substr(name.size()).starts_with(':')) {
      const std::string_view value = line.substr(name.size() + 1);
      const size_t begin = value.find_first_not_of(" \t");
      return std::string(begin == value.npos ? "" : value.substr(begin));
    }
    text = end == text.npos ? std::string_view() : text.substr(end + 1);
  }
  return {};
}

std::string Chosen(std::string_view text) {
  const size_t open = text.find('[');
  const size_t close = text.find(']');
  if (open == text.npos || close == text.npos || close < open) return {};
  return std::string(text.substr(open + 1, close - open - 1));
}

}  // namespace cellblock
