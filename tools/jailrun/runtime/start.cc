// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// Between the constructors and main: the lock.
//
//   loader, constructors ──► LockThenMain ──► filter awaited, SIGSYS answered,
//   Lock, the supervisor fetches its listener and checks ──► main

#include <errno.h>
#include <linux/futex.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "allocator/malloc/process_heap.h"
#include "jail/exit_code.h"
#include "jail/lock.h"
#include "tools/jailrun/runtime/runtime.h"

namespace cellblock {
namespace {

using Main = int(int, char**, char**);

Main* g_main;

void AwaitFilter(Control* control) {
  while (control->filter_ready.load(std::memory_order_acquire) == 0) {
    syscall(SYS_futex, &control->filter_ready, FUTEX_WAIT, 0, nullptr, nullptr,
            0);
  }
}

[[noreturn]] void FailLock(Control* control, LockStep step, int error) {
  control->failed_step = static_cast<uint32_t>(step);
  control->error = error;
  control->phase.store(Phase::kLockFailed, std::memory_order_release);
  _exit(static_cast<int>(ExitCode::kSetupFailed));
}

// All signals but SIGSYS, or `mask` again. By number: `sigprocmask` is ours.
void SetSignalMask(const uint64_t& mask, uint64_t* old) {
  syscall(SYS_rt_sigprocmask, SIG_SETMASK, &mask, old, sizeof(mask));
}

// A constructor can have closed our descriptors and opened others in their
// place; what we write must not land there. Only anonymous inodes, such as an
// eventfd's, have no type.
bool IsEventfd(int fd) {
  struct stat status;
  return fstat(fd, &status) == 0 && (status.st_mode & S_IFMT) == 0;
}

void LockWithSupervisor(const Connection& connection) {
  Control* control = connection.control;
  if (getpid() != connection.pid) {
    // A copy that a constructor made: only the original is supervised.
    _exit(static_cast<int>(ExitCode::kSetupFailed));
  }
  if (!IsEventfd(connection.eventfd)) {
    FailSetup("a constructor closed the descriptors that jailrun passed in");
  }
  AwaitFilter(control);
  // A handler in between would interrupt the call that waits for the check.
  uint64_t mask = 0;
  SetSignalMask(~(uint64_t{1} << (SIGSYS - 1)), &mask);
  InstallTrapHandler();
  const LockResult result =
      Lock({control->filter, control->filter_length}, Notify::kSupervisor);
  if (result.failed != LockStep::kDone) {
    FailLock(control, result.failed, result.error);
  }
  SetLocked();
  control->listener = result.listener;
  control->phase.store(Phase::kAwaitingCheck, std::memory_order_release);
  const uint64_t one = 1;
  (void)!write(connection.eventfd, &one, sizeof(one));
  // The filter hands this call to the supervisor, which lets it through when it
  // has the listener and has seen the lock.
  const int error = MakeUndumpable();
  if (error != 0 || control->lock_seen.load(std::memory_order_acquire) == 0) {
    FailLock(control, LockStep::kSeccomp, error);
  }
  close(result.listener);
  SetSignalMask(mask & ~(uint64_t{1} << (SIGSYS - 1)), nullptr);
}

int LockThenMain(int argc, char** argv, char** envp) {
  const Connection& connection = Connect();
  // The pool exists before the lock even if nothing was allocated yet.
  ProcessHeap::Get().Free(ProcessHeap::Get().Allocate(1));
  FindSignalFunctions();
  FindThreadFunctions();
  if (connection.control->confine) LockWithSupervisor(connection);
  close(connection.memfd);
  close(connection.eventfd);
  if (connection.held >= 0) close(connection.held);
  return g_main(argc, argv, envp);
}

}  // namespace
}  // namespace cellblock

// NOLINTNEXTLINE(bugprone-reserved-identifier): libc's name
CELLBLOCK_EXPORT int __libc_start_main(cellblock::Main* main, int argc,
                                       char** argv, void (*init)(),
                                       void (*fini)(), void (*rtld_fini)(),
                                       void* stack_end) {
  auto* real = cellblock::Next(&__libc_start_main, "__libc_start_main");
  if (real == nullptr) cellblock::FailSetup("libc has no __libc_start_main");
  cellblock::g_main = main;
  return real(&cellblock::LockThenMain, argc, argv, init, fini, rtld_fini,
              stack_end);
}
