// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "tools/jailrun/auto_load.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <string>

#include "tests/tools/scratch.h"

namespace cellblock {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

class AutoLoadTest : public testing::Test {
 protected:
  void SetUp() override {
    Give("/dev/null", O_RDONLY);
    options_.command = {"program", "word"};
  }

  // As standard input.
  static void Give(const std::string& path, int how) {
    const int fd = open(path.c_str(), how | O_CLOEXEC);
    ASSERT_GE(fd, 0);
    ASSERT_EQ(dup2(fd, STDIN_FILENO), STDIN_FILENO);
    close(fd);
  }

  Options options_;
  ScratchDirectory scratch_;
};

TEST_F(AutoLoadTest, TwiceIsFineWhereNothingIsUsedUp) {
  EXPECT_THAT(WhyNotTwice(options_), IsEmpty());
  WriteFile(scratch_ / "file", "text");
  Give(scratch_ / "file", O_RDONLY);
  options_.command = {
      "program",       "/dev/stdin",   "--in=" + (scratch_ / "file"),
      scratch_.path(), "/dev/urandom", "/dev/null"};
  for (const char* preset : {"strict", "worker", "decoder"}) {
    options_.preset = preset;
    EXPECT_THAT(WhyNotTwice(options_), IsEmpty());
  }
}

TEST_F(AutoLoadTest, TimersAndEventsStayInside) {
  options_.allowed = {"@threads", "@events", "@timers", "timer_create"};
  EXPECT_THAT(WhyNotTwice(options_), IsEmpty());
  options_.allowed.push_back("timer_create:1");
  EXPECT_THAT(WhyNotTwice(options_), HasSubstr("beyond the presets"));
}

TEST_F(AutoLoadTest, NotWhereTheProgramCanChangeOrReachAnything) {
  const auto why = [this](const auto& change) {
    Options changed = options_;
    change(&changed);
    return WhyNotTwice(changed);
  };
  EXPECT_THAT(why([](Options* o) { o->writable = {"/tmp"}; }),
              HasSubstr("--rw"));
  EXPECT_THAT(why([](Options* o) { o->passed_fds = {7}; }),
              HasSubstr("--pass-fd"));
  EXPECT_THAT(why([](Options* o) { o->allowed = {"socket"}; }),
              HasSubstr("beyond the presets"));
  EXPECT_THAT(why([](Options* o) { o->policy_file = "x.toml"; }),
              HasSubstr("beyond the presets"));
  EXPECT_THAT(why([](Options* o) { o->preset = "service"; }),
              HasSubstr("beyond the presets"));
  EXPECT_THAT(why([](Options* o) { o->on_violation = OnViolation::kLog; }),
              HasSubstr("--on-violation=log"));
}

TEST_F(AutoLoadTest, NotWhereInputCanBeReadOnce) {
  int ends[2];
  ASSERT_EQ(pipe2(ends, O_CLOEXEC), 0);
  ASSERT_EQ(dup2(ends[0], STDIN_FILENO), STDIN_FILENO);
  EXPECT_THAT(WhyNotTwice(options_), HasSubstr("standard input is a pipe"));
  WriteFile(scratch_ / "file", "text");
  Give(scratch_ / "file", O_RDWR);
  EXPECT_THAT(WhyNotTwice(options_), HasSubstr("may write to"));
  Give("/dev/null", O_RDONLY);
  ASSERT_EQ(mkfifo((scratch_ / "fifo").c_str(), 0600), 0);
  options_.command = {"program", "in=" + (scratch_ / "fifo")};
  EXPECT_THAT(WhyNotTwice(options_), HasSubstr("neither a file nor"));
  options_.command = {"program"};
  options_.readable = {scratch_ / "fifo"};
  EXPECT_THAT(WhyNotTwice(options_), HasSubstr("neither a file nor"));
}

TEST_F(AutoLoadTest, OnlyWhatRootAlonePutThereIsTheAdministrators) {
  char path[PATH_MAX];
  ASSERT_NE(realpath("/bin/true", path), nullptr);
  EXPECT_TRUE(IsOfAdministrator(path));
  EXPECT_FALSE(IsOfAdministrator("/usr/bin"));  // a directory
  EXPECT_FALSE(IsOfAdministrator("/usr/nothing"));
  EXPECT_FALSE(IsOfAdministrator("bin/true"));
  EXPECT_FALSE(IsOfAdministrator(""));
  EXPECT_FALSE(IsOfAdministrator("/dev/null"));
  // Whoever runs this: others may write to what is above it, or to it.
  WriteFile(scratch_ / "file", "text", 0666);
  ASSERT_EQ(chmod((scratch_ / "file").c_str(), 0666), 0);
  EXPECT_FALSE(IsOfAdministrator(scratch_ / "file"));
}

}  // namespace
}  // namespace cellblock
