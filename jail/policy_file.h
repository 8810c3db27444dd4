// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_JAIL_POLICY_FILE_H_
#define CELLBLOCK_JAIL_POLICY_FILE_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "jail/policy.h"
#include "jail/policy_builder.h"

namespace cellblock {

// A policy in TOML: a preset, and what is added to it.
//
//   inherit = "decoder"
//   name = "thumbnailer"                    # else "decoder"
//   allow = ["@sleep", "getxattr", "fsync:3"]  # as --allow takes them
//
//   [[rule]]
//   call = "socket"                         # "unsafe:NAME" where that is asked
//   action = "refuse"                       # allow, errno, refuse, violation,
//                                           # kill
//   error = "EACCES"                        # of errno and refuse
//   arguments = [{ index = 0, equals = 1 }] # all must hold; none: always
//   reason = "asks a local service"
//
// An argument is compared in the 32 or 64 bits that the kernel reads, or in
// those of `mask`; `equals = "pid"` is the jailed process itself.
//
// Lifecycle: a value.
// Errors: text as "FILE:LINE:COLUMN: what is wrong and what is accepted"; empty
//   iff there is none. Unknown keys are errors, and characters that are not
//   ASCII.
// Threads: one. Syscalls: none but those of memory; setup phase only.
class PolicyFile {
 public:
  // Reads `text`; `path` is for messages.
  [[nodiscard]] static std::string Parse(std::string_view text,
                                         const std::string& path,
                                         PolicyFile* file);

  const std::string& inherit() const { return inherit_; }

  // Adds what the file adds to the preset that it inherits from.
  [[nodiscard]] std::string ApplyTo(PolicyBuilder* builder) const;

 private:
  friend class PolicyFileReader;

  struct Addition {
    std::string where;  // "FILE:LINE:COLUMN: "
    std::string allow;  // empty: `rule`
    Rule rule = {};
    std::string reason;
    PolicyBuilder::Safety safety = PolicyBuilder::Safety::kSafe;
  };

  std::string inherit_;
  std::string name_;
  std::vector<Addition> additions_;
};

}  // namespace cellblock

#endif  // CELLBLOCK_JAIL_POLICY_FILE_H_
