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

  // What the file is called until it is kept.
  static std::string TemporaryOf(const std::string& path) {
    return path + ".part";
  }

  // For `path`; with an empty one, what is written goes nowhere.
  // Errors: errno, of open(2); ENOTSUP or EISDIR iff something else than a file
  //   has that name.
  [[nodiscard]] int Open(const std::string& path);

  int fd() const { return fd_.get(); }

  // In its place. Errors: errno, of rename(2); EBUSY iff somebody else has
  //   another file under its name meanwhile.
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
