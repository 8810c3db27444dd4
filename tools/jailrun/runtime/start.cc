// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// Between the constructors and main: the lock.
//
//   loader, constructors ──► LockThenMain ──► filter awaited, SIGSYS answered,
//   Lock, the supervisor fetches its listener and checks ──► main

#include <errno.h>
#include <linux/futex.h>
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

void LockWithSupervisor(const Connection& connection) {
  Control* control = connection.control;
  AwaitFilter(control);
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
  connection.control->phase.store(Phase::kRunning, std::memory_order_release);
  return g_main(argc, argv, envp);
}

}  // namespace
}  // namespace cellblock

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
