// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_TOOLS_JAILRUN_LEARN_CALL_RECORDER_H_
#define CELLBLOCK_TOOLS_JAILRUN_LEARN_CALL_RECORDER_H_

#include <map>
#include <set>
#include <unordered_map>

#include "jail/unique_fd.h"
#include "tools/jailrun/control.h"
#include "tools/jailrun/learn/call_kinds.h"
#include "tools/jailrun/learn/file_calls.h"
#include "tools/jailrun/learn/learned.h"
#include "tools/jailrun/learn/mapping_recorder.h"
#include "tools/jailrun/learn/suggestion.h"
#include "tools/jailrun/learn/tracer.h"

namespace cellblock {

// Makes of the calls of one run what can be learned from it.
//
// Lifecycle: given to a Tracer; Take when the program has ended.
// Ownership: borrows `control`.
class CallRecorder : public CallObserver {
 public:
  explicit CallRecorder(const Control* control) : control_(control) {}

  void OnStart(pid_t pid) override;
  int OnEntry(pid_t thread, const SyscallRequest& request) override;
  void OnExit(pid_t thread, long result) override;
  void OnForeignCall() override;
  void OnThreadStart(pid_t thread) override;
  void OnReplaced() override;

  Learned Take(ProcessEnd end);

 private:
  // A call between its entry and its return.
  struct Pending {
    SyscallRequest request = {};
    SeenCall* seen = nullptr;  // null: not counted
    FileCall file = {};
    bool starts_process = false;
  };

  bool MainBegan();
  SeenCall* Count(const SyscallRequest& request);
  int AnswerTo(const SyscallRequest& request) const;
  void NoteUse(const SyscallRequest& request);
  bool StartsThread(const SyscallRequest& request) const;

  const Control* const control_;
  Learned learned_;
  MappingRecorder mappings_{&learned_};
  UniqueFd memory_;
  std::map<CallKind, SeenCall> calls_;
  std::set<SeenFile> files_;
  // Descriptors to wait on, by the calls that gave them.
  std::unordered_map<int, SeenCall*> waiting_;
  std::unordered_map<pid_t, Pending> pending_;
};

}  // namespace cellblock

#endif  // CELLBLOCK_TOOLS_JAILRUN_LEARN_CALL_RECORDER_H_
