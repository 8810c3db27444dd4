// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_TOOLS_JAILRUN_BATCH_JOURNAL_H_
#define CELLBLOCK_TOOLS_JAILRUN_BATCH_JOURNAL_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "jail/unique_fd.h"
#include "tools/jailrun/batch/outcome.h"

namespace cellblock {

// The final verdict of one input.
struct FinalVerdict {
  std::string input;
  uint32_t runs = 1;
  Outcome outcome;
  std::string output = {};      // the file with what it wrote, or empty
  std::string last_words = {};  // the end of its standard error
};

// One line of JSON with its line end. An input that is not UTF-8 is there in
// hexadecimal too, as "input_hex".
[[nodiscard]] std::string VerdictLine(const FinalVerdict& verdict);

// Of the standard error of a run, so many bytes are told at the most.
inline constexpr size_t kMostLastWords = 2048;

// Whose verdicts a journal has: with anything else, the same names would mean
// other inputs or other results.
struct BatchIdentity {
  std::string command;
  std::string output = {};      // --output, as it was given; or empty
  std::string directory = {};   // that the inputs are meant from; a real path
  std::string started_in = {};  // that --output is meant from; a real path
};

// What a journal keeps of each.
struct KnownVerdict {
  VerdictClass verdict_class;
  bool permanent;
};

// The final verdicts of a batch in a file of JSON Lines, so that the batch can
// go on after it was interrupted. The first line says what batch it is; each
// other one is a VerdictLine.
//
// Each line is written as a whole behind the last one before its input counts
// as done: when the writer is killed, at worst the last line is cut off, and
// Open takes that one away again. A failure of the machine can cost what the
// kernel had not written back yet.
//
// Lifecycle: Open, Add for each verdict. One batch has it at a time.
// Errors: one line, without the name of the file; empty iff there is none.
// Threads: one.
class Journal {
 public:
  // Fails iff the file cannot be opened, read, written or locked, another batch
  // has had it for a second, it is no journal, or one of another `batch`.
  [[nodiscard]] std::string Open(const std::string& path,
                                 const BatchIdentity& batch);

  // Instead of Open: lines go to a descriptor that stays the caller's, and
  // nothing is known from before.
  void UseStream(int fd);

  // In a copy of the process: the lock stays the other's alone.
  void LetGo();

  // Fails iff it cannot be written; then the line is not there, or, of a
  // stream, perhaps a part of it.
  [[nodiscard]] std::string Add(const FinalVerdict& verdict);

  // Of the last write, if that has failed; else 0.
  int write_error() const { return write_error_; }

  // By input; those of this batch and of earlier ones.
  const std::unordered_map<std::string, KnownVerdict>& known() const {
    return known_;
  }

  // Bytes of a line that was cut off, and is gone.
  size_t cut_off_bytes() const { return cut_off_bytes_; }

 private:
  std::string Read(const BatchIdentity& batch);
  std::string ReadLines(std::string_view text, const BatchIdentity& batch);
  std::string Append(const std::string& line);

  UniqueFd file_;
  int fd_ = -1;  // of `file_`, or the stream
  std::unordered_map<std::string, KnownVerdict> known_;
  size_t cut_off_bytes_ = 0;
  int64_t size_ = 0;
  int write_error_ = 0;
};

}  // namespace cellblock

#endif  // CELLBLOCK_TOOLS_JAILRUN_BATCH_JOURNAL_H_
