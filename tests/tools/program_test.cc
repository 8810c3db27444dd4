// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
#include "tools/jailrun/program.h"

#include <errno.h>
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <linux/capability.h>
#include <sched.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tests/tools/refusal_matchers.h"
#include "tests/tools/scratch.h"
#include "tools/jailrun/refusal.h"
#include "tools/jailrun/shebang.h"

namespace cellblock {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr ExitCode k125 = ExitCode::kSetupFailed;
constexpr ExitCode k126 = ExitCode::kNotExecutable;
constexpr ExitCode k127 = ExitCode::kNotFound;

bool WriteOnce(const char* path, std::string_view text) {
  const int fd = open(path, O_WRONLY | O_CLOEXEC);
  const bool written =
      write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size());
  close(fd);
  return written;
}

// Gives the file a capability; an ordinary user can do so as the root of a user
// namespace. False iff the system does not let us.
bool SetFileCapability(const std::string& path) {
  const pid_t child = fork();
  if (child == 0) {
    if (geteuid() != 0) {
      const std::string uids = "0 " + std::to_string(geteuid()) + " 1";
      const std::string gids = "0 " + std::to_string(getegid()) + " 1";
      if (unshare(CLONE_NEWUSER) != 0 ||
          !WriteOnce("/proc/self/setgroups", "deny") ||
          !WriteOnce("/proc/self/uid_map", uids) ||
          !WriteOnce("/proc/self/gid_map", gids)) {
        _exit(1);
      }
    }
    vfs_cap_data capability = {};
    capability.magic_etc = VFS_CAP_REVISION_2;
    capability.data[0].permitted = 1 << CAP_NET_RAW;
    _exit(setxattr(path.c_str(), "security.capability", &capability,
                   XATTR_CAPS_SZ_2, 0) == 0
              ? 0
              : 1);
  }
  int status = 0;
  waitpid(child, &status, 0);
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

// Each test runs in a directory of its own: `#!` lines have room for short
// names only.
class FindProgramTest : public testing::Test {
 protected:
  void SetUp() override {
    hello_ = ReadFile(Fixture("hello"));
    static_ = ReadFile(Fixture("hello_static"));
    started_in_ = std::filesystem::current_path();
    std::filesystem::current_path(scratch_.path());
  }
  void TearDown() override { std::filesystem::current_path(started_in_); }

  // With `path` as PATH; null as if it were not set.
  std::optional<Refusal> Find(std::string_view name,
                              const char* path = "/nonexistent") {
    return FindCommand({std::string(name)}, {}, path);
  }

  // The same of a whole command, with an environment.
  std::optional<Refusal> FindCommand(std::vector<std::string> command,
                                     std::vector<std::string> variables,
                                     const char* path = "/nonexistent") {
    std::vector<char*> pointers;
    for (std::string& variable : variables) pointers.push_back(variable.data());
    pointers.push_back(nullptr);
    ChosenEnvironment environment(pointers.data(), Options());
    auto refusal = FindProgram(
        {.command = command, .path = path, .environment = &environment},
        &program_);
    environment_.clear();
    for (char* const* entry = environment.get(); *entry != nullptr; ++entry) {
      environment_.push_back(*entry);
    }
    return refusal;
  }

  ScratchDirectory scratch_;
  std::filesystem::path started_in_;
  std::string hello_;
  std::string static_;
  Program program_;
  std::vector<std::string> environment_;  // as FindProgram left it
};

// The search.

TEST_F(FindProgramTest, NameWithASlashIsAPath) {
  WriteFile("prog", hello_, 0755);
  EXPECT_THAT(Find("./prog"), Accepted());
  EXPECT_EQ(program_.path, "./prog");
  EXPECT_EQ(program_.confined_path(), "./prog");
  EXPECT_THAT(program_.interpreters, IsEmpty());
  EXPECT_THAT(Find(scratch_ / "prog"), Accepted());
  EXPECT_EQ(program_.path, scratch_ / "prog");
}

TEST_F(FindProgramTest, FirstDirectoryOfPathWins) {
  MakeDirectory("a");
  MakeDirectory("b");
  WriteFile("a/prog", hello_, 0755);
  WriteFile("b/prog", hello_, 0755);
  EXPECT_THAT(Find("prog", "nonexistent:b:a"), Accepted());
  EXPECT_EQ(program_.path, "b/prog");
}

TEST_F(FindProgramTest, WhatCannotBeExecutedIsPassedOver) {
  for (const char* directory : {"a", "b", "c"}) MakeDirectory(directory);
  WriteFile("a/prog", hello_, 0644);
  MakeDirectory("b/prog");
  WriteFile("c/prog", hello_, 0755);
  WriteFile("file", "");
  EXPECT_THAT(Find("prog", "a:b:file:c"), Accepted());
  EXPECT_EQ(program_.path, "c/prog");
  // The first that was there is the one to tell of.
  EXPECT_THAT(Find("prog", "a:b"),
              RefusedWith(k126, "'a/prog'", "no execute permission"));
  EXPECT_THAT(Find("prog", "b:a"), RefusedWith(k126, "'b/prog'", "directory"));
}

TEST_F(FindProgramTest, FoundButUnfitEndsTheSearch) {
  MakeDirectory("a");
  MakeDirectory("b");
  WriteFile("a/prog", static_, 0755);
  WriteFile("b/prog", hello_, 0755);
  EXPECT_THAT(Find("prog", "a:b"), RefusedWith(k125, "'a/prog'", "static"));
}

TEST_F(FindProgramTest, EmptyElementIsTheCurrentDirectory) {
  WriteFile("prog", hello_, 0755);
  for (const char* path : {"", ":", "nonexistent:", ":nonexistent", "x::y"}) {
    EXPECT_THAT(Find("prog", path), Accepted()) << path;
    EXPECT_EQ(program_.path, "./prog") << path;
  }
}

TEST_F(FindProgramTest, UnsetPathIsTheSystems) {
  EXPECT_THAT(Find("sh", nullptr), Accepted());
  EXPECT_EQ(program_.path, "/bin/sh");
}

TEST_F(FindProgramTest, MissingIsNotFound) {
  WriteFile("file", "");
  EXPECT_THAT(Find("prog", "nonexistent:/"), RefusedWith(k127, "'prog'"));
  EXPECT_THAT(Find("./prog"), RefusedWith(k127, "'./prog'"));
  EXPECT_THAT(Find("file/prog"), RefusedWith(k127));
  EXPECT_THAT(Find(""), RefusedWith(k127, "''"));
  EXPECT_THAT(Find("", ""), RefusedWith(k127));
  EXPECT_THAT(Find(std::string(300, 'x'), "/bin"), RefusedWith(k127));
  EXPECT_THAT(Find("./" + std::string(5000, 'x')), RefusedWith(k127));
}

TEST_F(FindProgramTest, AdviceKnowsTheFileInTheCurrentDirectory) {
  WriteFile("prog", hello_, 0755);
  EXPECT_THAT(Find("prog")->advice, HasSubstr("'./prog'"));
}

TEST_F(FindProgramTest, LoopOfLinksIsNotExecutable) {
  ASSERT_EQ(symlink("loop", "loop"), 0);
  EXPECT_THAT(Find("./loop"), RefusedWith(k126, "symbolic links"));
}

TEST_F(FindProgramTest, OnlyRegularFilesAreExecutable) {
  MakeDirectory("directory");
  ASSERT_EQ(mkfifo("fifo", 0755), 0);
  ASSERT_EQ(chmod("fifo", 0755), 0);
  EXPECT_THAT(Find("./directory"), RefusedWith(k126, "it is a directory"));
  EXPECT_THAT(Find("./fifo"), RefusedWith(k126, "not a regular file"));
  EXPECT_THAT(Find("/dev/null"), RefusedWith(k126, "not a regular file"));
}

// Permissions. Root's are wider, and are what the kernel gives it.

TEST_F(FindProgramTest, FileWithoutExecutePermissionIsRefusedToRootToo) {
  WriteFile("prog", hello_, 0666);
  EXPECT_THAT(Find("./prog"),
              RefusedWith(k126, "'./prog'", "no execute permission"));
}

TEST_F(FindProgramTest, OthersPermissionIsForOthers) {
  WriteFile("prog", hello_, 0645);
  if (geteuid() == 0) {
    EXPECT_THAT(Find("./prog"), Accepted());
  } else {
    EXPECT_THAT(Find("./prog"), RefusedWith(k126, "do not let you"));
    EXPECT_EQ(ExecError("./prog"), EACCES);
  }
}

TEST_F(FindProgramTest, UnreadableProgramCannotBeInspected) {
  WriteFile("prog", hello_, 0111);
  if (geteuid() == 0) {
    EXPECT_THAT(Find("./prog"), Accepted());
  } else {
    EXPECT_THAT(Find("./prog"), RefusedWith(k125, "'./prog'", "be read"));
  }
}

TEST_F(FindProgramTest, ClosedDirectoryIsPassedOverAndRemembered) {
  MakeDirectory("closed");
  MakeDirectory("open");
  WriteFile("open/prog", hello_, 0755);
  ASSERT_EQ(chmod("closed", 0), 0);
  EXPECT_THAT(Find("prog", "closed:open"), Accepted());
  if (geteuid() == 0) {
    EXPECT_THAT(Find("other", "closed:open"), RefusedWith(k127));
  } else {
    EXPECT_THAT(Find("other", "closed:open"),
                RefusedWith(k126, "'closed/other'", "Permission denied"));
  }
  ASSERT_EQ(chmod("closed", 0755), 0);
}

// Privileges that make the loader ignore LD_PRELOAD.

TEST_F(FindProgramTest, SetuidProgramIsRefused) {
  WriteFile("prog", hello_, 04755);
  EXPECT_THAT(Find("./prog"), RefusedWith(k125, "'./prog' is setuid"));
}

TEST_F(FindProgramTest, SetgidCountsWithGroupExecuteOnly) {
  WriteFile("prog", hello_, 02755);
  EXPECT_THAT(Find("./prog"), RefusedWith(k125, "'./prog' is setgid"));
  WriteFile("prog", hello_, 02745);
  EXPECT_THAT(Find("./prog"), Accepted());
}

TEST_F(FindProgramTest, FileCapabilitiesAreRefused) {
  WriteFile("prog", hello_, 0755);
  if (SetFileCapability("prog")) {
    EXPECT_THAT(Find("./prog"), RefusedWith(k125, "file capabilities"));
  } else {
    // An ordinary user without user namespaces cannot make such a file.
    EXPECT_NE(geteuid(), 0u);
    EXPECT_THAT(Find("./prog"), Accepted());
  }
}

// Scripts.

TEST_F(FindProgramTest, ScriptLeadsToItsInterpreter) {
  WriteFile("script", "#!/bin/sh -e\n", 0755);
  EXPECT_THAT(Find("./script"), Accepted());
  EXPECT_EQ(program_.path, "./script");
  EXPECT_THAT(program_.interpreters, ElementsAre("/bin/sh"));
  EXPECT_EQ(program_.confined_path(), "/bin/sh");
}

TEST_F(FindProgramTest, TheKernelGetsAScriptAsItIs) {
  WriteFile("script", "#!/bin/sh -e\n", 0755);
  EXPECT_THAT(FindCommand({"./script", "a", ""}, {}), Accepted());
  EXPECT_EQ(program_.script, "./script");
  EXPECT_THAT(program_.arguments, ElementsAre("./script", "a", ""));
}

TEST_F(FindProgramTest, WhatEnvWouldStartIsStartedInItsPlace) {
  WriteFile("script", "#!/usr/bin/env -S -u A B=2 true -x\n", 0755);
  EXPECT_THAT(FindCommand({"./script", "a"}, {"A=1", "B=1", "PATH=/usr/bin"}),
              Accepted());
  EXPECT_EQ(program_.path, "/usr/bin/true");
  EXPECT_EQ(program_.script, "./script");
  EXPECT_THAT(program_.arguments, ElementsAre("true", "-x", "./script", "a"));
  EXPECT_THAT(program_.interpreters,
              ElementsAre("/usr/bin/env", "/usr/bin/true"));
  EXPECT_THAT(environment_, ElementsAre("PATH=/usr/bin", "B=2"));
}

TEST_F(FindProgramTest, EnvLooksInTheProgramsPathAndNotInOurs) {
  WriteFile("script", "#!/usr/bin/env true\n", 0755);
  EXPECT_THAT(FindCommand({"./script"}, {"PATH=/nonexistent"}, "/usr/bin"),
              RefusedWith(k127, "'./script' is a script for '/usr/bin/env'",
                          "'true' is in no directory of PATH"));
}

TEST_F(FindProgramTest, WhatEnvFindsIsCheckedLikeAProgram) {
  WriteFile("inner", static_, 0755);
  WriteFile("script", "#!/usr/bin/env ./inner\n", 0755);
  EXPECT_THAT(Find("./script"), RefusedWith(k125, "statically linked"));
  WriteFile("script", "#!/usr/bin/env -q ./inner\n", 0755);
  EXPECT_THAT(Find("./script"),
              RefusedWith(k125, "not understood: its option"));
}

TEST_F(FindProgramTest, MissingInterpreterIsNamedWithTheScript) {
  WriteFile("script", "#!/nonexistent/sh\n", 0755);
  EXPECT_THAT(Find("./script"),
              RefusedWith(k126, "'./script'", "'/nonexistent/sh'", "No such"));
}

TEST_F(FindProgramTest, DosLineIsExplained) {
  WriteFile("script", "#!/bin/sh\r\n", 0755);
  const auto refusal = Find("./script");
  EXPECT_THAT(refusal, RefusedWith(k126, "'/bin/sh\\x0d'"));
  EXPECT_THAT(refusal->advice, HasSubstr("DOS"));
}

TEST_F(FindProgramTest, InterpreterMustBeExecutable) {
  WriteFile("inner", hello_, 0644);
  WriteFile("script", "#!./inner\n", 0755);
  EXPECT_THAT(Find("./script"),
              RefusedWith(k126, "'./script'", "'./inner'", "permission"));
}

TEST_F(FindProgramTest, InterpreterIsCheckedLikeAProgram) {
  WriteFile("script", "#!./inner\n", 0755);
  WriteFile("inner", static_, 0755);
  EXPECT_THAT(Find("./script"), RefusedWith(k125, "'./script' is a script for",
                                            "'./inner' is statically linked"));
  WriteFile("inner", hello_, 04755);
  EXPECT_THAT(Find("./script"), RefusedWith(k125, "'./inner' is setuid"));
  WriteFile("inner", "plain text", 0755);
  EXPECT_THAT(Find("./script"), RefusedWith(k126, "unknown format"));
}

TEST_F(FindProgramTest, PrivilegesOfAScriptMeanNothing) {
  WriteFile("inner", "#!/bin/sh\n", 06755);
  WriteFile("script", "#!./inner\n", 06755);
  EXPECT_THAT(Find("./script"), Accepted());
}

TEST_F(FindProgramTest, InterpretersFollowOneAnotherAsFarAsTheKernelGoes) {
  WriteFile("1", "#!/bin/sh\n", 0755);
  for (int i = 2; i <= 6; ++i) {
    WriteFile(std::to_string(i), "#!./" + std::to_string(i - 1) + "\n", 0755);
  }
  EXPECT_THAT(Find("./5"), Accepted());
  EXPECT_THAT(program_.interpreters,
              ElementsAre("./4", "./3", "./2", "./1", "/bin/sh"));
  EXPECT_EQ(ExecError("./5"), 0);
  EXPECT_THAT(Find("./6"), RefusedWith(k126, "'./6'", "more than 5"));
  EXPECT_EQ(ExecError("./6"), ELOOP);
}

TEST_F(FindProgramTest, ScriptThatNamesItselfEnds) {
  WriteFile("self", "#!./self\n", 0755);
  EXPECT_THAT(Find("./self"), RefusedWith(k126, "more than 5"));
}

TEST_F(FindProgramTest, UnknownFormatsAreNotExecutable) {
  WriteFile("empty", "", 0755);
  WriteFile("text", "echo hello\n", 0755);
  EXPECT_THAT(Find("./empty"), RefusedWith(k126, "'./empty' is empty"));
  EXPECT_THAT(Find("./text"), RefusedWith(k126, "unknown format"));
  EXPECT_THAT(Find("./text")->advice, HasSubstr("jailrun sh './text'"));
  EXPECT_EQ(ExecError("./text"), ENOEXEC);
}

TEST_F(FindProgramTest, TheSameLinesStartAScriptHereAndInTheKernel) {
  using namespace std::string_literals;
  WriteFile("x", "#!/bin/sh\n", 0755);
  std::vector<std::string> lines = {
      "#!/bin/sh"s,
      "#!/bin/sh\n"s,
      "#! \t /bin/sh \t \n"s,
      "#!/bin/sh -e -x\n"s,
      "#!/bin/sh\t-e\n"s,
      "#!/bin/sh\0junk\n"s,
      "#!\0/bin/sh\n"s,
      "#!/bin/sh\0"s,
      "#!"s,
      "#! "s,
      "#!\n"s,
      "#!   \n"s,
      "#!\n/bin/sh\n"s,
      "#!sh\n"s,
      "#!./x\n"s,
      "#!x\n"s,
      "#!/etc\n"s,
      "#!/etc/passwd\n"s,
      "#!/nonexistent\n"s,
      "#!/bin/sh\r\n"s,
      " #!/bin/sh\n"s,
      "# !/bin/sh\n"s,
      "#"s,
      "#!/bin/sh#\n"s,
      "#!/bin/sh\v\n"s,
      "#!\"/bin/sh\"\n"s,
      "#!\xff\n"s,
  };
  // Round the end of what the kernel looks at.
  for (size_t size = kShebangBytes - 3; size <= kShebangBytes + 3; ++size) {
    const std::string blanks(size - strlen("#!/bin/sh"), ' ');
    const std::string slashes(size - strlen("#!bin/sh"), '/');
    for (const char* end : {"", "\n", " ", " \n", " x\n"}) {
      lines.push_back("#!" + blanks + "/bin/sh" + end);
      lines.push_back("#!" + slashes + "bin/sh" + end);
      lines.push_back("#!/bin/sh" + blanks + end);
    }
    lines.push_back("#!" + std::string(size - 2, ' '));
  }
  int accepted = 0;
  for (const std::string& line : lines) {
    WriteFile("script", line, 0755);
    const auto refusal = Find("./script");
    const int error = ExecError("./script");
    if (refusal) {
      EXPECT_THAT(refusal, RefusedWith(k126)) << Quoted(line);
    } else {
      ++accepted;
    }
    EXPECT_EQ(refusal.has_value(), error != 0)
        << Quoted(line) << ": " << strerror(error);
  }
  EXPECT_GT(accepted, 10);
}

// A name may be empty, but must end before the last byte that the kernel looks
// at: when that one is a NUL after blanks, there is no name.
TEST_F(FindProgramTest, BlanksUpToTheLastByteLookedAtNameNoInterpreter) {
  using namespace std::string_literals;
  const std::string blanks(kShebangBytes - strlen("#!") - 1, ' ');
  WriteFile("script", "#!" + blanks + "\0more\n"s, 0755);
  EXPECT_THAT(Find("./script"), RefusedWith(k126, "unknown format"));
  EXPECT_EQ(ExecError("./script"), ENOEXEC);
  WriteFile("script", "#!" + blanks.substr(1) + "\0more\n"s, 0755);
  EXPECT_THAT(Find("./script"), RefusedWith(k126, "''"));
  EXPECT_NE(ExecError("./script"), ENOEXEC);
}

// The system's own programs.

TEST_F(FindProgramTest, UsualProgramsAreAccepted) {
  for (const char* name : {"sh", "true", "cat", "gzip", "grep", "tar"}) {
    EXPECT_THAT(Find(name, nullptr), Accepted()) << name;
  }
}

TEST_F(FindProgramTest, LeavesNoDescriptorOpen) {
  const int before = dup(0);
  close(before);
  WriteFile("script", "#!/bin/sh\n", 0755);
  WriteFile("static", static_, 0755);
  WriteFile("text", "x", 0755);
  for (const char* name : {"./script", "./static", "./text", "./none"}) {
    (void)Find(name);
  }
  const int after = dup(0);
  close(after);
  EXPECT_EQ(before, after);
}

}  // namespace
}  // namespace cellblock
