// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_TOOLS_JAILRUN_DIVIDED_LIST_H_
#define CELLBLOCK_TOOLS_JAILRUN_DIVIDED_LIST_H_

#include <string>
#include <string_view>
#include <vector>

namespace cellblock {

// The pieces of `text` between separators. Empty ones are none; the last one
// needs no separator behind it.
[[nodiscard]] std::vector<std::string> DivideList(std::string_view text,
                                                  char separator);

}  // namespace cellblock

#endif  // CELLBLOCK_TOOLS_JAILRUN_DIVIDED_LIST_H_
