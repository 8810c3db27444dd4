// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
#ifndef CELLBLOCK_TESTS_JAIL_CALL_WORKER_CHAIN_H_
#define CELLBLOCK_TESTS_JAIL_CALL_WORKER_CHAIN_H_

#include <sys/types.h>

#include <atomic>
#include <functional>
#include <optional>

#include "jail/call/worker_filters.h"
#include "jail/listener.h"
#include "jail/unique_fd.h"
#include "tests/jail/child_check.h"

namespace cellblock {

// A worker behind both filters, as the jail API makes one: forked by a locked
// template whose listener this process holds.
//
// Lifecycle: Start, then Next and an answer for each call, then End.
class WorkerChain {
 public:
  // Returns once the worker is locked, or is about to; it then runs `body`, and
  // ends with exit code 0 where that returns. Nothing in `body` may allocate.
  void Start(const WorkerPolicyOptions& options,
             const std::function<void()>& body);

  // The next call that is told. Empty: the worker ended.
  std::optional<Listener::Call> Next();

  const Listener& listener() const { return listener_; }
  pid_t worker() const { return worker_; }

  // Expects that nothing more is told.
  ChildEnd End();

 private:
  // Of this process and its template's.
  struct Shared {
    std::atomic<uint32_t> listener;  // its number in the template, and 1
    std::atomic<uint32_t> fetched;
    std::atomic<uint32_t> worker;
  };

  void RunTemplate(const std::function<void()>& body);
  void FetchListener();
  void ContinueSetup();

  Shared* shared_ = nullptr;
  WorkerFilters filters_;
  pid_t template_ = -1;
  pid_t worker_ = -1;
  Listener listener_;
};

}  // namespace cellblock

#endif  // CELLBLOCK_TESTS_JAIL_CALL_WORKER_CHAIN_H_
