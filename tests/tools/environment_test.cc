// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
#include "tools/jailrun/environment.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <string>
#include <string_view>
#include <vector>

namespace cellblock {
namespace {

using ::testing::ElementsAre;
using ::testing::ElementsAreArray;
using ::testing::HasSubstr;

// No loader finds these; it names what it could not preload.
constexpr char kRuntime[] = "/nonexistent/runtime.so";
constexpr char kOwn[] = "/nonexistent/own.so";

// An environment as a process has it.
class Environment {
 public:
  explicit Environment(std::vector<std::string> entries)
      : entries_(std::move(entries)) {
    for (std::string& entry : entries_) pointers_.push_back(entry.data());
    pointers_.push_back(nullptr);
  }
  char* const* get() const { return pointers_.data(); }

 private:
  std::vector<std::string> entries_;
  std::vector<char*> pointers_;
};

std::vector<std::string> Strings(char* const* environment) {
  std::vector<std::string> strings;
  for (; *environment != nullptr; ++environment) {
    strings.emplace_back(*environment);
  }
  return strings;
}

std::vector<std::string> Made(std::vector<std::string> entries) {
  const Environment current(std::move(entries));
  const ProgramEnvironment made(current.get(), "/r.so", "3,4");
  return Strings(made.get());
}

// What a program's loader writes in the environment made of `entries`: a line
// for each library of LD_PRELOAD, in order, as none of them exists.
std::string LoaderSays(std::vector<std::string> entries) {
  const Environment current(std::move(entries));
  const ProgramEnvironment made(current.get(), kRuntime, "3,4");
  int ends[2];
  if (pipe(ends) != 0) return "no pipe";
  const pid_t child = fork();
  if (child == 0) {
    dup2(ends[1], STDERR_FILENO);
    const char* const argv[] = {"/bin/true", nullptr};
    execve(argv[0], const_cast<char* const*>(argv), made.get());
    _exit(1);
  }
  close(ends[1]);
  std::string said;
  char buffer[512];
  for (ssize_t got; (got = read(ends[0], buffer, sizeof(buffer))) > 0;) {
    said.append(buffer, static_cast<size_t>(got));
  }
  close(ends[0]);
  int status = 0;
  waitpid(child, &status, 0);
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << said;
  return said;
}

TEST(ProgramEnvironmentTest, EmptyEnvironmentGetsBothVariables) {
  EXPECT_THAT(Made({}),
              ElementsAre("LD_PRELOAD=/r.so", "CELLBLOCK_CONTROL=3,4"));
}

TEST(ProgramEnvironmentTest, AbsentPreloadIsAddedBehindTheOthers) {
  EXPECT_THAT(
      Made({"B=2", "A=1"}),
      ElementsAre("B=2", "A=1", "LD_PRELOAD=/r.so", "CELLBLOCK_CONTROL=3,4"));
}

TEST(ProgramEnvironmentTest, OwnPreloadStaysBehindOursAndWhereItWas) {
  EXPECT_THAT(
      Made({"LD_PRELOAD=/a.so", "B=2"}),
      ElementsAre("LD_PRELOAD=/r.so:/a.so", "B=2", "CELLBLOCK_CONTROL=3,4"));
  EXPECT_THAT(Made({"A=1", "LD_PRELOAD=/a.so /b.so", "B=2"}),
              ElementsAre("A=1", "LD_PRELOAD=/r.so:/a.so /b.so", "B=2",
                          "CELLBLOCK_CONTROL=3,4"));
  EXPECT_THAT(Made({"A=1", "LD_PRELOAD=/a.so:/b.so"}),
              ElementsAre("A=1", "LD_PRELOAD=/r.so:/a.so:/b.so",
                          "CELLBLOCK_CONTROL=3,4"));
}

TEST(ProgramEnvironmentTest, EmptyPreloadCanBeToldFromNone) {
  EXPECT_THAT(Made({"LD_PRELOAD="}),
              ElementsAre("LD_PRELOAD=/r.so:", "CELLBLOCK_CONTROL=3,4"));
}

TEST(ProgramEnvironmentTest, OnlyThatVeryNameIsThePreload) {
  const std::vector<std::string> others = {
      "LD_PRELOAD",      "LD_PRELOAD_PATH=/a", "XLD_PRELOAD=/a",
      "ld_preload=/a",   " LD_PRELOAD=/a",     "LD_LIBRARY_PATH=/a",
      "X=LD_PRELOAD=/a", "LD_PRELOA=/a",
  };
  std::vector<std::string> expected = others;
  expected.insert(expected.end(),
                  {"LD_PRELOAD=/r.so", "CELLBLOCK_CONTROL=3,4"});
  EXPECT_THAT(Made(others), ElementsAreArray(expected));
}

TEST(ProgramEnvironmentTest, OrderAndOddEntriesAreKept) {
  const std::vector<std::string> odd = {
      "Z=1", "A=2", "Z=3", "noequals",
      "",    "=x",  "E=",  "L=" + std::string(100000, 'l')};
  std::vector<std::string> expected = odd;
  expected.insert(expected.end(),
                  {"LD_PRELOAD=/r.so", "CELLBLOCK_CONTROL=3,4"});
  EXPECT_THAT(Made(odd), ElementsAreArray(expected));
}

// The runtime takes the last one, and removes all.
TEST(ProgramEnvironmentTest, ControlVariableIsLastBehindAStaleOne) {
  EXPECT_THAT(Made({"CELLBLOCK_CONTROL=7,8", "A=1"}),
              ElementsAre("CELLBLOCK_CONTROL=7,8", "A=1", "LD_PRELOAD=/r.so",
                          "CELLBLOCK_CONTROL=3,4"));
}

TEST(ProgramEnvironmentTest, OtherEntriesAreTheCallersOwn) {
  const Environment current({"A=1", "LD_PRELOAD=/a.so", "B=2"});
  const ProgramEnvironment made(current.get(), "/r.so", "3,4");
  EXPECT_EQ(made.get()[0], current.get()[0]);
  EXPECT_NE(made.get()[1], current.get()[1]);
  EXPECT_EQ(made.get()[2], current.get()[2]);
  EXPECT_THAT(Strings(current.get()),
              ElementsAre("A=1", "LD_PRELOAD=/a.so", "B=2"));
}

// Names short enough to be kept inside a std::string, and long ones.
TEST(ProgramEnvironmentTest, LengthsOfNamesDoNotMatter) {
  for (const size_t length : {0, 1, 3, 4, 5, 14, 15, 16, 4096}) {
    const std::string runtime(length, 'r');
    const std::string control(length, '9');
    const Environment current({"LD_PRELOAD=a"});
    const ProgramEnvironment made(current.get(), runtime, control);
    EXPECT_THAT(Strings(made.get()),
                ElementsAre("LD_PRELOAD=" + runtime + ":a",
                            "CELLBLOCK_CONTROL=" + control));
  }
}

// The loader itself, for every place that LD_PRELOAD can have.

TEST(ProgramEnvironmentTest, LoaderPreloadsOurs) {
  const std::string own = std::string("LD_PRELOAD=") + kOwn;
  EXPECT_THAT(LoaderSays({}), HasSubstr(kRuntime));
  EXPECT_THAT(LoaderSays({"A=1", "LD_PRELOAD=", "B=2"}), HasSubstr(kRuntime));
  for (const std::vector<std::string>& entries :
       {std::vector<std::string>{own}, {own, "A=1"}, {"A=1", own}}) {
    const std::string said = LoaderSays(entries);
    EXPECT_THAT(said, HasSubstr(kRuntime));
    EXPECT_THAT(said.substr(said.find(kRuntime)), HasSubstr(kOwn));
  }
}

// glibc obeys the last of several. Were ours in another, the program would run
// without a jail.
TEST(ProgramEnvironmentTest, LoaderPreloadsOursIfTheVariableIsThereTwice) {
  const std::string own = std::string("LD_PRELOAD=") + kOwn;
  EXPECT_THAT(LoaderSays({own, own}), HasSubstr(kRuntime));
  EXPECT_THAT(LoaderSays({own, "LD_PRELOAD="}), HasSubstr(kRuntime));
  EXPECT_THAT(LoaderSays({"LD_PRELOAD=", own}), HasSubstr(kRuntime));
  EXPECT_THAT(LoaderSays({"LD_PRELOAD=", "A=1", "LD_PRELOAD=", "B=2"}),
              HasSubstr(kRuntime));
  EXPECT_THAT(LoaderSays({own, own, own}), HasSubstr(kRuntime));
}

}  // namespace
}  // namespace cellblock
