// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
#ifndef CELLBLOCK_TESTS_JAIL_LOCKDOWN_LOCKDOWN_CHILD_H_
#define CELLBLOCK_TESTS_JAIL_LOCKDOWN_LOCKDOWN_CHILD_H_

// Children that lock themselves by Lockdown. See child_check.h for what they
// may do; malloc is the pool's, so they may allocate.

#include <gtest/gtest.h>
#include <unistd.h>

#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "jail/lockdown.h"
#include "jail/presets.h"
#include "tests/jail/child_check.h"

namespace cellblock {

// Locks this child for good.
inline LockdownReport LockChild(const Policy& policy = ServicePreset(),
                                const LockdownOptions& options = {}) {
  absl::StatusOr<LockdownReport> report = Lockdown(policy, options);
  if (!report.ok()) {
    FailChild((std::string(report.status().message()) + "\n").c_str());
  }
  return *std::move(report);
}

// How a child ended, and what it wrote to standard error.
struct Story {
  ChildEnd end;
  std::string said;
};

template <typename F>
Story StoryOf(const F& body) {
  int ends[2];
  EXPECT_EQ(pipe(ends), 0);
  const pid_t child = StartChild([&] {
    CHILD_CHECK(dup2(ends[1], STDERR_FILENO) == STDERR_FILENO);
    close(ends[0]);
    close(ends[1]);
    body();
  });
  close(ends[1]);
  Story story;
  char text[1024];
  for (;;) {
    const ssize_t length = TEMP_FAILURE_RETRY(read(ends[0], text, sizeof text));
    if (length <= 0) break;
    story.said.append(text, static_cast<size_t>(length));
  }
  close(ends[0]);
  story.end = EndOf(child);
  return story;
}

}  // namespace cellblock

#endif  // CELLBLOCK_TESTS_JAIL_LOCKDOWN_LOCKDOWN_CHILD_H_
