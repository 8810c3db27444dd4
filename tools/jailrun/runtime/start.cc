// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// Between the constructors and main: the lock.
//
//   loader, constructors ──► LockThenMain ──► filter awaited, SIGSYS answered,
//   code sealed, Lock, the supervisor gets its listener and checks ──► main
//
// A template (template.h) stops before Lock, and what it forks goes on.

#include <errno.h>
#include <linux/futex.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstddef>

#include "allocator/malloc/process_heap.h"
#include "jail/exit_code.h"
#include "jail/lock.h"
#include "jail/locked_threads.h"
#include "tools/jailrun/runtime/fork_handlers.h"
#include "tools/jailrun/runtime/pages.h"
#include "tools/jailrun/runtime/profile.h"
#include "tools/jailrun/runtime/runtime.h"
#include "tools/jailrun/runtime/template.h"
#include "tools/jailrun/send_descriptor.h"

namespace cellblock {
namespace {

Main* g_main;

// The first filter, or the second.
void AwaitFilter(Control* control, uint32_t which) {
  while (control->filters_ready.load(std::memory_order_acquire) < which) {
    syscall(SYS_futex, &control->filters_ready, FUTEX_WAIT, which - 1, nullptr,
            nullptr, 0);
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
// place; what we write must not land there.
bool IsOurs(int socket, const Control& control) {
  struct stat status;
  return fstat(socket, &status) == 0 && S_ISSOCK(status.st_mode) &&
         status.st_ino == control.socket_inode;
}

// Has jailrun look at the phase. Errors: errno.
int Report(int socket) {
  const char byte = 1;
  return syscall(SYS_write, socket, &byte, sizeof(byte)) == 1 ? 0 : errno;
}

// Tells jailrun that the filter is in force, and gives it the listener if it
// cannot fetch it. Errors: errno.
int Report(int socket, int listener, HandOver hand_over) {
  return hand_over == HandOver::kSent ? SendDescriptor(socket, listener)
                                      : Report(socket);
}

// Takes back what only Report needed: messages on this one descriptor.
LockResult ForbidMessages(int socket) {
  const sock_filter filter[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_sendmsg, 0, 3),
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, args)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, static_cast<uint32_t>(socket), 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  return Narrow(filter);
}

uint32_t FiltersSeen(const Control& control) {
  return control.filters_seen.load(std::memory_order_acquire);
}

// EBUSY: another listener is in force on this process. EINVAL: the kernel knows
// none, or not one for all threads (before Linux 5.7). EPERM: an outer filter
// lets nobody have one, and no filter at all perhaps, as the next try will
// show.
bool LacksListener(const LockResult& result) {
  return result.failed == LockStep::kSeccomp &&
         (result.error == EBUSY || result.error == EINVAL ||
          result.error == EPERM);
}

// Locks with a filter that needs nobody to listen.
void LockAlone(const Connection& connection, int why) {
  Control* control = connection.control;
  const auto report = [&](Phase phase) {
    control->phase.store(phase, std::memory_order_release);
    if (const int error = Report(connection.socket)) {
      FailLock(control, LockStep::kHandOver, error);
    }
  };
  control->error = why;
  report(Phase::kAskingAlone);
  AwaitFilter(control, 2);
  const LockResult result =
      Lock({control->filter, control->filter_length}, Notify::kNobody);
  if (result.failed != LockStep::kDone) {
    FailLock(control, result.failed, result.error);
  }
  SetLocked();
  report(Phase::kLockedAlone);
  // Without a call: not every preset has one to wait with.
  while (FiltersSeen(*control) != 1) __builtin_ia32_pause();
}

// Gives jailrun the listener, and waits until it has seen the lock.
void AwaitCheck(const Connection& connection, const LockResult& result) {
  Control* control = connection.control;
  SetLocked();
  control->listener = result.listener;
  control->hardening.wait = result.wait;
  control->phase.store(Phase::kAwaitingCheck, std::memory_order_release);
  const HandOver hand_over = control->hand_over;
  if (const int failure =
          Report(connection.socket, result.listener, hand_over)) {
    FailLock(control, LockStep::kHandOver, failure);
  }
  // The filter hands this call to the supervisor, which lets it through when it
  // has the listener and has seen the lock. Another filter on the process can
  // answer it first, with success even.
  const int error = MakeUndumpable();
  if (error != 0 || FiltersSeen(*control) != 1) {
    FailLock(control, LockStep::kUndumpable, error);
  }
  if (hand_over == HandOver::kSent) {
    const LockResult second = ForbidMessages(connection.socket);
    if (second.failed != LockStep::kDone) {
      FailLock(control, second.failed, second.error);
    }
    if (FiltersSeen(*control) != 2) FailLock(control, LockStep::kSeccomp, 0);
  }
  close(result.listener);
  TellOfExhaustion();
}

// What a template does for all that come from it.
void Harden(Control* control) {
  InstallTrapHandler();
  control->hardening.exec_gain_error = RefuseExecGain();
  control->hardening.seal_error = SealMappings();
  SealThreadStacks();
}

void CheckConnection(const Connection& connection) {
  if (getpid() != connection.pid) {
    // A copy that a constructor made: only the original is supervised.
    _exit(static_cast<int>(ExitCode::kSetupFailed));
  }
  if (!IsOurs(connection.socket, *connection.control)) {
    FailSetup("a constructor closed the descriptors that jailrun passed in");
  }
}

void LockWithSupervisor(const Connection& connection) {
  Control* control = connection.control;
  const LockResult result =
      Lock({control->filter, control->filter_length}, Notify::kSupervisor);
  if (LacksListener(result)) {
    LockAlone(connection, result.error);
  } else if (result.failed == LockStep::kDone) {
    AwaitCheck(connection, result);
  } else {
    FailLock(control, result.failed, result.error);
  }
}

// Returns whether this process comes from a template.
bool LockThisProcess(const Connection& connection, int argc, char** argv) {
  CheckConnection(connection);
  const bool forks = connection.control->serves_as_template;
  if (!forks) AwaitFilter(connection.control, 1);
  // A handler in between would interrupt the call that waits for the check.
  uint64_t mask = 0;
  SetSignalMask(~(uint64_t{1} << (SIGSYS - 1)), &mask);
  Harden(connection.control);
  if (forks) {
    const OwnDescriptors own = ServeAsTemplate(argc, argv);
    AwaitFilter(connection.control, 1);
    TakeOver(own);
  }
  LockWithSupervisor(connection);
  SetSignalMask(mask & ~(uint64_t{1} << (SIGSYS - 1)), nullptr);
  return forks;
}

int LockThenMain(int argc, char** argv, char** envp) {
  const Connection& connection = Connect();
  // The pool exists before the lock even if nothing was allocated yet.
  ProcessHeap::Get().Free(ProcessHeap::Get().Allocate(1));
  // First: what is loaded has a say in what is prepared, and is sealed.
  LoadLibraries();
  LayReserve();
  FindSignalFunctions();
  FindWaitFunctions();
  LayThreads();
  if (!connection.control->rehearse) PrepareLibcThreads();
  FindFileFunctions();
  FindProcessorFunctions();
  FindForkHandlers();
  WarmLibc();
  if (connection.control->forbidden_calls_fail) FindSpawnFunctions();
  PrepareProfile();
  bool forked = false;
  if (connection.control->confine) {
    forked = LockThisProcess(connection, argc, argv);
  }
  close(connection.memfd);
  close(connection.socket);
  if (connection.held >= 0) close(connection.held);
  if (connection.control->rehearse) StartRehearsal();
  BeginProfile();
  if (forked) EnterMain(g_main, argc, argv, envp);
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
