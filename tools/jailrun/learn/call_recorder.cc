// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "tools/jailrun/learn/call_recorder.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/audit.h>
#include <sched.h>
#include <sys/syscall.h>

#include <algorithm>
#include <iterator>
#include <utility>

#include "jail/presets.h"
#include "jail/syscall_table.h"
#include "tools/jailrun/argument_decoder.h"
#include "tools/jailrun/process_memory.h"

namespace cellblock {
namespace {

bool IsAnyOf(uint32_t number, std::initializer_list<long> numbers) {
  return std::find(numbers.begin(), numbers.end(), long{number}) !=
         numbers.end();
}

std::string NameOf(uint32_t number) {
  const SyscallInfo* info = FindSyscall(number);
  return info != nullptr ? info->name : "syscall_" + std::to_string(number);
}

// "socket(AF_INET, SOCK_STREAM, 0)"
std::string TextOf(const SyscallRequest& request, const MemoryReader& memory) {
  Violation call = {.number = request.number, .arch = AUDIT_ARCH_X86_64};
  std::copy(std::begin(request.args), std::end(request.args),
            std::begin(call.args));
  std::string text = NameOf(request.number) + "(";
  for (const std::string& argument : DecodeArguments(call, memory)) {
    if (text.back() != '(') text += ", ";
    text += argument;
  }
  return text + ")";
}

}  // namespace

void CallRecorder::OnStart(pid_t pid) {
  learned_.pid = pid;
  // Open from now on, whatever the program makes of itself.
  const std::string path = "/proc/" + std::to_string(pid) + "/mem";
  memory_ = UniqueFd(open(path.c_str(), O_RDONLY | O_CLOEXEC));
}

bool CallRecorder::MainBegan() {
  learned_.main_began =
      learned_.main_began ||
      control_->phase.load(std::memory_order_acquire) == Phase::kUnlockedMain;
  return learned_.main_began;
}

int CallRecorder::OnEntry(pid_t thread, const SyscallRequest& request) {
  Pending& pending = pending_[thread];
  pending = {.request = request};
  if (!MainBegan()) {
    ++learned_.calls_before;
    return 0;
  }
  ++learned_.calls_after;
  const ProcessMemory memory(memory_.get());
  if (IsAnyOf(request.number, {SYS_execve, SYS_execveat})) {
    const int path = request.number == SYS_execve ? 0 : 1;
    const auto text = ReadText(memory, request.args[path], PATH_MAX);
    learned_.executed = text ? text->text : "a program";
    return 0;
  }
  if (IsAnyOf(request.number, {SYS_fork, SYS_vfork, SYS_clone, SYS_clone3})) {
    const bool thread_starts = StartsThread(request);
    pending.starts_process = !thread_starts;
    // A jail has no clone3: libc then comes with the older call.
    if (thread_starts && request.number == SYS_clone) {
      pending.seen = Count(request);
    }
    return AnswerTo(request);
  }
  pending.seen = Count(request);
  NoteUse(request);
  pending.file = LookAtFileCall(thread, request, memory);
  const int error = mappings_.AnswerTo(request);
  return error != 0 ? error : AnswerTo(request);
}

// A program that only tries whether there is epoll does not need it.
void CallRecorder::NoteUse(const SyscallRequest& request) {
  const SyscallInfo* info = FindSyscall(request.number);
  if (info == nullptr || info->args[0] != ArgFormat::kDescriptor) return;
  const auto used = waiting_.find(static_cast<int>(request.args[0]));
  if (used == waiting_.end()) return;
  if (request.number == SYS_close) {
    waiting_.erase(used);
  } else if (request.number != SYS_fcntl) {
    used->second->idle = false;
  }
}

// What every jail answers with an errno it answers here too, so that the
// program goes on as it would there: it takes the other way that it has.
int CallRecorder::AnswerTo(const SyscallRequest& request) const {
  // Here there can be children to wait for.
  if (!learned_.processes.empty() &&
      IsAnyOf(request.number, {SYS_wait4, SYS_waitid})) {
    return 0;
  }
  const Decision decision =
      DecoderWithWritePreset().Decide(request, learned_.pid);
  const bool answered =
      decision.action == Action::kErrno || decision.action == Action::kRefuse;
  return answered && !IsCarriedOutSomewhere(request, learned_.pid)
             ? decision.error
             : 0;
}

SeenCall* CallRecorder::Count(const SyscallRequest& request) {
  const auto [found, fresh] = calls_.try_emplace(KindOf(request));
  SeenCall* seen = &found->second;
  ++seen->count;
  if (fresh) {
    seen->request = request;
    seen->text = TextOf(request, ProcessMemory(memory_.get()));
  }
  return seen;
}

// True iff a call of the clone family makes a thread.
bool CallRecorder::StartsThread(const SyscallRequest& request) const {
  if (request.number == SYS_clone) {
    return (request.args[0] & CLONE_THREAD) != 0;
  }
  if (request.number != SYS_clone3) return false;
  // The first word of struct clone_args.
  const ProcessMemory memory(memory_.get());
  return (memory.Get<uint64_t>(request.args[0]).value_or(0) & CLONE_THREAD) !=
         0;
}

void CallRecorder::OnExit(pid_t thread, long result) {
  const auto found = pending_.find(thread);
  if (found == pending_.end()) return;
  const Pending pending = std::move(found->second);
  pending_.erase(found);
  // libc tries the newer call first, and a jail has none.
  if (pending.starts_process && result != -ENOSYS) {
    ++learned_.processes[NameOf(pending.request.number)];
  }
  constexpr long kLeastError = -4095;
  const bool failed = result < 0 && result >= kLeastError;
  if (pending.seen == nullptr || failed) return;
  SeenCall& seen = *pending.seen;
  if (IsAnyOf(pending.request.number,
              {SYS_epoll_create, SYS_epoll_create1, SYS_eventfd, SYS_eventfd2,
               SYS_timerfd_create})) {
    if (!seen.succeeded) seen.idle = true;
    waiting_[static_cast<int>(result)] = &seen;
  }
  seen.succeeded = true;
  mappings_.OnReturn(thread, pending.request, static_cast<uint64_t>(result));
  files_.insert(pending.file.files.begin(), pending.file.files.end());
  SeenFile opened;
  if (pending.file.opens &&
      OpenedFile(thread, static_cast<int>(result), pending.file, &opened)) {
    files_.insert(std::move(opened));
  }
}

void CallRecorder::OnForeignCall() {
  if (MainBegan()) learned_.foreign_abi = true;
}

void CallRecorder::OnThreadStart(pid_t /*thread*/) {
  if (MainBegan()) ++learned_.threads;
}

void CallRecorder::OnReplaced() { learned_.replaced = true; }

Learned CallRecorder::Take(ProcessEnd end) {
  MainBegan();
  learned_.end = end;
  for (auto& [kind, seen] : calls_) learned_.calls.push_back(std::move(seen));
  learned_.files.assign(files_.begin(), files_.end());
  return std::move(learned_);
}

}  // namespace cellblock
