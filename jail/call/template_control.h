// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_JAIL_CALL_TEMPLATE_CONTROL_H_
#define CELLBLOCK_JAIL_CALL_TEMPLATE_CONTROL_H_

// What a host and a template share: what the template is to be, how far it
// came, and its commands. Workers do not have this memory (MADV_DONTFORK).

#include <linux/bpf_common.h>
#include <linux/filter.h>
#include <sys/types.h>

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "jail/lock.h"
#include "jail/speculation.h"

namespace cellblock {

inline constexpr uint64_t kTemplateMagic = 0x31746c706d546243;  // "CbTmplt1"

// argv[0] of a template. argv[1] is the number of the control's descriptor.
inline constexpr char kTemplateName[] = "cellblock:template";

// The descriptors of a template, beside 0 to 2 and those of the options.
inline constexpr int kControlDescriptor = 3;
inline constexpr int kChannelDescriptor = 4;
inline constexpr int kPreloadDescriptor = 5;

enum class TemplatePhase : uint32_t {
  kStarting,   // no word of it yet
  kPreparing,  // it has begun
  kNoDecoder,  // it has none of that name; `message` has those that it has
  kFailed,     // `message` says in what
  kNotLocked,  // Lock failed: step and error
  kLocked,     // and waits for the host to fetch the listener
  kReady,      // for commands
};

// Whether a worker shall put its memory back after each call.
enum class AfterCall : uint32_t { kNothing, kRestore };

struct TemplateOrder {
  uint64_t magic;
  pid_t host;
  uint64_t pool_bytes;
  uint64_t input_bytes;
  uint64_t output_bytes;
  uint32_t populate;  // 1: workers provide the pool's pages ahead
  AfterCall after_call;
  uint32_t descriptors;  // from kFirstDescriptor on
  char decoder[128];
  // "R" or "W", small if it is optional, a path and a zero byte, for each
  // grant; ends with a zero byte.
  char grants[8192];
  uint32_t template_filter_length;
  uint32_t last_filter_length;
  sock_filter template_filter[BPF_MAXINSNS];
  sock_filter last_filter[BPF_MAXINSNS];
};

// What became of each layer; errno, 0: enforced.
struct TemplateLayers {
  int landlock_error;
  int exec_gain_error;
  int seal_error;
};

struct TemplateControl {
  std::atomic<uint32_t> command;  // a futex; counts what the host wants
  std::atomic<uint32_t> done;     // a futex; counts phases and workers made
  std::atomic<TemplatePhase> phase;
  std::atomic<uint32_t> worker;  // the pid of the one made last, or -errno
  int listener;                  // its number in the template
  NotifyWait wait;
  LockStep step;
  int error;
  TemplateLayers layers;
  char message[512];
  TemplateOrder order;
};

}  // namespace cellblock

#endif  // CELLBLOCK_JAIL_CALL_TEMPLATE_CONTROL_H_
