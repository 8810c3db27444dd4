// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_TOOLS_JAILRUN_BATCH_OUTPUT_FILE_H_
#define CELLBLOCK_TOOLS_JAILRUN_BATCH_OUTPUT_FILE_H_

#include <string>
#include <utility>

#include "jail/unique_fd.h"

namespace cellblock {

// What a run writes: a file without a name until it is known to be good. Where
// the file system has no such files, it is hidden beside its place, and is left
// there iff this process is killed.
//
// Lifecycle: Open; then Keep or Discard, which is what destruction does too.
class OutputFile {
 public:
  OutputFile() = default;
  OutputFile(OutputFile&& other) noexcept { *this = std::move(other); }
  OutputFile& operator=(OutputFile&& other) noexcept;
  ~OutputFile() { Discard(); }

  // For `path`; with an empty one, what is written goes nowhere.
  // Errors: errno, of open(2); ENOTSUP or EISDIR iff something else than a file
  //   has that name.
  [[nodiscard]] int Open(const std::string& path);

  int fd() const { return fd_.get(); }

  // Whether its file system has no room left, so that a run which wanted more
  // may have ended badly for that. Writes to the file, which is then to be
  // discarded. Errors: ENOSPC or EDQUOT; else 0.
  [[nodiscard]] int TryToGrow() const;

  // The same without a change of the file; a quota is not seen.
  [[nodiscard]] int LookForRoom() const;

  // In its place. Errors: errno, of linkat(2) and rename(2); EBUSY iff somebody
  //   else has another file under its hidden name.
  [[nodiscard]] int Keep();

  // Gone; what was in its place before stays there.
  void Discard();

 private:
  int OpenHidden();
  int NameIt();

  std::string path_;
  std::string hidden_;  // its name for now; empty: it has none
  UniqueFd fd_;
};

// "PATH: why it cannot be written", and what to do where that is not plain.
[[nodiscard]] std::string OutputErrorText(const std::string& path, int error);

// Whether that is for want of room on the disk.
[[nodiscard]] bool IsFullDisk(int error);

}  // namespace cellblock

#endif  // CELLBLOCK_TOOLS_JAILRUN_BATCH_OUTPUT_FILE_H_
