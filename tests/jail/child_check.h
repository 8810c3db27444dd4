// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
#ifndef CELLBLOCK_TESTS_JAIL_CHILD_CHECK_H_
#define CELLBLOCK_TESTS_JAIL_CHILD_CHECK_H_

// One process for each thing that cannot be undone.
//
//   EXPECT_THAT(InChild([] {
//     LockWith(filter);
//     CHILD_CHECK(syscall(SYS_getpid) > 0);
//   }), EndsClean());
//
// The rule inside the child: nothing of gtest, and from the lock on nothing
// that allocates either, since both make calls that the filter answers with
// death. CHILD_CHECK is write(2) and exit_group(2).

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

namespace cellblock {

inline constexpr int kCheckFailed = 3;
// No child takes a tenth of this; one that hangs dies of SIGALRM.
inline constexpr unsigned kChildSeconds = 20;

#define CHILD_CHECK_STRING_(x) #x
#define CHILD_CHECK_STRING(x) CHILD_CHECK_STRING_(x)
#define CHILD_CHECK(condition)                                             \
  do {                                                                     \
    if (!(condition)) {                                                    \
      ::cellblock::FailChild(                                              \
          __FILE__ ":" CHILD_CHECK_STRING(__LINE__) ": " #condition "\n"); \
    }                                                                      \
  } while (false)

// Where the kernel lacks what a test needs: with JAIL_TESTS_MUST_RUN set that
// is a failure, so that no machine of the project's own skips unseen.
#define SKIP_FOR_LACK_OF(what)                                    \
  do {                                                            \
    if (getenv("JAIL_TESTS_MUST_RUN") != nullptr) FAIL() << what; \
    GTEST_SKIP() << "this machine lacks " << what;                \
  } while (false)

// Not by _exit(3): sanitizers make calls of their own in front of it.
[[noreturn]] inline void LeaveChild(int code) {
  for (;;) syscall(SYS_exit_group, code);
}

[[noreturn]] inline void FailChild(const char* message) {
  const ssize_t written = write(STDERR_FILENO, message, strlen(message));
  LeaveChild(written < 0 ? kCheckFailed + 1 : kCheckFailed);
}

// How a child ended.
struct ChildEnd {
  bool signaled;
  int code;  // exit code, or signal

  friend bool operator==(const ChildEnd&, const ChildEnd&) = default;
  friend void PrintTo(const ChildEnd& end, std::ostream* out) {
    *out << (end.signaled ? "killed by signal " : "exit code ") << end.code;
  }
};

// Waits for `child`, which StartChild gave.
inline ChildEnd EndOf(pid_t child) {
  int status = 0;
  EXPECT_EQ(TEMP_FAILURE_RETRY(waitpid(child, &status, 0)), child);
  return WIFSIGNALED(status) ? ChildEnd{true, WTERMSIG(status)}
                             : ChildEnd{false, WEXITSTATUS(status)};
}

// Runs `body` in a child, which ends with exit code 0 where `body` returns.
template <typename F>
pid_t StartChild(const F& body) {
  const pid_t child = fork();
  EXPECT_GE(child, 0);
  if (child == 0) {
    alarm(kChildSeconds);
    body();
    LeaveChild(0);
  }
  return child;
}

template <typename F>
ChildEnd InChild(const F& body) {
  return EndOf(StartChild(body));
}

inline auto EndsWith(int code) { return testing::Eq(ChildEnd{false, code}); }
inline auto EndsClean() { return EndsWith(0); }
inline auto DiesOf(int signal) { return testing::Eq(ChildEnd{true, signal}); }

}  // namespace cellblock

#endif  // CELLBLOCK_TESTS_JAIL_CHILD_CHECK_H_
