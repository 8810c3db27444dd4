// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_TOOLS_JAILRUN_ARGUMENT_SIGNATURES_H_
#define CELLBLOCK_TOOLS_JAILRUN_ARGUMENT_SIGNATURES_H_

#include <array>
#include <cstdint>
#include <string_view>

#include "tools/jailrun/argument_names.h"

namespace cellblock {

// What an argument means beyond its register.
enum class Meaning : uint8_t {
  kPlain,  // as the table of calls formats it; paths are read
  kOpenFlags,
  kOpenMode,  // of a file that the flags before it make, and else nothing
  kNodeMode,  // a file's type and mode
  kSocketType,
  kProtocol,  // of the domain in the first argument
  kMappingFlags,
  kCloneFlags,
  kFutexCommand,
  kFutexTime,        // what the command in the second argument takes
  kSocketOption,     // of the level in the second argument
  kFileCommandWord,  // what the command in the second argument takes
  kControlWord,      // what the prctl option in the first argument takes
  // What lies behind a pointer, from here on.
  kText,               // a NUL-terminated string
  kWords,              // a vector of strings
  kSocketOptionValue,  // of the option before; its length is the next argument
  kSocketAddress,      // its length is the next argument
  kMessage,            // a msghdr
  kMessages,           // mmsghdrs; their count is the next argument
  kParts,              // iovecs; their count is the next argument
  kTimeSpan,           // a timespec
  kFileTimes,          // two of them
  kTimerSpans,         // an itimerspec
  kTimeValue,          // a timeval
  kFileTimeValues,     // two of them
  kTimerValues,        // an itimerval
  kClockAdjustment,    // a timex
  kLimits,
  kSignalSet,
  kSignalAction,
  kSignalEvent,
  kSignalInfo,
  kSignalStack,
  kPollEvent,      // an epoll_event
  kPollList,       // pollfds; their count is the next argument
  kDescriptorSet,  // an fd_set; its size is the first argument
  kOpenHow,        // its length is the next argument
  kCloneArguments,
  kMountAttributes,
  kPriority,  // a sched_param
  kScheduling,
  kProcessors,  // a mask of CPUs; its length is the argument before
  kCapabilityHeader,
  kCapabilities,
  kQueueAttributes,
  kRingParameters,
  kCounterAttributes,
  kFilterCode,  // a sock_fprog, if the first argument is the filter command
  kFileHandle,
  kSemaphoreSteps,  // sembufs; their count is the next argument
  kIds,             // their count is the argument before
  kNamedValue,      // from here on with a NameSet
  kNamedFlags,
};

struct Argument {
  Meaning meaning = Meaning::kPlain;
  NameSet names = NameSet::kOpenFlags;
};

struct Signature {
  std::string_view name;
  std::array<Argument, 6> arguments;
};

// Of a call whose arguments are more than the table of calls says. Null iff it
// is none. Threads: any. Syscalls: none.
const Signature* FindSignature(std::string_view name);

}  // namespace cellblock

#endif  // CELLBLOCK_TOOLS_JAILRUN_ARGUMENT_SIGNATURES_H_
