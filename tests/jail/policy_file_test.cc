// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "jail/policy_file.h"

#include <errno.h>
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include <optional>
#include <string>

#include "jail/filter.h"
#include "jail/filter_proof.h"
#include "jail/presets.h"
#include "tests/jail/probes.h"

namespace cellblock {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

// A file read and applied; `error` is that of whichever failed.
struct Read {
  explicit Read(const std::string& text) {
    PolicyFile file;
    error = PolicyFile::Parse(text, "p.toml", &file);
    if (!error.empty()) return;
    builder.emplace(*FindPreset(file.inherit()));
    error = file.ApplyTo(&*builder);
  }

  Decision Decide(uint32_t number, const Args& args = {}) const {
    SyscallRequest request = {number, {}};
    std::copy(args.begin(), args.end(), request.args);
    return builder->policy().Decide(request, kPid);
  }

  std::optional<PolicyBuilder> builder;
  std::string error;
};

constexpr char kWhole[] = R"(# What a thumbnailer may do.
inherit = "decoder"
name = "thumbnailer"
allow = ["@sleep", "getxattr", "fsync:3"]

[[rule]]
call = "socket"
action = "refuse"
error = "EAFNOSUPPORT"
arguments = [{ index = 0, equals = 2 }, { index = 1, equals = 1 }]
reason = "asks for a name"

[[rule]]
call = "unsafe:kill"
action = "allow"
arguments = [{ index = 0, equals = "pid" }, { index = 1, equals = 0, mask = 0x7f }]
reason = "looks whether it lives"

[[rule]]
call = "sched_yield"
action = "violation"
reason = "spins"

[[rule]]
call = "acct"
action = "kill"
reason = "is never asked for"

[[rule]]
call = "getcwd"
action = "errno"
error = "ENOENT"
reason = "is nowhere"
)";

TEST(PolicyFileTest, EveryKeyMeansWhatItSays) {
  const Read read(kWhole);
  ASSERT_EQ(read.error, "");
  EXPECT_STREQ(read.builder->policy().name(), "thumbnailer");
  EXPECT_EQ(read.Decide(SYS_getxattr).action, Action::kAllow);
  EXPECT_EQ(read.Decide(SYS_fsync, {3}).action, Action::kAllow);
  EXPECT_EQ(read.Decide(SYS_fsync, {4}).action, Action::kRefuse);
  EXPECT_EQ(read.Decide(SYS_socket, {2, 1}).error, EAFNOSUPPORT);
  EXPECT_STREQ(read.Decide(SYS_socket, {2, 1}).reason, "asks for a name");
  EXPECT_EQ(read.Decide(SYS_socket, {2, 2}).action, Action::kViolation);
  EXPECT_EQ(read.Decide(SYS_socket, {AF_UNIX}).error, EACCES);
  EXPECT_EQ(read.Decide(SYS_sched_yield).action, Action::kViolation);
  EXPECT_STREQ(read.Decide(SYS_sched_yield).reason, "spins");
  EXPECT_EQ(read.Decide(SYS_acct).action, Action::kKill);
  EXPECT_EQ(read.Decide(SYS_getcwd).action, Action::kErrno);
  EXPECT_EQ(read.Decide(SYS_getcwd).error, ENOENT);
  EXPECT_EQ(read.Decide(SYS_openat, {0, 1, O_WRONLY}).error, EROFS);

  CompiledFilter filter = CompileFilter(read.builder->policy());
  ASSERT_EQ(filter.error, "");
  BindFilter(filter.program, Supervised(kPid));
  EXPECT_FALSE(
      ProveFilter(read.builder->policy(), Supervised(kPid), filter.program));
}

TEST(PolicyFileTest, AFileThatOnlyInheritsIsThePreset) {
  for (const char* name : {"strict", "worker", "decoder", "service"}) {
    const Read read(std::string("inherit = \"") + name + "\"");
    EXPECT_EQ(read.error, "");
    EXPECT_FALSE(read.builder->changed());
    EXPECT_STREQ(read.builder->policy().name(), name);
  }
}

