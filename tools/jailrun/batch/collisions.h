// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_TOOLS_JAILRUN_BATCH_COLLISIONS_H_
#define CELLBLOCK_TOOLS_JAILRUN_BATCH_COLLISIONS_H_

#include <sys/types.h>

#include <compare>
#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace cellblock {

// A file, whatever path leads to it; or, where none is, the place of one.
struct FileIdentity {
  dev_t device = 0;
  ino_t inode = 0;        // of the file, or of the directory of the place
  std::string name = {};  // of the place; empty: the file is there

  auto operator<=>(const FileIdentity&) const = default;

  // What `path` leads to.
  static FileIdentity Of(const std::string& path);

  // The place that `path` names, whether a file or a link is there or not.
  static FileIdentity OfPlace(const std::string& path);
};

// The files that a batch reads and writes: none may take the place of another.
//
// Lifecycle: AddInput for each; then AddList for the journal and the others;
//   then AddOutput for each.
// Errors: those of Add: one line, without the option; empty iff the file is
//   nobody else's.
// Threads: one.
class Collisions {
 public:
  // `path` is what leads to it, `shown` how it was named.
  void AddInput(const std::string& path, const std::string& shown);

  // One that is the whole batch's: `what` it is, for example "the journal".
  [[nodiscard]] std::string AddList(const std::string& path, const char* what);

  // Of an input.
  [[nodiscard]] std::string AddOutput(const std::string& path,
                                      const std::string& input);

 private:
  struct List {
    FileIdentity file;
    FileIdentity place;
    const char* what;
    std::string path;
  };

  std::string Replaced(const FileIdentity& file,
                       const FileIdentity& place) const;

  std::map<FileIdentity, std::string> inputs_;
  std::map<FileIdentity, std::string> outputs_;  // by place: their inputs
  std::vector<List> lists_;
};

// Which of `directories`, or files, `path` is in or is: what may write there
// may write it. Empty iff none.
[[nodiscard]] std::optional<std::string> Covering(
    const std::string& path, const std::vector<std::string>& directories);

}  // namespace cellblock

#endif  // CELLBLOCK_TOOLS_JAILRUN_BATCH_COLLISIONS_H_
