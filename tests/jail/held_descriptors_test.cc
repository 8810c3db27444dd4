// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "jail/held_descriptors.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <string>
#include <vector>

namespace cellblock {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::IsNull;
using ::testing::NotNull;

// As /proc names them; the last two cannot be made by everybody.
TEST(HeldDescriptorsTest, NamesOfWhatPassesAFilter) {
  for (const char* name :
       {"anon_inode:[io_uring]", "anon_inode:seccomp notify",
        "anon_inode:[userfaultfd]", "anon_inode:bpf-map", "anon_inode:bpf-prog",
        "anon_inode:bpf_link", "anon_inode:[perf_event]"}) {
    EXPECT_THAT(PassesFilter(name), NotNull()) << name;
  }
  for (const char* name :
       {"", "/", "/dev/null", "pipe:[12]", "socket:[12]",
        "anon_inode:[eventfd]", "anon_inode:[eventpoll]", "anon_inode:[pidfd]",
        "anon_inode:inotify", "/tmp/anon_inode:[io_uring]",
        "/memfd:anon_inode:[io_uring]"}) {
    EXPECT_THAT(PassesFilter(name), IsNull()) << name;
  }
}

// A process that holds copies of /dev/null under `numbers` beside its own.
class Holder {
 public:
  explicit Holder(const std::vector<int>& numbers) {
    int ends[2];
    if (pipe(ends) != 0) return;
    pid_ = fork();
    if (pid_ == 0) {
      const int null = open("/dev/null", O_RDWR);
      for (const int number : numbers) dup2(null, number);
      (void)!write(ends[1], "", 1);
      for (;;) pause();
    }
    char byte;
    (void)!read(ends[0], &byte, 1);
    close(ends[0]);
    close(ends[1]);
  }
  ~Holder() {
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
  }
  pid_t pid() const { return pid_; }

 private:
  pid_t pid_ = -1;
};

size_t Opened(const Holder& holder, const ExpectedDescriptors& expected) {
  const HeldDescriptors held = LookAtDescriptors(holder.pid(), expected);
  EXPECT_THAT(held.refused, IsEmpty());
  return held.opened;
}

TEST(HeldDescriptorsTest, CountsAllButTheExpected) {
  const Holder few({});
  std::vector<int> numbers;
  for (int fd = 500; fd < 800; ++fd) numbers.push_back(fd);
  const Holder many(numbers);
  const size_t before = Opened(few, {});
  EXPECT_GE(before, 3u);
  EXPECT_EQ(Opened(many, {}), before + 300);
  const int given[] = {0, 500, 501};
  const int own[] = {502, -1};
  EXPECT_EQ(Opened(many, {.given = given, .own = own}), before + 300 - 4);
}

// Only a listener is believed to be one.
TEST(HeldDescriptorsTest, AnythingElseInTheListenersPlaceCounts) {
  const Holder holder({600});
  EXPECT_EQ(Opened(holder, {.listener = 600}), Opened(holder, {}));
}

TEST(HeldDescriptorsTest, AProcessThatCannotBeLookedAtIsRefused) {
  constexpr pid_t kNone = 1 << 22;
  EXPECT_THAT(LookAtDescriptors(kNone, {}).refused,
              HasSubstr("cannot be listed: No such file or directory"));
}

}  // namespace
}  // namespace cellblock
