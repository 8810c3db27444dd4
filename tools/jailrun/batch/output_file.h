// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_TOOLS_JAILRUN_BATCH_OUTPUT_FILE_H_
#define CELLBLOCK_TOOLS_JAILRUN_BATCH_OUTPUT_FILE_H_

#include <string>

#include "jail/unique_fd.h"

namespace cellblock {

// What a run writes: under another name until it is known to be good. A run
// that is interrupted leaves that other file at most, and the next one takes
// it over.
class OutputFile {
 public:
  OutputFile() = default;

  // For `path`; with an empty one, what is written goes nowhere.
  // Errors: errno, of open(2).
  [[nodiscard]] int Open(const std::string& path);

  int fd() const { return fd_.get(); }

  // In its place. Errors: errno, of rename(2).
  [[nodiscard]] int Keep();

  // Gone; what was in its place before stays there.
  void Discard();

 private:
  std::string path_;
  std::string temporary_;
  UniqueFd fd_;
};

}  // namespace cellblock

#endif  // CELLBLOCK_TOOLS_JAILRUN_BATCH_OUTPUT_FILE_H_
