// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_TOOLS_JAILRUN_SIGNAL_FORWARDER_H_
#define CELLBLOCK_TOOLS_JAILRUN_SIGNAL_FORWARDER_H_

#include <cstdint>

#include "jail/inherited_signals.h"
#include "jail/launch.h"
#include "jail/unique_fd.h"

namespace cellblock {

// Hands the signals that ask jailrun to end on to the program, so that it ends
// as it would alone and the verdict says so. What a terminal sends reaches the
// program by itself, since both are in one process group.
//
// Lifecycle: from construction on the signals are blocked and queue here, and
// SIGCHLD is not ignored. Where the kernel lets none queue, they end jailrun as
// they would anything, and the program with it.
class SignalForwarder {
 public:
  SignalForwarder();

  // Readable when a signal has come.
  int fd() const { return fd_.get(); }

  // As it was before.
  const InheritedSignals& inherited() const { return inherited_; }

  // Passes what has come on to the program.
  void Forward(const Launched& child);

  // Drops what has come so far: it was not meant for what runs next.
  void Forget();

  // Whether that signal came, from a terminal or else.
  bool Came(int number) const {
    return number < 64 && ((came_ >> number) & 1) != 0;
  }

 private:
  InheritedSignals inherited_;
  UniqueFd fd_;
  uint64_t came_ = 0;  // a bit for each
};

}  // namespace cellblock

#endif  // CELLBLOCK_TOOLS_JAILRUN_SIGNAL_FORWARDER_H_