// The kernel reads an int as 32 bits, a pointer or size as 64.
TEST(PolicyFileTest, AnArgumentIsComparedInTheBitsThatTheKernelReads) {
  const Read read(R"(inherit = "strict"
[[rule]]
call = "lseek"
action = "allow"
arguments = [{ index = 0, equals = -2 }, { index = 1, equals = -3 }]
reason = "seeks"
)");
  ASSERT_EQ(read.error, "");
  const uint64_t high = uint64_t{1} << 32;
  const auto two = static_cast<uint64_t>(-2), three = static_cast<uint64_t>(-3);
  EXPECT_EQ(read.Decide(SYS_lseek, {two, three}).action, Action::kAllow);
  EXPECT_EQ(read.Decide(SYS_lseek, {two ^ high, three}).action, Action::kAllow);
  EXPECT_EQ(read.Decide(SYS_lseek, {two, three ^ high}).action,
            Action::kViolation);
}

TEST(PolicyFileTest, ErrorsNameFileLineColumnReasonAndWhatIsAccepted) {
  const struct {
    const char* text;
    const char* where;
    const char* why;
  } cases[] = {
      {"", "p.toml:1:1: ", "inherit = \"PRESET\" is missing"},
      {"inherit = ", "p.toml:1:", ""},
      {"inherit = \"decoder\"\nallow = [\"x\n", "p.toml:2:", ""},
      {"inherit = \"strict\"\nname = \"a\\u001b[2Jb\"",
       "p.toml:2:8: ", "has a control character"},
      {"inherit = 1", "p.toml:1:11: ", "must be a string"},
      {"inherit = \"strict\"\n# \xc3\xa4", "p.toml:2:3: ", "is not ASCII"},
      {"inherit = \"none\"", "p.toml:1:11: ", "there is strict, worker"},
      {"inherit = \"template\"", "p.toml:1:11: ", "is no preset"},
      {"inherit = \"decoder+rw\"", "p.toml:1:11: ", "is no preset"},
      {"inherit = \"strict\"\nalow = []", "p.toml:2:1: ", "is no key here"},
      {"inherit = \"strict\"\nname = \"\"", "p.toml:2:8: ", "name is empty"},
      {"inherit = \"strict\"\nallow = \"x\"", "p.toml:2:9: ", "must be a list"},
      {"inherit = \"strict\"\nallow = [\"read:5\",\n  \"nope\"]",
       "p.toml:3:3: ", "no system call has that name"},
      {"inherit = \"strict\"\nallow = [1]", "p.toml:2:10: ", "names of calls"},
      {"inherit = \"strict\"\nallow = [\"mmap\"]",
       "p.toml:2:10: ", "no option allows it"},
      {"inherit = \"strict\"\nallow = [\"kill\"]",
       "p.toml:2:10: ", "say unsafe:kill"},
      {"inherit = \"strict\"\nrule = 3", "p.toml:2:8: ", "[[rule]]"},
      {"inherit = \"strict\"\n[rule]\ncall = \"read\"",
       "p.toml:2:1: ", "[[rule]]"},
      {"inherit = \"strict\"\n[[rule]]\naction = \"allow\"",
       "p.toml:2:1: ", "needs call"},
      {"inherit = \"strict\"\n[[rule]]\ncall = \"reed\"",
       "p.toml:3:8: ", "\"reed\""},
      {"inherit = \"strict\"\n[[rule]]\ncall = \"dup\"\n",
       "p.toml:2:1: ", "needs action"},
      {"inherit = \"strict\"\n[[rule]]\ncall = \"dup\"\naction = \"trap\"",
       "p.toml:4:10: ", "use allow, errno, refuse"},
      {"inherit = \"strict\"\n[[rule]]\ncall = \"dup\"\naction = \"errno\"",
       "p.toml:4:10: ", "need error"},
      {"inherit = \"strict\"\n[[rule]]\ncall = \"dup\"\naction = \"kill\"\n"
       "error = \"EPERM\"",
       "p.toml:5:9: ", "only errno and refuse"},
      {"inherit = \"strict\"\n[[rule]]\ncall = \"dup\"\naction = \"errno\"\n"
       "error = \"EWHAT\"",
       "p.toml:5:9: ", "is no errno"},
      {"inherit = \"strict\"\n[[rule]]\ncall = \"dup\"\naction = \"allow\"",
       "p.toml:2:1: ", "needs a reason"},
      {"inherit = \"strict\"\n[[rule]]\ncall = \"mmap\"\naction = \"allow\"\n"
       "reason = \"r\"",
       "p.toml:3:8: ", "no option allows it"},
      {"inherit = \"strict\"\n[[rule]]\ncall = \"kill\"\naction = \"allow\"\n"
       "reason = \"r\"",
       "p.toml:3:8: ", "say unsafe:kill"},
      {"inherit = \"decoder\"\n[[rule]]\ncall = \"getpid\"\n"
       "action = \"refuse\"\nerror = \"EPERM\"\nreason = \"r\"\n"
       "arguments = [{ index = 0, equals = 1 }]",
       "p.toml:7:14: ", "has no argument 0"},
      {"inherit = \"decoder\"\n[[rule]]\ncall = \"dup\"\n"
       "action = \"refuse\"\nerror = \"EPERM\"\nreason = \"r\"\n"
       "arguments = [{ index = 0, equals = 1 }]",
       "p.toml:3:8: ", "a refusal stands in front"},
  };
  for (const auto& [text, where, why] : cases) {
    const Read read(text);
    EXPECT_THAT(read.error, StartsWith(where)) << text;
    EXPECT_THAT(read.error, HasSubstr(why)) << text;
    EXPECT_EQ(read.error.find('\n'), std::string::npos) << read.error;
  }
}

