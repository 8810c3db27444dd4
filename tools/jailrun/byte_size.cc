// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "tools/jailrun/byte_size.h"

#include <charconv>
#include <cstddef>

namespace cellblock {
namespace {

constexpr std::string_view kSuffixes = "KMGT";

std::optional<uint64_t> Fail(std::string* error, std::string what) {
  *error = std::move(what);
  return std::nullopt;
}

char Upper(char c) {
  return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
}

}  // namespace

std::optional<uint64_t> ParseByteSize(std::string_view text,
                                      std::string* error) {
  uint64_t number = 0;
  const char* const end = text.data() + text.size();
  const auto [rest, code] = std::from_chars(text.data(), end, number);
  if (code == std::errc::result_out_of_range) {
    return Fail(error, "the number is too large");
  }
  if (code != std::errc())
    return Fail(error, "it does not start with a number");
  if (rest == end) return number;
  const size_t suffix = kSuffixes.find(Upper(*rest));
  if (suffix == std::string_view::npos || rest + 1 != end) {
    return Fail(error, "'" + std::string(rest, end) +
                           "' is not a size suffix; use K, M, G or T");
  }
  const unsigned shift = 10 * (static_cast<unsigned>(suffix) + 1);
  if (number > UINT64_MAX >> shift) {
    return Fail(error, "the size is too large");
  }
  return number << shift;
}

std::string FormatBytes(uint64_t bytes) {
  if (bytes < 1024) return std::to_string(bytes) + " bytes";
  unsigned shift = 10;
  size_t suffix = 0;
  while (suffix + 1 < kSuffixes.size() && bytes >> shift >= 1024) {
    shift += 10;
    ++suffix;
  }
  const uint64_t whole = bytes >> shift;
  const uint64_t tenth = ((bytes - (whole << shift)) * 10) >> shift;
  std::string text = std::to_string(whole);
  if (tenth != 0) text += "." + std::to_string(tenth);
  return text + " " + kSuffixes[suffix] + "iB";
}

std::string ExactBytes(uint64_t bytes) {
  return FormatBytes(bytes) + " (" + std::to_string(bytes) + ")";
}

std::string SizeArgument(uint64_t bytes) {
  for (size_t suffix = kSuffixes.size(); suffix-- > 0;) {
    const unsigned shift = 10 * (static_cast<unsigned>(suffix) + 1);
    if (bytes != 0 && bytes % (uint64_t{1} << shift) == 0) {
      return std::to_string(bytes >> shift) + kSuffixes[suffix];
    }
  }
  return std::to_string(bytes);
}

}  // namespace cellblock
