// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "jail/lock_state.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/prctl.h>

#include <fstream>
#include <iterator>
#include <string>

#include "tests/jail/child_check.h"

namespace cellblock {
namespace {

std::string StatusOf(pid_t pid) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/status");
  return {std::istreambuf_iterator<char>(file), {}};
}

// As the kernel writes it, shortened.
std::string Text(std::string_view privs, std::string_view mode,
                 std::string_view filters, std::string_view name = "prog") {
  return std::string("Name:\t")
      .append(name)
      .append("\nUmask:\t0022\nState:\tS (sleeping)\nCapAmb:\t0000000000000000")
      .append("\nNoNewPrivs:\t")
      .append(privs)
      .append("\nSeccomp:\t")
      .append(mode)
      .append("\nSeccomp_filters:\t")
      .append(filters)
      .append("\nSpeculation_Store_Bypass:\tvulnerable\n");
}

void ExpectState(std::string_view status, bool privs, int mode, int filters) {
  const std::optional<LockState> state = ParseLockState(status);
  ASSERT_TRUE(state.has_value()) << status;
  EXPECT_EQ(state->no_new_privs, privs) << status;
  EXPECT_EQ(state->seccomp_mode, mode) << status;
  EXPECT_EQ(state->filters, filters) << status;
}

TEST(LockStateTest, ReadsTheThreeLines) {
  ExpectState(Text("0", "0", "0"), false, 0, 0);
  ExpectState(Text("1", "2", "1"), true, 2, 1);
  ExpectState(Text("1", "2", "17"), true, 2, 17);
  ExpectState(Text("0", "1", "0"), false, 1, 0);
}

TEST(LockStateTest, ReadsThisProcess) {
  const std::string status = StatusOf(getpid());
  ASSERT_FALSE(status.empty());
  const std::optional<LockState> state = ParseLockState(status);
  ASSERT_TRUE(state.has_value()) << status;
  EXPECT_EQ(state->no_new_privs, prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1);
  EXPECT_EQ(state->seccomp_mode != 0, state->filters != 0);
}

TEST(LockStateTest, ANameCannotForgeALine) {
  ExpectState(Text("0", "0", "0", R"(x\nSeccomp:\t2)"), false, 0, 0);
  ExpectState(Text("0", "0", "0", "Seccomp:\t2"), false, 0, 0);
  ExpectState(Text("0", "0", "0", "NoNewPrivs:\t1"), false, 0, 0);
  ExpectState(Text("1", "2", "1", "Seccomp"), true, 2, 1);
}

// The kernel does escape what the parser relies on it to escape.
TEST(LockStateTest, ARealNameWithLineEndsForgesNothing) {
  const std::optional<LockState> own = ParseLockState(StatusOf(getpid()));
  ASSERT_TRUE(own.has_value());
  for (const char* name :
       {"x\nSeccomp:\t2", "\nNoNewPrivs:\t1", "\nSeccomp:\t2\n",
        "\\\nSeccomp:", "\nSeccomp_filt"}) {
    int ends[2];
    ASSERT_EQ(pipe(ends), 0);
    const pid_t child = StartChild([&] {
      CHILD_CHECK(prctl(PR_SET_NAME, name, 0, 0, 0) == 0);
      CHILD_CHECK(write(ends[1], "", 1) == 1);
      for (;;) pause();
    });
    close(ends[1]);
    char ready;
    ASSERT_EQ(read(ends[0], &ready, 1), 1);
    close(ends[0]);
    const std::string status = StatusOf(child);
    EXPECT_EQ(status.find("Umask:"), status.find('\n') + 1) << status;
    ExpectState(status, own->no_new_privs, own->seccomp_mode, own->filters);
    kill(child, SIGKILL);
    EXPECT_THAT(EndOf(child), DiesOf(SIGKILL));
  }
}

TEST(LockStateTest, EachMissingLineIsAnError) {
  const std::string whole = Text("1", "2", "1");
  for (const char* line :
       {"\nNoNewPrivs:\t", "\nSeccomp:\t", "\nSeccomp_filters:\t"}) {
    std::string without = whole;
    const size_t at = without.find(line);
    without.erase(at, without.find('\n', at + 1) - at);
    EXPECT_FALSE(ParseLockState(without).has_value()) << without;
  }
}

TEST(LockStateTest, WhatIsNotANumberIsAnError) {
  for (const char* bad :
       {"", " ", "x", "2x", "x2", " 2", "2 ", "+2", "0x2", "2.0", "--2", "-",
        "99999999999", "2\t", "2\r", "\t2"}) {
    EXPECT_FALSE(ParseLockState(Text(bad, "2", "1")).has_value()) << bad;
    EXPECT_FALSE(ParseLockState(Text("1", bad, "1")).has_value()) << bad;
    EXPECT_FALSE(ParseLockState(Text("1", "2", bad)).has_value()) << bad;
  }
}

TEST(LockStateTest, OtherModesAreNeverTakenForALock) {
  ExpectState(Text("2", "2", "1"), false, 2, 1);
  ExpectState(Text("-1", "-2", "-1"), false, -2, -1);
  ExpectState(Text("1", "22", "1"), true, 22, 1);
}

TEST(LockStateTest, SpacesInsteadOfATabAreAnError) {
  EXPECT_FALSE(ParseLockState(
                   "Name:\tx\nNoNewPrivs: 1\nSeccomp: 2\nSeccomp_filters: 1\n")
                   .has_value());
}

TEST(LockStateTest, EveryTextCutShortIsAnErrorUpToTheLastLine) {
  const std::string whole = Text("1", "2", "1");
  const std::string last = "Seccomp_filters:\t1\n";
  const size_t end = whole.find(last) + last.size();
  for (size_t length = 0; length < end; ++length) {
    EXPECT_FALSE(ParseLockState(whole.substr(0, length)).has_value()) << length;
  }
  for (size_t length = end; length <= whole.size(); ++length) {
    ExpectState(whole.substr(0, length), true, 2, 1);
  }
}

TEST(LockStateTest, GarbageIsAnError) {
  EXPECT_FALSE(ParseLockState("").has_value());
  EXPECT_FALSE(ParseLockState(std::string(4096, '\n')).has_value());
  EXPECT_FALSE(ParseLockState(std::string(4096, '\0')).has_value());
  EXPECT_FALSE(ParseLockState("SeccompSeccompNoNewPrivs").has_value());
}

}  // namespace
}  // namespace cellblock
