// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_JAIL_CALL_SUPERVISOR_H_
#define CELLBLOCK_JAIL_CALL_SUPERVISOR_H_

#include <condition_variable>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "jail/call/slot.h"
#include "jail/call/template_process.h"
#include "jail/jail.h"
#include "jail/unique_fd.h"

namespace cellblock {

// The two threads that serve a jail's workers. One makes them ready ahead, and
// replaces those that have ended, or whose templates have: what nobody has
// taken at once, the rest when it is given back. The other answers what their
// filters hand over and notices ends, however long a worker takes to be ready.
//
//   slot:  to replace ──► made ready, not watched ──► ready, watched ──► …
//          (maker)        (maker)                     (watcher, and its holder)
//
// Lifecycle: Start returns when the first worker is ready; the destructor waits
//   until no slot is taken, for none that is being made ready, and ends all of
//   them.
// Errors: Start: that of the first worker, or why there are no threads. Later
//   workers are tried again, after 10 ms and then twice as long each time, up
//   to 1 s; Take tells of the last.
// Threads: Take, GiveBack and posture from any.
// Syscalls: whatever it takes.
class WorkerSupervisor {
 public:
  WorkerSupervisor(TemplatePlan plan, const JailOptions& options);
  ~WorkerSupervisor();
  WorkerSupervisor(const WorkerSupervisor&) = delete;
  WorkerSupervisor& operator=(const WorkerSupervisor&) = delete;

  [[nodiscard]] absl::Status Start();

  // A slot whose worker waits for a call; it is the caller's alone until it
  // gives it back. Errors: UNAVAILABLE iff there is none by then.
  absl::StatusOr<Slot*> Take(MonotonicTime deadline);

  // What is to become of the worker.
  enum class Next : uint8_t { kServesOn, kIsReplaced };
  void GiveBack(Slot* slot, Next next);

  std::vector<JailLayer> posture() const;
  Policy policy() const { return plan_.policy.worker(); }

 private:
  absl::Status CreateSlots();
  absl::Status StartThreads();
  void KeepReady();    // the maker
  void ServeEvents();  // the watcher
  void StopWatcher();
  void Serve(uint64_t tag);
  void AnswerCall(Slot* slot);
  void NoticeEnd(Slot* slot);
  void NoticeTemplateEnd(Slot* slot);
  void ReplaceIfIdle(Slot* slot);
  void ReplaceOrPutBack(Slot* slot, Haste haste);
  absl::Status Replace(Slot* slot, Haste haste);
  [[nodiscard]] bool Watch(Slot* slot);
  [[nodiscard]] bool WatchMessages(size_t index);
  void StopWatching(Slot* slot);
  void Forget(int fd);
  size_t IndexOf(const Slot* slot) const;
  void RememberPosture(const TemplateProcess& made_by);

  const TemplatePlan plan_;
  const JailOptions& options_;
  std::vector<std::unique_ptr<Slot>> slots_;
  UniqueFd epoll_;
  UniqueFd stop_;  // readable once the watcher is to end
  // Workers and templates die with the first.
  std::thread maker_;
  std::thread watcher_;

  // Held while an event is served, and never while a worker is made ready.
  std::mutex watching_;
  std::vector<bool> is_watched_;  // by slot: the watcher may touch it

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<Slot*> ready_;       // the one used last is taken first
  std::vector<Slot*> to_replace_;  // not ready, and not taken; the first next
  size_t taken_ = 0;
  size_t waiting_ = 0;                // threads, for changed_
  std::condition_variable has_work_;  // for the maker
  MonotonicTime last_given_back_{};
  bool calls_are_rare_ = true;
  bool has_started_ = false;
  bool is_stopping_ = false;
  absl::Status last_error_;
  std::vector<JailLayer> posture_;
};

}  // namespace cellblock

#endif  // CELLBLOCK_JAIL_CALL_SUPERVISOR_H_
