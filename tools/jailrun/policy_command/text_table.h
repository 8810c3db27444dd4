// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_TOOLS_JAILRUN_POLICY_COMMAND_TEXT_TABLE_H_
#define CELLBLOCK_TOOLS_JAILRUN_POLICY_COMMAND_TEXT_TABLE_H_

#include <string>
#include <utility>
#include <vector>

namespace cellblock {

// Lines whose columns stand below each other, two spaces apart.
class TextTable {
 public:
  using Row = std::vector<std::string>;

  void Add(Row row) { rows_.push_back(std::move(row)); }

  // Each line begins with `indent`, and none ends in a space.
  std::string Text(const std::string& indent = {}) const;

 private:
  std::vector<Row> rows_;
};

}  // namespace cellblock

#endif  // CELLBLOCK_TOOLS_JAILRUN_POLICY_COMMAND_TEXT_TABLE_H_
