// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_TOOLS_JAILRUN_REPORT_COMMAND_PAGE_FILE_H_
#define CELLBLOCK_TOOLS_JAILRUN_REPORT_COMMAND_PAGE_FILE_H_

#include <string>
#include <string_view>

#include "jail/unique_fd.h"

namespace cellblock {

// The file that a page goes to. It is opened before a program runs and written
// after it: where the name leads is nothing that the program can change.
//
// Errors: as returned, or nothing; one line that names the file.
// Ownership: its descriptor, which no program inherits.
class PageFile {
 public:
  // `path` is made, or emptied when it is written.
  [[nodiscard]] std::string Open(const std::string& path);

  [[nodiscard]] std::string Write(std::string_view page);

 private:
  std::string path_;
  UniqueFd fd_;
};

}  // namespace cellblock

#endif  // CELLBLOCK_TOOLS_JAILRUN_REPORT_COMMAND_PAGE_FILE_H_
