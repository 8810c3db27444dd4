// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
#ifndef CELLBLOCK_TESTS_EXAMPLES_UNJAILED_RUN_H_
#define CELLBLOCK_TESTS_EXAMPLES_UNJAILED_RUN_H_

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <span>

#include "absl/status/status.h"
#include "examples/common/sink.h"
#include "tests/examples/outcome.h"

namespace examples {

// The same decoder with no jail around it: in plain processes, a new one for
// every hundred inputs and behind every input that ended one. They may have 4
// GiB each, for the machine's sake.
//
// Lifecycle: starts in the constructor, which forks: of a process with one
// thread. Ends in Finish, or in the destructor, which kills it.
class UnjailedRun {
 public:
  // Decodes the input of that index.
  using Decode = std::function<absl::Status(size_t index, Sink& sink)>;

  UnjailedRun(size_t inputs, std::chrono::milliseconds time_limit,
              const Decode& decode);
  ~UnjailedRun();
  UnjailedRun(const UnjailedRun&) = delete;
  UnjailedRun& operator=(const UnjailedRun&) = delete;

  // Waits for the outcome of that input. Null iff none will come: the process
  // that runs the others has ended.
  const Outcome* Await(size_t index);

 private:
  pid_t driver_ = -1;
  std::span<Outcome> outcomes_;  // shared
};

}  // namespace examples

#endif  // CELLBLOCK_TESTS_EXAMPLES_UNJAILED_RUN_H_
