// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// What a worker is left with, from inside and from outside, and what
// Jail::posture says of it.

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "jail/jail.h"
#include "jail/landlock.h"
#include "jail/unique_fd.h"
#include "tests/jail/call/limit_decoders.h"
#include "tests/jail/call/live_calls.h"
#include "tests/jail/call/processes.h"

namespace cellblock {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;

class EveryFreshness : public ::testing::TestWithParam<Freshness> {};

INSTANTIATE_TEST_SUITE_P(All, EveryFreshness,
                         ::testing::ValuesIn(kEveryFreshness));

TEST_P(EveryFreshness, WorkersHaveNoPowersLeft) {
  auto jail = MakeJail({.freshness = GetParam()}, "setup");
  ASSERT_NE(jail, nullptr);
  const std::vector<pid_t> workers = WorkersOf(getpid());
  ASSERT_FALSE(workers.empty());
  std::vector<pid_t> all = TemplatesOf(getpid());
  all.insert(all.end(), workers.begin(), workers.end());
  for (const pid_t pid : all) {
    const std::string who = std::to_string(pid);
    for (const char* set : {"CapInh", "CapPrm", "CapEff", "CapAmb"}) {
      EXPECT_EQ(StatusField(who, set), "0000000000000000") << set;
    }
    EXPECT_EQ(StatusField(who, "NoNewPrivs"), "1");
    EXPECT_EQ(StatusField(who, "Seccomp"), "2");
    EXPECT_EQ(StatusField(who, "Threads"), "1");
  }
  EXPECT_EQ(SayText(*jail, "core"), "0 0");
  EXPECT_EQ(SayText(*jail, "stack"), "1048576 1048576");
  EXPECT_EQ(SayText(*jail, "death signal"), std::to_string(SIGKILL));
}

TEST_P(EveryFreshness, WorkersSeeTheEnvironmentThatTheyAreGiven) {
  setenv("CELLBLOCK_TEST_SECRET", "of the host", 1);
  {
    auto jail = MakeJail({.freshness = GetParam()}, "setup");
    ASSERT_NE(jail, nullptr);
    EXPECT_EQ(SayText(*jail, "environ"), "");
    EXPECT_EQ(SayText(*jail, "first environ"), "");
  }
  auto jail = MakeJail(
      {.freshness = GetParam(), .environment = {"LANG=C", "EMPTY="}}, "setup");
  ASSERT_NE(jail, nullptr);
  EXPECT_EQ(SayText(*jail, "environ"), "LANG=C\nEMPTY=\n");
  EXPECT_EQ(SayText(*jail, "first environ"), "LANG=CEMPTY=");
  unsetenv("CELLBLOCK_TEST_SECRET");
}

TEST_P(EveryFreshness, WorkersHoldTheDescriptorsThatTheyAreGiven) {
  const UniqueFd first(memfd_create("first", 0));
  const UniqueFd second(memfd_create("second", 0));
  const UniqueFd of_the_host(memfd_create("of the host", 0));
  const auto make = [&](const char* decoder) {
    return MakeJail({.freshness = GetParam(),
                     .allow = {"@descriptors"},
                     .descriptors = {first.get(), second.get()}},
                    decoder);
  };
  auto prepared = make("setup");
  ASSERT_NE(prepared, nullptr);
  const std::string seen = SayText(*prepared, "descriptors");
  EXPECT_THAT(seen, HasSubstr("0=/dev/null\n1=/dev/null\n2=pipe:["));
  EXPECT_THAT(seen, HasSubstr("]\n9=/dev/null\n10=/memfd:first (deleted)\n"
                              "11=/memfd:second (deleted)\n"));
  EXPECT_EQ(std::count(seen.begin(), seen.end(), '\n'), 6) << seen;
  auto jail = make("held");
  ASSERT_NE(jail, nullptr);
  EXPECT_EQ(SayText(*jail, ""), "0 1 2 10 11 ");
  EXPECT_EQ(SayText(*jail, "", {.descriptor = of_the_host.get()}),
            "0 1 2 9 10 11 ");
}

// Nor does a call's descriptor take the place of one that `prepare` opened.
TEST_P(EveryFreshness, WhatPrepareOpensIsNotTheNumberOfACallsDescriptor) {
  auto jail =
      MakeJail({.freshness = GetParam(), .allow = {"@descriptors"}}, "many");
  ASSERT_NE(jail, nullptr);
  EXPECT_EQ(SayText(*jail, ""), "0 1 2 3 4 5 6 7 8 10 11 ");
  EXPECT_EQ(SayText(*jail, "", {.descriptor = STDIN_FILENO}),
            "0 1 2 3 4 5 6 7 8 9 10 11 ");
}

std::string LimitOf(pid_t pid, const std::string& name) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/limits");
  for (std::string line; std::getline(file, line);) {
    if (line.rfind(name, 0) == 0) return line.substr(26, 21);
  }
  return {};
}

