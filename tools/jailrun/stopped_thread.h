// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_TOOLS_JAILRUN_STOPPED_THREAD_H_
#define CELLBLOCK_TOOLS_JAILRUN_STOPPED_THREAD_H_

#include <sys/types.h>
#include <sys/user.h>

#include <optional>

#include "jail/listener.h"

namespace cellblock {

// A thread whose forbidden call is held back, caught on its way out of the
// kernel, so that its registers can be had. It never makes another step in its
// own code: what follows is the process's end.
//
// How, and why not otherwise. A notification holds six arguments and the
// instruction, no stack pointer. A thread that waits for its answer cannot be
// stopped (the wait ends by a fatal signal only), so it is seized, told to
// stop, and its call answered with an errno: the stop comes before the program
// runs again. That needs CAP_SYS_PTRACE, since the process is not dumpable. An
// ordinary user has none and gets EPERM; to have seized the process while it
// still was dumpable would stop it at each signal, so at each memory call that
// the runtime answers, and /proc/PID/task/TID/syscall asks for the same right
// when it is read. There the stack has to be searched (jailrun-explain).
//
// Lifecycle: Catch, kill the process, Release.
// Errors: Catch gives nothing iff the kernel refuses or the thread does not
//   stop within a tenth of a second.
class StoppedThread {
 public:
  // `call` is answered if, and only if, the thread was seized.
  [[nodiscard]] std::optional<user_regs_struct> Catch(
      const Listener& listener, const Listener::Call& call);

  // After the process was killed: a seized thread is its tracer's to wait for,
  // and the process does not end before. The main thread is left for whoever
  // waits for the process, `process`.
  void Release(pid_t process);

 private:
  pid_t thread_ = 0;  // 0: none was seized
};

}  // namespace cellblock

#endif  // CELLBLOCK_TOOLS_JAILRUN_STOPPED_THREAD_H_