// One argument of an else good rule.
std::string ErrorOfArgument(const std::string& argument) {
  return Read(R"(inherit = "strict"
[[rule]]
call = "unsafe:fcntl"
action = "allow"
reason = "r"
arguments = [)" +
              argument + "]")
      .error;
}

TEST(PolicyFileTest, ErrorsOfArgumentsNameTheirPlace) {
  const struct {
    const char* argument;
    const char* where;
    const char* why;
  } cases[] = {
      {"{ index = 1, equals = 3 }", "", ""},
      {"3", "p.toml:6:14: ", "an argument is"},
      {"{ equals = 1 }", "p.toml:6:14: ", "needs index"},
      {"{ index = 0 }", "p.toml:6:14: ", "needs equals"},
      {"{ index = \"0\" }", "p.toml:6:24: ", "must be a number"},
      {"{ index = 3, equals = 1 }", "p.toml:6:14: ", "counted from 0"},
      {"{ index = -1, equals = 1 }", "p.toml:6:14: ", "counted from 0"},
      {"{ index = 1, equals = 4294967296 }", "p.toml:6:36: ", "outside"},
      {"{ index = 1, equals = 4, mask = 3 }", "p.toml:6:36: ", "outside"},
      {"{ index = 1, equals = 0, mask = 0 }",
       "p.toml:3:8: ", "compares nothing"},
      {"{ index = 1, equals = \"me\" }", "p.toml:6:36: ", "\"pid\""},
      {"{ index = 2, equals = \"pid\" }", "p.toml:6:36: ", "32-bit"},
      {"{ index = 1, equals = 2147483405 }", "p.toml:6:36: ", "stands for"},
      {"{ index = 1, equals = 1.5 }", "p.toml:6:36: ", "use a number"},
      {"{ index = 1, equals = 1, size = 4 }", "p.toml:6:39: ", "is no key"},
      {"{ index = 1, equals = 1 }, { index = 1, equals = 2 }",
       "p.toml:3:8: ", "two conditions on one argument"},
      {"{ index = 0, equals = 1 }, { index = 1, equals = 2 }, "
       "{ index = 2, equals = 2 }, { index = 2, equals = 3 }",
       "p.toml:6:95: ", "at most 3"},
  };
  for (const auto& [argument, where, why] : cases) {
    const std::string error = ErrorOfArgument(argument);
    EXPECT_THAT(error, StartsWith(where)) << argument;
    EXPECT_THAT(error, HasSubstr(why)) << argument;
    EXPECT_EQ(error.empty(), *where == '\0') << error;
  }
}

}  // namespace
}  // namespace cellblock
