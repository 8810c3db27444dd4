// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_TOOLS_JAILRUN_TEMPLATE_FITNESS_H_
#define CELLBLOCK_TOOLS_JAILRUN_TEMPLATE_FITNESS_H_

#include <sys/types.h>

#include <span>
#include <string>

namespace cellblock {

// A process that has come to its lock, and what it was given.
struct TemplateCandidate {
  pid_t process;
  std::span<const int> given;        // descriptors
  std::span<const int> runtime_fds;  // the runtime's
  std::string token;                 // of its arguments
};

// Why forks of it would not be what the program is when it is started anew;
// empty iff they would. What one fork could hand to the next is refused too:
// descriptors that are open, and memory that is shared. Besides, what a fork
// does not take along: threads, children, timers, pages that are locked or left
// out. And what it has made of its arguments, as far as it holds the token.
//
// Syscalls: reads /proc/PID; the pages that the process has written once.
[[nodiscard]] std::string WhyNotFit(const TemplateCandidate& candidate);

}  // namespace cellblock

#endif  // CELLBLOCK_TOOLS_JAILRUN_TEMPLATE_FITNESS_H_