// Run by an ordinary user, of whom the workers are.
void ExpectHidden(Freshness freshness) {
  auto jail = MakeJail({.freshness = freshness}, "setup");
  ASSERT_NE(jail, nullptr);
  for (const pid_t pid : WorkersOf(getpid())) {
    for (const char* file : {"mem", "maps", "environ", "fd", "stack", "auxv"}) {
      const std::string path = "/proc/" + std::to_string(pid) + "/" + file;
      const UniqueFd fd(open(path.c_str(), O_RDONLY | O_CLOEXEC));
      EXPECT_FALSE(fd.ok()) << path;
      EXPECT_EQ(errno, EACCES) << path;
    }
  }
  EXPECT_EQ(SayText(*jail, "core"), "0 0");
}

TEST_P(EveryFreshness, WorkersAreHiddenFromOrdinaryUsers) {
  const pid_t pid = fork();
  ASSERT_GE(pid, 0);
  if (pid == 0) {
    constexpr uid_t kNobody = 65534;
    if (getuid() == 0) {
      if (setresgid(kNobody, kNobody, kNobody) != 0 ||
          setresuid(kNobody, kNobody, kNobody) != 0 ||
          prctl(PR_SET_DUMPABLE, 1) != 0) {
        _exit(2);
      }
    }
    ExpectHidden(GetParam());
    fflush(nullptr);
    _exit(::testing::Test::HasFailure() ? 1 : 0);
  }
  int status = -1;
  ASSERT_EQ(waitpid(pid, &status, 0), pid);
  EXPECT_EQ(status, 0);
}

TEST_P(EveryFreshness, ThePostureNamesEveryLayerAndItsState) {
  auto jail = MakeJail({.freshness = GetParam()}, "setup");
  ASSERT_NE(jail, nullptr);
  std::vector<std::string> enforced;
  std::vector<std::string> others;
  for (const JailLayer& layer : jail->posture()) {
    if (layer.state == "enforced") {
      enforced.push_back(layer.name);
      EXPECT_EQ(layer.reason, "") << layer.name;
    } else {
      others.push_back(layer.name);
      EXPECT_EQ(layer.state, "unsupported") << layer.name;
      EXPECT_NE(layer.reason, "") << layer.name;
    }
  }
  // Those without which there is no jail.
  for (const char* name : {"no_new_privs", "seccomp", "descriptors", "rlimits",
                           "undumpable", "dies_with_host"}) {
    EXPECT_THAT(enforced, ::testing::Contains(name));
  }
  EXPECT_EQ(std::count(enforced.begin(), enforced.end(), "landlock"),
            LandlockAbi() >= 1 ? 1 : 0);
  EXPECT_EQ(enforced.size() + others.size(), 9u);
  for (const pid_t worker : WorkersOf(getpid())) {
    EXPECT_THAT(LimitOf(worker, "Max core file size"), HasSubstr("0 "));
    EXPECT_THAT(LimitOf(worker, "Max open files"), HasSubstr("1024 "));
  }
}

class Files : public ::testing::Test {
 protected:
  std::string Make(const char* name) {
    const char* const tmp = getenv("TEST_TMPDIR");
    const std::string path =
        std::string(tmp == nullptr ? "/tmp" : tmp) + "/" + name;
    std::ofstream(path) << "content";
    return path;
  }
};

TEST_F(Files, OnlyThoseThatAreGrantedCanBeOpened) {
  ASSERT_GE(LandlockAbi(), 1) << "this kernel has no Landlock";
  const std::string granted = Make("granted");
  const std::string other = Make("other");
  for (const Freshness freshness : kEveryFreshness) {
    auto jail = MakeJail({.freshness = freshness,
                          .allow = {"@files", "@stdio"},
                          .files = {{.path = granted}}},
                         "open");
    ASSERT_NE(jail, nullptr);
    EXPECT_EQ(SayText(*jail, granted), "content");
    for (const std::string& path :
         {other, std::string("/etc/passwd"), std::string("/proc/self/environ"),
          std::string("/dev/zero"), std::string(".")}) {
      EXPECT_EQ(SayText(*jail, path), "Permission denied") << path;
    }
  }
}

TEST_F(Files, WithoutAGrantNoneCanBeOpened) {
  ASSERT_GE(LandlockAbi(), 1) << "this kernel has no Landlock";
  const std::string path = Make("other");
  auto jail = MakeJail({.allow = {"@files", "@stdio"}}, "open");
  ASSERT_NE(jail, nullptr);
  EXPECT_EQ(SayText(*jail, path), "Permission denied");
  EXPECT_EQ(SayText(*jail, "/proc/self/maps"), "Permission denied");
}

TEST_F(Files, AGrantAloneIsNoLeaveToOpen) {
  const std::string granted = Make("granted");
  auto jail = MakeJail({.files = {{.path = granted}}}, "open");
  ASSERT_NE(jail, nullptr);
  EXPECT_EQ(FailureIn(*jail, granted).end, CallEnd::kViolation);
}

TEST_F(Files, AGrantOfWhatIsNotThereIsRefusedByName) {
  const auto jail = Jail::Create({.files = {{.path = "/no/such"}}}, "open");
  EXPECT_EQ(jail.status().code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(std::string(jail.status().message()), HasSubstr("/no/such"));
}

}  // namespace
}  // namespace cellblock

int main(int argc, char** argv) {
  cellblock::jail::Init(argc, argv, cellblock::LimitDecoders());
  ::testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
