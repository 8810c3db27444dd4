// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// Memory calls that did not come through a symbol: by number, or from inside
// libc. The filter traps them; here they get the same answer from the pool.

#include <errno.h>
#include <signal.h>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>

#include "tools/jailrun/runtime/memory_calls.h"
#include "tools/jailrun/runtime/program_break.h"
#include "tools/jailrun/runtime/runtime.h"

#ifndef SYS_SECCOMP
#define SYS_SECCOMP 1
#endif

namespace cellblock {
namespace {

long Dispatch(long number, const greg_t* registers) {
  const auto word = [registers](int index) {
    return static_cast<unsigned long>(registers[index]);
  };
  const auto pointer = [registers](int index) {
    return reinterpret_cast<void*>(registers[index]);
  };
  const auto integer = [registers](int index) {
    return static_cast<int>(registers[index]);
  };
  switch (number) {
    case SYS_mmap:
      return PoolMmap(pointer(REG_RDI), word(REG_RSI), integer(REG_RDX),
                      integer(REG_R10), integer(REG_R8),
                      static_cast<off_t>(registers[REG_R9]));
    case SYS_munmap:
      return PoolMunmap(pointer(REG_RDI), word(REG_RSI));
    case SYS_mremap:
      return PoolMremap(pointer(REG_RDI), word(REG_RSI), word(REG_RDX),
                        integer(REG_R10), pointer(REG_R8));
    case SYS_mprotect:
      return PoolMprotect(pointer(REG_RDI), word(REG_RSI), integer(REG_RDX));
    case SYS_brk:
      return PoolBrk(pointer(REG_RDI));
    default:
      return -ENOSYS;
  }
}

// A SIGSYS that no filter sent ends the process as it would without us.
void DieOfSignal() {
  struct KernelSigaction {
    void (*handler)(int);
    unsigned long flags;
    void (*restorer)();
    unsigned long mask;
  } default_action = {SIG_DFL, 0, nullptr, 0};
  syscall(SYS_rt_sigaction, SIGSYS, &default_action, nullptr, 8);
  const unsigned long only = 1ul << (SIGSYS - 1);
  syscall(SYS_tgkill, getpid(), syscall(SYS_gettid), SIGSYS);
  syscall(SYS_rt_sigprocmask, SIG_UNBLOCK, &only, nullptr, 8);
}

void OnTrap(int /*signal*/, siginfo_t* info, void* context) {
  if (info->si_code != SYS_SECCOMP) return DieOfSignal();
  const int saved = errno;
  Count(&TheControl()->counters.trapped);
  greg_t* registers = static_cast<ucontext_t*>(context)->uc_mcontext.gregs;
  registers[REG_RAX] = Dispatch(info->si_syscall, registers);
  errno = saved;
}

}  // namespace

void InstallTrapHandler() {
  struct sigaction action = {};
  action.sa_sigaction = &OnTrap;
  // Everything else waits: a handler that allocates must not find the heap in
  // the middle of a trap.
  sigfillset(&action.sa_mask);
  action.sa_flags = SA_SIGINFO | SA_RESTART;
  // The symbol is ours and keeps SIGSYS from the program; this is libc's.
  auto* real = Next(&sigaction, "sigaction");
  sigset_t only;
  sigemptyset(&only);
  sigaddset(&only, SIGSYS);
  if (real == nullptr || real(SIGSYS, &action, nullptr) != 0 ||
      syscall(SYS_rt_sigprocmask, SIG_UNBLOCK, &only, nullptr, 8) != 0) {
    FailSetup("cannot handle SIGSYS");
  }
}

}  // namespace cellblock
