// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "tools/jailrun/learn/tracer.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <signal.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <string>

#include "jail/launch.h"
#include "jail/lock.h"

namespace cellblock {
namespace {

// With a thread of the same process a clone reports itself; children do not,
// and go their own ways.
constexpr long kTraceOptions = PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACECLONE |
                               PTRACE_O_TRACEEXEC | PTRACE_O_EXITKILL;
constexpr int kCallStop = SIGTRAP | 0x80;
constexpr uint64_t kX32Bit = 0x40000000;

// The program that signals are handed on to.
volatile pid_t g_program = -1;

void HandOn(int number, siginfo_t* info, void* /*context*/) {
  // What a terminal sends reaches the program by itself.
  const int saved = errno;
  if (g_program > 0 && info->si_code != SI_KERNEL) kill(g_program, number);
  errno = saved;
}

constexpr int kHandedOn[] = {SIGINT,  SIGTERM, SIGHUP,
                             SIGQUIT, SIGUSR1, SIGUSR2};

// Blocks all signals until there is a program to hand them on to.
InheritedSignals TakeSignals() {
  InheritedSignals inherited;
  sigset_t all;
  sigfillset(&all);
  sigprocmask(SIG_BLOCK, &all, &inherited.mask);
  inherited.TakeActions();
  // A handler is gone after execve; what was ignored stays so.
  for (const int number : kHandedOn) {
    struct sigaction action = {};
    sigaction(number, nullptr, &action);
    if (action.sa_handler == SIG_IGN) continue;
    action.sa_sigaction = &HandOn;
    action.sa_flags = SA_SIGINFO | SA_RESTART;
    sigaction(number, &action, nullptr);
  }
  return inherited;
}

void StopHandingOn() {
  for (const int number : kHandedOn) {
    struct sigaction action = {};
    sigaction(number, nullptr, &action);
    if (action.sa_sigaction != &HandOn) continue;
    action = {};
    action.sa_handler = SIG_DFL;
    sigaction(number, &action, nullptr);
  }
}

[[noreturn]] void RunChild(const Tracer::Program& program, pid_t parent, int go,
                           int failure, const InheritedSignals& signals) {
  char byte;
  if (!DieWithParent(parent) || read(go, &byte, 1) != 1) _exit(125);
  // What root may do a jail may not: it would be learned in vain.
  if (SetNoNewPrivs() != 0 || DropCapabilities() != 0) _exit(125);
  if (CloseOthers(program.kept) != 0) _exit(125);
  StopHandingOn();
  signals.Restore();
  execve(program.path, program.argv, program.envp);
  const int error = errno;
  (void)!write(failure, &error, sizeof(error));
  _exit(125);
}

bool IsThreadOf(pid_t process, pid_t thread) {
  const std::string path =
      "/proc/" + std::to_string(process) + "/task/" + std::to_string(thread);
  return access(path.c_str(), F_OK) == 0;
}

Refusal CannotTrace(int error) {
  return {.reason = WithErrno("cannot trace the program", error),
          .advice =
              "the kernel must let a parent trace its child: see "
              "/proc/sys/kernel/yama/ptrace_scope (0 or 1 will do), and in a "
              "container its seccomp profile (docker run "
              "--cap-add=SYS_PTRACE); a debugger on jailrun is in the way "
              "too"};
}

bool IsStopSignal(int signal) {
  return signal == SIGSTOP || signal == SIGTSTP || signal == SIGTTIN ||
         signal == SIGTTOU;
}

void SetRegister(pid_t thread, size_t offset, long value) {
  ptrace(PTRACE_POKEUSER, thread, offset, value);
}

// `which` as waitpid(2) takes it.
pid_t WaitFor(pid_t which, int* status) {
  pid_t thread;
  do {
    thread = waitpid(which, status, __WALL);
  } while (thread < 0 && errno == EINTR);
  return thread;
}

}  // namespace

std::optional<Refusal> Tracer::Start(const Program& program) {
  int go[2];
  int failure[2];
  if (pipe2(go, O_CLOEXEC) != 0 || pipe2(failure, O_CLOEXEC) != 0) {
    return Refusal{.reason = WithErrno("cannot make a pipe", errno),
                   .advice = "see the limit on descriptors (ulimit -n)"};
  }
  const UniqueFd go_read(go[0]);
  const UniqueFd go_write(go[1]);
  failure_ = UniqueFd(failure[0]);
  const UniqueFd failure_write(failure[1]);
  const pid_t parent = getpid();
  inherited_ = TakeSignals();
  pid_ = fork();
  if (pid_ == 0) {
    RunChild(program, parent, go_read.get(), failure_write.get(), inherited_);
  }
  g_program = pid_;
  sigprocmask(SIG_SETMASK, &inherited_.mask, nullptr);
  if (pid_ < 0) {
    return Refusal{.reason = WithErrno("cannot start a process", errno),
                   .advice = "see the limit on processes (ulimit -u)"};
  }
  if (ptrace(PTRACE_SEIZE, pid_, nullptr, kTraceOptions) != 0) {
    const int error = errno;
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
    return CannotTrace(error);
  }
  const char byte = 1;
  (void)!write(go_write.get(), &byte, 1);
  return AwaitExec(program.path);
}

std::optional<Refusal> Tracer::AwaitExec(const char* path) {
  int status = 0;
  while (WaitFor(pid_, &status) == pid_ && WIFSTOPPED(status)) {
    if (status >> 16 == PTRACE_EVENT_EXEC) {
      observer_->OnStart(pid_);
      Resume(pid_, 0);
      return {};
    }
    const int signal = WSTOPSIG(status);
    ptrace(PTRACE_CONT, pid_, nullptr, status >> 16 == 0 ? signal : 0);
  }
  int error = 0;
  fcntl(failure_.get(), F_SETFL, O_NONBLOCK);
  if (read(failure_.get(), &error, sizeof(error)) == sizeof(error)) {
    const bool missing = error == ENOENT;
    return Refusal{missing ? ExitCode::kNotFound : ExitCode::kNotExecutable,
                   WithErrno(path, error), "the kernel refuses to run it"};
  }
  return Refusal{.reason = std::string(path) + ": it was ended before it began",
                 .advice = "try again"};
}

ProcessEnd Tracer::Watch() {
  for (;;) {
    int status = 0;
    const pid_t thread = WaitFor(-1, &status);
    if (thread < 0) return {.signaled = true, .code = SIGKILL};
    if (WIFSTOPPED(status)) {
      OnStop(thread, status);
      continue;
    }
    in_call_.erase(thread);
    if (thread != pid_) continue;
    g_program = -1;
    StopHandingOn();
    const bool signaled = WIFSIGNALED(status);
    return {signaled, signaled ? WTERMSIG(status) : WEXITSTATUS(status)};
  }
}

void Tracer::OnStop(pid_t thread, int status) {
  const int signal = WSTOPSIG(status);
  const int event = status >> 16;
  if (event == 0 && signal == kCallStop) {
    OnCall(thread);
    return Resume(thread, 0);
  }
  switch (event) {
    case 0:
      return Resume(thread, signal);
    case PTRACE_EVENT_EXEC:
      observer_->OnReplaced();
      ptrace(PTRACE_DETACH, thread, nullptr, 0);
      return;
    case PTRACE_EVENT_CLONE: {
      unsigned long started = 0;
      ptrace(PTRACE_GETEVENTMSG, thread, nullptr, &started);
      const auto id = static_cast<pid_t>(started);
      if (IsThreadOf(pid_, id)) observer_->OnThreadStart(id);
      return Resume(thread, 0);
    }
    case PTRACE_EVENT_STOP:
      if (IsStopSignal(signal)) {
        ptrace(PTRACE_LISTEN, thread, nullptr, nullptr);
      } else if (IsThreadOf(pid_, thread)) {
        Resume(thread, 0);
      } else {
        ptrace(PTRACE_DETACH, thread, nullptr, 0);
      }
      return;
    default:
      return Resume(thread, 0);
  }
}

void Tracer::OnCall(pid_t thread) {
  __ptrace_syscall_info info = {};
  if (ptrace(PTRACE_GET_SYSCALL_INFO, thread, sizeof(info), &info) <= 0) return;
  if (info.op == PTRACE_SYSCALL_INFO_EXIT) {
    return OnReturn(thread, info.exit.rval);
  }
  if (info.op != PTRACE_SYSCALL_INFO_ENTRY) return;
  if (info.arch != AUDIT_ARCH_X86_64 || (info.entry.nr & kX32Bit) != 0) {
    return observer_->OnForeignCall();
  }
  SyscallRequest request = {.number = static_cast<uint32_t>(info.entry.nr),
                            .args = {}};
  std::copy(std::begin(info.entry.args), std::end(info.entry.args),
            std::begin(request.args));
  const int error = observer_->OnEntry(thread, request);
  in_call_[thread] = error;
  // A number that no call has: the kernel carries nothing out.
  if (error != 0) SetRegister(thread, offsetof(user_regs_struct, orig_rax), -1);
}

void Tracer::OnReturn(pid_t thread, long result) {
  const auto call = in_call_.find(thread);
  if (call == in_call_.end()) return;
  const int error = call->second;
  in_call_.erase(call);
  if (error != 0) {
    result = -error;
    SetRegister(thread, offsetof(user_regs_struct, rax), result);
  }
  observer_->OnExit(thread, result);
}

// Fails iff the thread was killed meanwhile; its end is told then.
void Tracer::Resume(pid_t thread, int signal) {
  ptrace(PTRACE_SYSCALL, thread, nullptr, signal);
}

}  // namespace cellblock
