// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_TOOLS_JAILRUN_TEMPLATE_PROTOCOL_H_
#define CELLBLOCK_TOOLS_JAILRUN_TEMPLATE_PROTOCOL_H_

// What jailrun and a template say to each other, by the SOCKET of control.h,
// before any hostile byte is near. Libc only: the runtime uses it.
//
//   template ─► one byte: look at the phase
//   jailrun  ─► TemplateRequest, the words, and kTemplateDescriptors
//   template ─► TemplateReply        (again and again)
//   process  ─► one byte, on the socket that came with the request: it can be
//               looked at, and what is its own of these two is in place
//
// A template ends when the other end of the socket is closed.

#include <sys/types.h>

#include <cstddef>
#include <cstdint>

namespace cellblock {

// Asks for a process that goes on to the lock and to main.
struct TemplateRequest {
  pid_t parent;    // of the template, and so of that process
  uint32_t words;  // the last so many arguments are replaced, in place, by
                   // those behind this, each with its NUL
  uint32_t descriptors;  // so many come with it
};

// So many bytes of words, at most.
inline constexpr size_t kMostTemplateWords = size_t{64} << 10;

// With a request, in this order: 0, 1 and 2, the memfd and the socket of a
// SharedControl, and a Landlock ruleset, if there is one.
inline constexpr size_t kTemplateDescriptors = 6;

struct TemplateReply {
  pid_t process;  // or -1
  int32_t error;  // errno
};

// Why a program cannot be a template, as its runtime finds.
enum class TemplateUnfit : int32_t {
  kNone,
  kTimers,      // a constructor has set a timer, which no fork inherits
  kThreadWord,  // the kernel does not tell where libc keeps the thread's number
  kArguments,   // a constructor has changed the arguments or their order
  kForkHandlers,  // more handlers of forks than there is room for
};

}  // namespace cellblock

#endif  // CELLBLOCK_TOOLS_JAILRUN_TEMPLATE_PROTOCOL_H_
