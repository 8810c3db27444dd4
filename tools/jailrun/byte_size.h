// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_TOOLS_JAILRUN_BYTE_SIZE_H_
#define CELLBLOCK_TOOLS_JAILRUN_BYTE_SIZE_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace cellblock {

// "4096", "64K", "200M", "1G", "2T": a decimal whole number of bytes, or of
// 1024, 1024^2 … of them; small letters too.
// Errors: empty iff there is no digit, the number or the product does not fit
// 64 bits, or something else follows; `error` says which, without the input.
std::optional<uint64_t> ParseByteSize(std::string_view text,
                                      std::string* error);

// For people: "200 MiB", "1.5 GiB", "17 bytes". At most one decimal, rounded
// down.
std::string FormatBytes(uint64_t bytes);

// Both: "200 MiB (209715200)".
std::string ExactBytes(uint64_t bytes);

// As ParseByteSize takes it, exactly: "200M", "68K", "4097".
std::string SizeArgument(uint64_t bytes);

}  // namespace cellblock

#endif  // CELLBLOCK_TOOLS_JAILRUN_BYTE_SIZE_H_
