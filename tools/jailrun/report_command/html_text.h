// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_TOOLS_JAILRUN_REPORT_COMMAND_HTML_TEXT_H_
#define CELLBLOCK_TOOLS_JAILRUN_REPORT_COMMAND_HTML_TEXT_H_

#include <string>
#include <string_view>
#include <vector>

#include "tools/jailrun/report_command/json_node.h"

namespace cellblock {

// `text` as HTML, between tags and in quoted attributes. Control characters
// and those that turn the direction of writing, so that a name is read as
// another one, are shown as \xHH and \uHHHH. Bytes that are not UTF-8 are kept:
// a browser shows a mark for them.
[[nodiscard]] std::string Html(std::string_view text);

// "<code>text</code>"
[[nodiscard]] std::string Code(std::string_view text);

// `json` for a script element: nothing in it ends the element.
[[nodiscard]] std::string JsonForScript(const ReportJson& json);

// A table of cells that are HTML. Columns are known by the names of classes,
// which can be empty: "number", "bar", "wide".
class HtmlTable {
 public:
  HtmlTable(std::vector<std::string> classes, std::vector<std::string> heads)
      : classes_(std::move(classes)), heads_(std::move(heads)) {}

  void Add(std::vector<std::string> cells) {
    rows_.push_back(std::move(cells));
  }
  bool empty() const { return rows_.empty(); }

  std::string Text() const;

 private:
  std::string Row(const char* tag, const std::vector<std::string>& cells) const;

  std::vector<std::string> classes_;
  std::vector<std::string> heads_;  // none: no row of heads
  std::vector<std::vector<std::string>> rows_;
};

// A bar of `all` of `most`, of which `part` is dark.
[[nodiscard]] std::string Bar(uint64_t all, uint64_t part, uint64_t most);

// "no_new_privs" as "no new privs", which a narrow screen can break.
[[nodiscard]] std::string Words(std::string name);

// "12 345"
[[nodiscard]] std::string Grouped(uint64_t number);

}  // namespace cellblock

#endif  // CELLBLOCK_TOOLS_JAILRUN_REPORT_COMMAND_HTML_TEXT_H_
