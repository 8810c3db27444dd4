// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_JAIL_CALL_SLOT_H_
#define CELLBLOCK_JAIL_CALL_SLOT_H_

#include <sched.h>
#include <signal.h>
#include <sys/types.h>

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "jail/call/channel.h"
#include "jail/call/template_process.h"
#include "jail/jail.h"
#include "jail/unique_fd.h"
#include "jail/verdict.h"

namespace cellblock {

// How a worker ended, as the kernel and its supervisor saw it.
struct WorkerEnd {
  std::optional<Violation> violation;
  bool by_signal = false;
  // Signal, or exit code; -1: not known, for somebody else has waited for it.
  int code = 0;
};

// Whether a call waits for the worker that is to be made ready. One that has
// time takes the page faults of its code before its call and not in it.
enum class Haste : uint8_t { kIsAwaited, kIsAhead };

// A place for one worker after the other, with the memory that it shares with
// its host. No two workers ever have it at once.
//
//   MakeReady ──► calls, one at a time ──► Retire ──► MakeReady …
//   (supervisor)  (whoever holds the slot)  (supervisor)
//
// Lifecycle: as above; the destructor ends its worker and template.
// Errors: as each function says.
// Threads: MakeReady, Retire and the destructor: the supervisor's maker.
//   Between them one holder at a time, and what is for the supervisor: its
//   watcher's.
// Syscalls: whatever it takes.
class Slot {
 public:
  Slot(const TemplatePlan& plan, const JailOptions& options);
  ~Slot();
  Slot(const Slot&) = delete;
  Slot& operator=(const Slot&) = delete;

  // Errors: as text; empty iff the channel is there.
  [[nodiscard]] std::string Create();

  // A worker that is locked, and seen to be, and waits. Executes a new template
  // if there is none, or each worker is to have its own.
  [[nodiscard]] absl::Status MakeReady(Haste haste);

  // Kills the worker, waits for it, and clears what it shared.
  void Retire();

  // From any thread: the worker is killed, and its end is noticed later.
  void Kill() const;

  // For the supervisor: what happened to the worker. The holder is woken.
  void NoteViolation(const Violation& violation);
  // Waits for a worker that has ended.
  void NoteEnd();
  std::optional<WorkerEnd> end() const;
  // Waits for its template, which has ended. A call that is under way goes on.
  void NoteTemplateEnd();
  // False once the worker or its template has ended.
  bool serves_on() const { return serves_on_.load(std::memory_order_acquire); }

  // The last it wrote to its descriptor 2 since this was asked last.
  std::string TakeMessages();
  // From any thread, when messages_fd() is readable: makes room for more.
  void DrainMessages();
  int messages_fd() const { return messages_.get(); }  // -1: none are kept

  // Has the worker run on this CPU, or everywhere.
  void PlaceWithCaller();

  // The CPU time that the worker has used; 0 once it has ended.
  std::chrono::nanoseconds CpuTime() const;

  // A descriptor for the worker's next request; -1: an empty one. Errors:
  // errno.
  [[nodiscard]] int OfferDescriptor(int fd);
  // Answers that request; false iff there was no offer.
  [[nodiscard]] bool GiveDescriptor(const Listener::Call& call);

  Channel& channel() { return channel_; }
  pid_t worker() const { return worker_; }
  int worker_fd() const { return worker_fd_.get(); }
  const TemplateProcess* made_by() const { return template_.get(); }
  // Whether an earlier call has passed in a descriptor.
  bool holds_descriptor = false;

 private:
  absl::Status StartTemplate(MonotonicTime deadline);
  absl::Status StartWorker(MonotonicTime deadline);
  [[nodiscard]] Await AwaitReady(MonotonicTime deadline);
  [[nodiscard]] std::string CheckLock() const;
  // Whether its pid names nobody else: for calls that take no pidfd. Needs
  // mutex_, or a worker that nobody else has yet.
  bool HasItsPid() const;
  // As waitid(2), with more of its options.
  int AwaitEnd(int options, siginfo_t* info) const;

  const TemplatePlan& plan_;
  const JailOptions& options_;
  Channel channel_;
  UniqueFd messages_;       // the host's end
  UniqueFd messages_sent_;  // the worker's
  std::mutex said_mutex_;
  std::string said_;  // the last of it
  std::unique_ptr<TemplateProcess> template_;
  int outer_filters_ = 0;
  pid_t worker_ = -1;
  UniqueFd worker_fd_;
  int cpu_ = -1;  // where this worker is placed, or the one before it was

  mutable std::mutex mutex_;
  bool is_reaped_ = true;  // its pid may be another process's
  std::optional<Violation> violation_;
  std::optional<WorkerEnd> end_;
  std::atomic<bool> serves_on_{false};
  std::optional<UniqueFd> offer_;
};

}  // namespace cellblock

#endif  // CELLBLOCK_JAIL_CALL_SLOT_H_
