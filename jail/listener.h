// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_JAIL_LISTENER_H_
#define CELLBLOCK_JAIL_LISTENER_H_

#include <cstdint>
#include <optional>
#include <string>

#include "jail/unique_fd.h"
#include "jail/verdict.h"

namespace cellblock {

// What becomes of a descriptor at execve(2).
enum class AcrossExec : uint8_t { kKept, kClosed };

// The supervisor's end of a filter: the calls that it hands over, one by one.
// All that it tells comes from the kernel, nothing from the jailed process.
//
// Lifecycle: fetched from a process that has just locked itself and still can
//   be traced by its parent.
// Errors: as each function says.
// Ownership: move-only.
class Listener {
 public:
  struct Call {
    uint64_t id;
    uint32_t pid;
    Violation request;
  };

  Listener() = default;

  // Duplicates descriptor `number` of the process behind `pidfd`. Errors: not
  // ok() and errno iff the kernel refuses (EPERM: it may not be traced).
  static Listener Fetch(int pidfd, int number);

  // What `socket`'s next message brings: a listener, or one that is not ok().
  // Errors: empty iff there is no message, since the other end is gone.
  static std::optional<Listener> Receive(int socket);

  // True iff Fetch can work on the process behind `pidfd`, which holds
  // descriptor `number` for certain.
  static bool CanFetch(int pidfd, int number);

  bool ok() const { return fd_.ok(); }
  int fd() const { return fd_.get(); }  // readable when a call waits

  // Whether the jail and its supervisor take turns on one CPU (Linux 6.6):
  // faster, and nothing else.
  bool synchronous() const { return synchronous_; }

  // The next call. Empty iff none waits any more because its thread was killed,
  // or a signal came (ENOENT, EINTR), or the kernel refuses (any other errno).
  // It blocks if a signal withdrew the only one that waited.
  std::optional<Call> Next() const;

  // Lets the call through to the kernel. Only for the set-up call, whose
  // arguments are registers and cannot change behind our back.
  [[nodiscard]] bool Continue(const Call& call) const;

  // Answers with a duplicate of `fd` that the caller gets as descriptor
  // `number`, in place of what that was. Errors: false iff the kernel refuses,
  // and then the call still waits.
  [[nodiscard]] bool Give(const Call& call, int fd, int number) const;

  // Answers with a duplicate of `fd` under the lowest number that the caller
  // has free. Errors: false iff the kernel refuses, and then the call still
  // waits: with EMFILE, the caller has no number left; with EINVAL, the kernel
  // is older than Linux 5.14.
  [[nodiscard]] bool GiveNew(const Call& call, int fd, AcrossExec held) const;

  // Answers with an errno. A thread that is gone needs no answer.
  void Refuse(const Call& call, int error) const;

 private:
  explicit Listener(UniqueFd fd);

  bool Send(const Call& call, int error, uint32_t flags) const;

  UniqueFd fd_;
  bool synchronous_ = false;
};

}  // namespace cellblock

#endif  // CELLBLOCK_JAIL_LISTENER_H_
