// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_TOOLS_JAILRUN_REPORT_LINES_H_
#define CELLBLOCK_TOOLS_JAILRUN_REPORT_LINES_H_

#include <string>
#include <string_view>
#include <utility>

#include "tools/jailrun/refusal.h"

namespace cellblock {

// Lines of jailrun's own for a terminal: each begins with "jailrun: ", and is
// one line whatever is in it.
class ReportLines {
 public:
  void Add(std::string_view text) {
    text_ += "jailrun: ";
    text_ += Escaped(text);
    text_ += '\n';
  }
  std::string Take() { return std::move(text_); }

 private:
  std::string text_;
};

}  // namespace cellblock

#endif  // CELLBLOCK_TOOLS_JAILRUN_REPORT_LINES_H_
