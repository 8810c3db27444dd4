// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_JAIL_CALL_TEMPLATE_PROCESS_H_
#define CELLBLOCK_JAIL_CALL_TEMPLATE_PROCESS_H_

#include <sys/types.h>

#include <atomic>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "jail/call/futex.h"
#include "jail/call/template_control.h"
#include "jail/call/template_main.h"
#include "jail/call/worker_policy.h"
#include "jail/launch.h"
#include "jail/listener.h"
#include "jail/speculation.h"
#include "jail/unique_fd.h"

namespace cellblock {

// What every template of a jail is made by.
struct TemplatePlan {
  explicit TemplatePlan(WorkerPolicy worker_policy)
      : policy(std::move(worker_policy)) {}

  WorkerPolicy policy;
  // Too large for a stack.
  std::unique_ptr<TemplateOrder> order = std::make_unique<TemplateOrder>();
  std::string binary;                    // to execute
  std::vector<std::string> environment;  // all of it
  UniqueFd preload;                      // a library of malloc's, or none
  std::vector<UniqueFd> descriptors;     // as kFirstDescriptor and on
  uint64_t stack_bytes = 0;
  // Not empty: workers are copies of this process, and run this.
  TemplateWork copied;
  // Once true, nobody waits for a template or a worker any more.
  std::unique_ptr<std::atomic<bool>> is_given_up =
      std::make_unique<std::atomic<bool>>(false);
};

// A clean process that was locked and sees no input: it makes workers by
// forking itself.
//
// Lifecycle: Start returns it ready; the destructor kills and reaps it. Its
//   workers are children of this process, and go on.
// Errors: Start: NOT_FOUND iff it has no such decoder; UNAVAILABLE, with what
//   it wrote last, for everything else.
// Threads: one at a time. The one that called Start has to outlive it: the
//   kernel kills the template, and its workers, when that thread ends.
// Syscalls: whatever it takes.
class TemplateProcess {
 public:
  // `channel` and `messages` are its descriptors for both.
  static absl::StatusOr<std::unique_ptr<TemplateProcess>> Start(
      const TemplatePlan& plan, int channel, int messages,
      MonotonicTime deadline);
  ~TemplateProcess();
  TemplateProcess(const TemplateProcess&) = delete;
  TemplateProcess& operator=(const TemplateProcess&) = delete;

  // The pid of a new worker, which is not yet locked and is this process's
  // child.
  absl::StatusOr<pid_t> Fork(MonotonicTime deadline);

  // False once it was stopped.
  bool is_running() const { return pid_ > 0; }
  // Readable once it has ended; -1 iff it was stopped.
  int process_fd() const { return pidfd_.get(); }

  // Kills and reaps it; what its workers call for still arrives. Returns the
  // pid of a worker that it has made and did not live to tell of; -1 iff there
  // is none.
  pid_t Stop();

  // What its workers' calls arrive at.
  const Listener& listener() const { return listener_; }

  const TemplateLayers& layers() const { return control_->layers; }
  const SpeculationLayer& speculation() const { return speculation_; }

 private:
  TemplateProcess() = default;

  std::vector<PlacedDescriptor> Descriptors(const TemplatePlan& plan,
                                            int channel, int messages);
  absl::Status Execute(const TemplatePlan& plan, int channel, int messages);
  absl::Status Copy(const TemplatePlan& plan, int channel, int messages);
  absl::Status AwaitLock(const TemplatePlan& plan, MonotonicTime deadline);
  absl::Status AwaitDone(MonotonicTime deadline);
  absl::Status LetThrough(const Policy& policy, MonotonicTime deadline);
  void Command();

  UniqueFd control_fd_;
  UniqueFd null_;
  TemplateControl* control_ = nullptr;
  pid_t pid_ = -1;
  UniqueFd pidfd_;
  Listener listener_;
  SpeculationLayer speculation_;
  const std::atomic<bool>* is_given_up_ = nullptr;  // the plan's
  uint32_t seen_ = 0;
  bool is_forking_ = false;
};

}  // namespace cellblock

#endif  // CELLBLOCK_JAIL_CALL_TEMPLATE_PROCESS_H_
