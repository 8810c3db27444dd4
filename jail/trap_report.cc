// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "jail/trap_report.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdint>

#include "jail/syscall_table.h"

#ifndef SYS_SECCOMP
#define SYS_SECCOMP 1
#endif

namespace cellblock {
namespace {

constexpr long kX32Bit = 0x40000000;

std::atomic<const Policy*> g_policy;
pid_t g_pid;
// Whether the policy lets the handler ask first if a line can be written: on a
// full pipe it would wait instead of ending the process.
bool g_can_ask;
struct sigaction g_old_action;
sigset_t g_old_mask;

// One line, put together without anything that allocates.
class Line {
 public:
  void Add(const char* text) {
    const size_t length = std::min(strlen(text), sizeof(text_) - 1 - size_);
    memcpy(text_ + size_, text, length);
    size_ += length;
  }

  void AddNumber(uint32_t number) {
    char digits[11];
    char* at = digits + sizeof(digits);
    *--at = '\0';
    do {
      *--at = static_cast<char>('0' + number % 10);
      number /= 10;
    } while (number != 0);
    Add(at);
  }

  void Write() {
    text_[size_++] = '\n';
    pollfd error = {.fd = STDERR_FILENO, .events = POLLOUT, .revents = 0};
    if (g_can_ask && syscall(SYS_poll, &error, 1, 0) != 1) return;
    static_cast<void>(!write(STDERR_FILENO, text_, size_));
  }

 private:
  char text_[512];
  size_t size_ = 0;
};

// Every filter kills for a number of the x32 ABI. A process without one ends
// too.
[[noreturn]] void Die() {
  syscall(kX32Bit | SYS_exit_group, 0);
  for (;;) syscall(SYS_exit_group, 128 + SIGSYS);
}

void OnTrap(int /*signal*/, siginfo_t* info, void* context) {
  Line line;
  const Policy* const policy = g_policy.load();
  if (info->si_code != SYS_SECCOMP || policy == nullptr) {
    line.Add("cellblock: SIGSYS that no filter sent; the process is ended");
    line.Write();
    Die();
  }
  const greg_t* const registers =
      static_cast<ucontext_t*>(context)->uc_mcontext.gregs;
  constexpr int kArguments[] = {REG_RDI, REG_RSI, REG_RDX,
                                REG_R10, REG_R8,  REG_R9};
  SyscallRequest request = {.number = static_cast<uint32_t>(info->si_syscall),
                            .args = {}};
  for (size_t i = 0; i < 6; ++i) {
    request.args[i] = static_cast<uint64_t>(registers[kArguments[i]]);
  }
  char call[kSyscallTextBytes];
  FormatSyscall(request.number, request.args, call, sizeof(call));
  line.Add("cellblock: forbidden call ");
  line.Add(call);
  line.Add(", number ");
  line.AddNumber(request.number);
  line.Add(": ");
  line.Add(policy->Decide(request, g_pid).reason);
  line.Add("; policy ");
  line.Add(policy->name());
  line.Write();
  Die();
}

}  // namespace

int InstallTrapReport(const Policy* policy) {
  struct sigaction action = {};
  action.sa_sigaction = &OnTrap;
  sigfillset(&action.sa_mask);
  action.sa_flags = SA_SIGINFO | SA_ONSTACK;
  sigset_t only;
  sigemptyset(&only);
  sigaddset(&only, SIGSYS);
  g_pid = getpid();
  const SyscallRequest ask = {.number = SYS_poll, .args = {}};
  g_can_ask = policy->Decide(ask, g_pid).action == Action::kAllow;
  g_policy = policy;
  if (sigaction(SIGSYS, &action, &g_old_action) != 0) return errno;
  return pthread_sigmask(SIG_UNBLOCK, &only, &g_old_mask);
}

void RemoveTrapReport() {
  sigaction(SIGSYS, &g_old_action, nullptr);
  pthread_sigmask(SIG_SETMASK, &g_old_mask, nullptr);
  g_policy = nullptr;
}

}  // namespace cellblock
