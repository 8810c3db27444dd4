// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
#ifndef CELLBLOCK_TESTS_TOOLS_SCRATCH_H_
#define CELLBLOCK_TESTS_TOOLS_SCRATCH_H_

#include <sys/types.h>

#include <string>
#include <string_view>

namespace cellblock {

// A directory of the test's own, for as long as the object lives; under
// TEST_TMPDIR, or where that is not set TMPDIR, or /tmp.
class ScratchDirectory {
 public:
  ScratchDirectory();
  ~ScratchDirectory();
  ScratchDirectory(const ScratchDirectory&) = delete;
  ScratchDirectory& operator=(const ScratchDirectory&) = delete;

  [[nodiscard]] const std::string& path() const { return path_; }
  [[nodiscard]] std::string operator/(std::string_view name) const {
    return path_ + '/' + std::string(name);
  }

 private:
  std::string path_;
};

// All three end the test program with a message if the system refuses.
[[nodiscard]] std::string ReadFile(const std::string& path);
void WriteFile(const std::string& path, std::string_view bytes,
               mode_t mode = 0644);
void MakeDirectory(const std::string& path, mode_t mode = 0755);

// The absolute path of a file that the test has as data, while the current
// directory is the one that the test was started in.
[[nodiscard]] std::string Fixture(std::string_view name);

// Has the kernel execute the file: returns its errno, or 0 if it did; what then
// runs is killed at once.
[[nodiscard]] int ExecError(const std::string& path);

}  // namespace cellblock

#endif  // CELLBLOCK_TESTS_TOOLS_SCRATCH_H_
