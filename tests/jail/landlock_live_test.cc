// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

// FileConfinement on the real kernel: each test makes a small tree, and a
// child enters the confinement and tries.
//
//   inside/file   inside/empty/   outside/file   single

#include <errno.h>
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <linux/landlock.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

#include "jail/landlock.h"
#include "jail/lock.h"
#include "tests/jail/child_check.h"

namespace cellblock {
namespace {

using testing::HasSubstr;

constexpr int kLeastAbi = 3;  // of landlock.cc

std::vector<PathGrant> WithReading(const std::vector<std::string>& writable) {
  std::vector<PathGrant> grants = {{"/"}};
  for (const std::string& path : writable) {
    grants.push_back({path, PathAccess::kReadWrite});
  }
  return grants;
}

class LandlockLiveTest : public testing::Test {
 protected:
  void SetUp() override {
    const long abi = syscall(SYS_landlock_create_ruleset, nullptr, 0,
                             LANDLOCK_CREATE_RULESET_VERSION);
    if (abi < kLeastAbi) SKIP_FOR_LACK_OF("Landlock of ABI 3");
    std::string scratch = testing::TempDir() + "/landlock.XXXXXX";
    ASSERT_NE(mkdtemp(scratch.data()), nullptr) << scratch;
    root_ = scratch;
    for (const char* directory : {"/inside", "/inside/empty", "/outside"}) {
      ASSERT_EQ(mkdir((root_ + directory).c_str(), 0700), 0);
    }
    for (const char* file : {"/inside/file", "/outside/file", "/single"}) {
      std::ofstream(root_ + file) << "text";
    }
  }

  void TearDown() override {
    if (!root_.empty()) std::filesystem::remove_all(root_);
  }

  std::string At(const char* name) const { return root_ + "/" + name; }

  // Runs `body` where files may be read everywhere, and written below
  // `writable` only.
  ChildEnd Confined(const std::vector<std::string>& writable,
                    const std::function<void()>& body) const {
    return Granted(WithReading(writable), body);
  }

  // Runs `body` where files may be used as `grants` say.
  ChildEnd Granted(const std::vector<PathGrant>& grants,
                   const std::function<void()>& body) const {
    return InChild([&] {
      std::string error;
      const FileConfinement confinement =
          FileConfinement::Create(grants, &error);
      if (confinement.empty()) FailChild(error.c_str());
      CHILD_CHECK(SetNoNewPrivs() == 0);
      CHILD_CHECK(confinement.Enter() == 0);
      body();
    });
  }

  std::string Content(const char* name) const {
    std::ifstream file(At(name));
    return {std::istreambuf_iterator<char>(file), {}};
  }

  std::string root_;
};

// True iff the file can be opened so.
bool Opens(const std::string& path, int flags) {
  const int fd = open(path.c_str(), flags | O_CLOEXEC, 0600);
  if (fd < 0) return false;
  close(fd);
  return true;
}

bool Denied(bool done) { return !done && errno == EACCES; }

TEST_F(LandlockLiveTest, TheNullDeviceIsWrittenAndNothingElseInItsPlace) {
  EXPECT_THAT(
      Granted({{"/dev/null", PathAccess::kNull},
               {"/dev/zero", PathAccess::kNull},
               {At("inside"), PathAccess::kNull},
               {At("single"), PathAccess::kNull}},
              [&] {
                CHILD_CHECK(Opens("/dev/null", O_WRONLY | O_CREAT | O_TRUNC));
                CHILD_CHECK(Opens("/dev/null", O_RDWR));
                CHILD_CHECK(Opens("/dev/zero", O_RDONLY));
                CHILD_CHECK(Denied(Opens("/dev/zero", O_WRONLY)));
                CHILD_CHECK(Opens(At("inside/file"), O_RDONLY));
                CHILD_CHECK(Denied(Opens(At("inside/file"), O_WRONLY)));
                CHILD_CHECK(
                    Denied(Opens(At("inside/new"), O_WRONLY | O_CREAT)));
                CHILD_CHECK(Opens(At("single"), O_RDONLY));
                CHILD_CHECK(Denied(Opens(At("single"), O_RDWR)));
                CHILD_CHECK(Denied(truncate(At("single").c_str(), 0) == 0));
              }),
      EndsClean());
}

TEST_F(LandlockLiveTest, BelowANamedDirectoryEverythingCanBeDone) {
  EXPECT_THAT(
      Confined({At("inside")},
               [&] {
                 CHILD_CHECK(Opens(At("inside/new"), O_WRONLY | O_CREAT));
                 CHILD_CHECK(Opens(At("inside/file"), O_RDWR | O_TRUNC));
                 CHILD_CHECK(truncate(At("inside/file").c_str(), 9) == 0);
                 CHILD_CHECK(rename(At("inside/new").c_str(),
                                    At("inside/empty/renamed").c_str()) == 0);
                 CHILD_CHECK(unlink(At("inside/empty/renamed").c_str()) == 0);
                 CHILD_CHECK(rmdir(At("inside/empty").c_str()) == 0);
                 CHILD_CHECK(mkdir(At("inside/more").c_str(), 0700) == 0);
                 CHILD_CHECK(symlink("x", At("inside/more/link").c_str()) == 0);
                 CHILD_CHECK(link(At("inside/file").c_str(),
                                  At("inside/more/hard").c_str()) == 0);
               }),
      EndsClean());
  EXPECT_EQ(Content("inside/file"), std::string(9, '\0'));
  EXPECT_FALSE(std::filesystem::exists(At("inside/empty")));
  EXPECT_TRUE(std::filesystem::is_symlink(At("inside/more/link")));
}

TEST_F(LandlockLiveTest, OutsideNothingIsWritten) {
  EXPECT_THAT(
      Confined(
          {At("inside")},
          [&] {
            for (int flags : {O_WRONLY, O_RDWR, O_WRONLY | O_TRUNC,
                              O_RDONLY | O_TRUNC, O_WRONLY | O_APPEND}) {
              CHILD_CHECK(Denied(Opens(At("outside/file"), flags)));
            }
            CHILD_CHECK(Denied(Opens(At("outside/new"), O_WRONLY | O_CREAT)));
            CHILD_CHECK(Denied(unlink(At("outside/file").c_str()) == 0));
            CHILD_CHECK(Denied(mkdir(At("outside/new").c_str(), 0700) == 0));
            CHILD_CHECK(Denied(rmdir(At("outside").c_str()) == 0));
            CHILD_CHECK(Denied(symlink("x", At("outside/new").c_str()) == 0));
            CHILD_CHECK(Denied(
                mknod(At("outside/new").c_str(), S_IFIFO | 0600, 0) == 0));
            CHILD_CHECK(Denied(rename(At("outside/file").c_str(),
                                      At("outside/new").c_str()) == 0));
          }),
      EndsClean());
  EXPECT_EQ(Content("outside/file"), "text");
}

// Landlock of ABI 1 and 2 would let this through.
TEST_F(LandlockLiveTest, OutsideNothingIsTruncated) {
  EXPECT_THAT(
      Confined({At("inside")},
               [&] {
                 CHILD_CHECK(
                     Denied(truncate(At("outside/file").c_str(), 0) == 0));
                 CHILD_CHECK(Denied(truncate(At("single").c_str(), 0) == 0));
               }),
      EndsClean());
  EXPECT_EQ(Content("outside/file"), "text");
  EXPECT_EQ(Content("single"), "text");
}

TEST_F(LandlockLiveTest, WhatIsGrantedForReadingIsRead) {
  EXPECT_THAT(
      Confined({},
               [&] {
                 CHILD_CHECK(Opens(At("outside/file"), O_RDONLY));
                 CHILD_CHECK(Opens(At("outside"), O_RDONLY | O_DIRECTORY));
                 CHILD_CHECK(Opens("/proc/self/status", O_RDONLY));
               }),
      EndsClean());
}

TEST_F(LandlockLiveTest, WithoutANamedPathNothingIsWritten) {
  EXPECT_THAT(
      Confined({},
               [&] {
                 CHILD_CHECK(Denied(Opens(At("inside/file"), O_WRONLY)));
                 CHILD_CHECK(
                     Denied(Opens(At("inside/new"), O_WRONLY | O_CREAT)));
               }),
      EndsClean());
}

TEST_F(LandlockLiveTest, ANamedFileIsWrittenAndNotRemoved) {
  EXPECT_THAT(
      Confined({At("single")},
               [&] {
                 CHILD_CHECK(Opens(At("single"), O_RDWR));
                 CHILD_CHECK(truncate(At("single").c_str(), 2) == 0);
                 CHILD_CHECK(Denied(unlink(At("single").c_str()) == 0));
                 CHILD_CHECK(Denied(Opens(At("beside"), O_WRONLY | O_CREAT)));
                 CHILD_CHECK(Denied(Opens(At("outside/file"), O_WRONLY)));
               }),
      EndsClean());
  EXPECT_EQ(Content("single"), "te");
}

TEST_F(LandlockLiveTest, SeveralPathsAreNamed) {
  EXPECT_THAT(
      Confined({At("inside"), At("single")},
               [&] {
                 CHILD_CHECK(Opens(At("inside/file"), O_WRONLY));
                 CHILD_CHECK(Opens(At("single"), O_WRONLY));
                 CHILD_CHECK(Denied(Opens(At("outside/file"), O_WRONLY)));
               }),
      EndsClean());
}

TEST_F(LandlockLiveTest, NothingIsMovedOrLinkedAcrossTheBorder) {
  EXPECT_THAT(
      Confined({At("inside")},
               [&] {
                 const auto refused = [](int result) {
                   return result == -1 && (errno == EACCES || errno == EXDEV);
                 };
                 CHILD_CHECK(refused(rename(At("inside/file").c_str(),
                                            At("outside/moved").c_str())));
                 CHILD_CHECK(refused(rename(At("inside/file").c_str(),
                                            At("outside/file").c_str())));
                 CHILD_CHECK(refused(rename(At("outside/file").c_str(),
                                            At("inside/moved").c_str())));
                 CHILD_CHECK(refused(link(At("inside/file").c_str(),
                                          At("outside/linked").c_str())));
                 // Else the link inside would make the file writable.
                 CHILD_CHECK(refused(link(At("outside/file").c_str(),
                                          At("inside/linked").c_str())));
               }),
      EndsClean());
  EXPECT_EQ(Content("inside/file"), "text");
  EXPECT_EQ(Content("outside/file"), "text");
}

TEST_F(LandlockLiveTest, ASymbolicLinkDoesNotLeadOut) {
  ASSERT_EQ(symlink("../outside/file", At("inside/link").c_str()), 0);
  EXPECT_THAT(
      Confined({At("inside")},
               [&] {
                 CHILD_CHECK(Denied(Opens(At("inside/link"), O_WRONLY)));
                 CHILD_CHECK(
                     Denied(Opens(At("inside/../outside/file"), O_WRONLY)));
               }),
      EndsClean());
}

TEST_F(LandlockLiveTest, DescriptorsHeldBeforeStayWritable) {
  const int fd = open(At("outside/file").c_str(), O_WRONLY | O_CLOEXEC);
  ASSERT_GE(fd, 0);
  EXPECT_THAT(Confined({}, [&] { CHILD_CHECK(write(fd, "T", 1) == 1); }),
              EndsClean());
  close(fd);
  EXPECT_EQ(Content("outside/file"), "Text");
}

// Empties the file, as another program.
[[noreturn]] void ExecWriter(const std::string& path) {
  constexpr char kScript[] = "(: >\"$0\") 2>&- && exit 9; exit 8";
  execl("/bin/sh", "sh", "-c", kScript, path.c_str(), nullptr);
  FailChild("no /bin/sh\n");
}

TEST_F(LandlockLiveTest, ItHoldsAcrossExec) {
  EXPECT_THAT(Confined({At("inside")}, [&] { ExecWriter(At("outside/file")); }),
              EndsWith(8));
  EXPECT_EQ(Content("outside/file"), "text");
  EXPECT_THAT(Confined({At("inside")}, [&] { ExecWriter(At("inside/file")); }),
              EndsWith(9));
  EXPECT_EQ(Content("inside/file"), "");
}

TEST_F(LandlockLiveTest, ItCannotBeWidened) {
  EXPECT_THAT(
      Confined({At("inside")},
               [&] {
                 std::string error;
                 const FileConfinement wider = FileConfinement::Create(
                     WithReading({At("outside")}), &error);
                 CHILD_CHECK(!wider.empty() && wider.Enter() == 0);
                 CHILD_CHECK(Denied(Opens(At("outside/file"), O_WRONLY)));
                 CHILD_CHECK(Denied(Opens(At("inside/file"), O_WRONLY)));
               }),
      EndsClean());
}

// What the child finds when it tries to look into this process.
void LookInto(pid_t pid, bool may) {
  char path[64];
  snprintf(path, sizeof(path), "/proc/%d/mem", pid);
  CHILD_CHECK(Opens(path, O_RDONLY) == may);
  // Or not even seen, where /proc is mounted with hidepid.
  CHILD_CHECK(may || errno == EACCES || errno == EPERM || errno == ENOENT);
  static const int kWord = 7;
  int word = 0;
  const iovec here = {&word, sizeof(word)};
  const iovec there = {const_cast<int*>(&kWord), sizeof(kWord)};
  const ssize_t read = process_vm_readv(pid, &here, 1, &there, 1, 0);
  CHILD_CHECK(read == (may ? static_cast<ssize_t>(sizeof(word)) : -1));
  CHILD_CHECK(may || errno == EPERM);
}

TEST_F(LandlockLiveTest, NoProcessOutsideCanBeLookedInto) {
  const pid_t self = getpid();
  if (InChild([&] { LookInto(self, true); }) != ChildEnd{false, 0}) {
    SKIP_FOR_LACK_OF("a way for a child to look into its parent");
  }
  EXPECT_THAT(Confined({}, [&] { LookInto(self, false); }), EndsClean());
  // One of its own, in the same domain, stays open to it.
  EXPECT_THAT(Confined({},
                       [&] {
                         const pid_t own = fork();
                         if (own == 0) {
                           for (;;) pause();
                         }
                         LookInto(own, true);
                         CHILD_CHECK(kill(own, SIGKILL) == 0);
                       }),
              EndsClean());
}

TEST_F(LandlockLiveTest, AMissingPathIsAnErrorThatNamesIt) {
  std::string error;
  const FileConfinement confinement = FileConfinement::Create(
      WithReading({At("inside"), At("missing")}), &error);
  EXPECT_TRUE(confinement.empty());
  EXPECT_THAT(error, HasSubstr(At("missing")));
  EXPECT_THAT(error, HasSubstr("No such file"));
}

TEST_F(LandlockLiveTest, EnteringNeedsNoNewPrivs) {
  if (prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1) {
    SKIP_FOR_LACK_OF("a way to run tests without no_new_privs");
  }
  EXPECT_THAT(InChild([&] {
                std::string error;
                const FileConfinement confinement = FileConfinement::Create(
                    WithReading({At("inside")}), &error);
                CHILD_CHECK(!confinement.empty());
                // The administrator could do without.
                if (geteuid() == 0) CHILD_CHECK(setuid(65534) == 0);
                CHILD_CHECK(confinement.Enter() == EPERM);
                CHILD_CHECK(SetNoNewPrivs() == 0);
                CHILD_CHECK(confinement.Enter() == 0);
              }),
              EndsClean());
}

TEST_F(LandlockLiveTest, AnEmptyConfinementCannotBeEntered) {
  EXPECT_THAT(InChild([] {
                CHILD_CHECK(SetNoNewPrivs() == 0);
                CHILD_CHECK(FileConfinement().Enter() != 0);
              }),
              EndsClean());
}

bool Lists(const std::string& path) {
  return Opens(path, O_RDONLY | O_DIRECTORY);
}

TEST_F(LandlockLiveTest, OnlyWhatIsGrantedIsRead) {
  EXPECT_THAT(
      Granted({{At("inside")}, {At("single")}},
              [&] {
                CHILD_CHECK(Opens(At("inside/file"), O_RDONLY));
                CHILD_CHECK(Lists(At("inside")));
                CHILD_CHECK(Lists(At("inside/empty")));
                CHILD_CHECK(Opens(At("single"), O_RDONLY));
                CHILD_CHECK(Denied(Opens(At("outside/file"), O_RDONLY)));
                CHILD_CHECK(Denied(Lists(At("outside"))));
                CHILD_CHECK(Denied(Lists(At("."))));
                CHILD_CHECK(Denied(Lists("/")));
                CHILD_CHECK(Denied(Opens("/etc/passwd", O_RDONLY)));
                CHILD_CHECK(Denied(Opens(At("single"), O_WRONLY)));
              }),
      EndsClean());
}

TEST_F(LandlockLiveTest, WithoutAGrantNothingIsRead) {
  EXPECT_THAT(Granted({},
                      [&] {
                        CHILD_CHECK(Denied(Opens(At("single"), O_RDONLY)));
                        CHILD_CHECK(Denied(Lists("/")));
                        CHILD_CHECK(Denied(Opens("/dev/null", O_RDONLY)));
                      }),
              EndsClean());
}

TEST_F(LandlockLiveTest, WhatAppearsBelowADirectoryIsReadToo) {
  int ready[2];
  int made[2];
  ASSERT_EQ(pipe(ready), 0);
  ASSERT_EQ(pipe(made), 0);
  // Another process, which is not confined, makes the file.
  const pid_t maker = fork();
  if (maker == 0) {
    char byte;
    if (read(ready[0], &byte, 1) != 1) _exit(1);
    std::ofstream(At("inside/empty/later")) << "text";
    _exit(write(made[1], &byte, 1) == 1 ? 0 : 1);
  }
  EXPECT_THAT(Granted({{At("inside")}},
                      [&] {
                        const std::string later = At("inside/empty/later");
                        CHILD_CHECK(!Opens(later, O_RDONLY) && errno == ENOENT);
                        char byte = 0;
                        CHILD_CHECK(write(ready[1], &byte, 1) == 1);
                        CHILD_CHECK(read(made[0], &byte, 1) == 1);
                        CHILD_CHECK(Opens(later, O_RDONLY));
                      }),
              EndsClean());
  int status = 1;
  EXPECT_EQ(waitpid(maker, &status, 0), maker);
  EXPECT_EQ(status, 0);
  for (const int fd : {ready[0], ready[1], made[0], made[1]}) close(fd);
}

TEST_F(LandlockLiveTest, ALinkIsReadWhereItLeads) {
  ASSERT_EQ(symlink("../outside/file", At("inside/out").c_str()), 0);
  ASSERT_EQ(symlink("../inside/file", At("outside/in").c_str()), 0);
  EXPECT_THAT(Granted({{At("inside")}},
                      [&] {
                        CHILD_CHECK(Denied(Opens(At("inside/out"), O_RDONLY)));
                        CHILD_CHECK(Opens(At("outside/in"), O_RDONLY));
                      }),
              EndsClean());
  // A grant of a link is one of what it leads to.
  EXPECT_THAT(Granted({{At("inside/out")}},
                      [&] {
                        CHILD_CHECK(Opens(At("outside/file"), O_RDONLY));
                        CHILD_CHECK(Denied(Opens(At("inside/file"), O_RDONLY)));
                      }),
              EndsClean());
}

TEST_F(LandlockLiveTest, WritingBelowAPathIncludesReading) {
  EXPECT_THAT(
      Granted({{At("inside"), PathAccess::kReadWrite}},
              [&] {
                CHILD_CHECK(Opens(At("inside/file"), O_RDWR));
                CHILD_CHECK(Opens(At("inside/file"), O_RDONLY));
                CHILD_CHECK(Lists(At("inside")));
                CHILD_CHECK(Denied(Opens(At("outside/file"), O_RDONLY)));
              }),
      EndsClean());
}

// Nothing becomes readable by being moved: the rights at both ends count.
TEST_F(LandlockLiveTest, NothingIsMovedToWhereItCouldBeRead) {
  EXPECT_THAT(Granted({{At("inside"), PathAccess::kReadWrite}},
                      [&] {
                        CHILD_CHECK(rename(At("outside/file").c_str(),
                                           At("inside/stolen").c_str()) != 0);
                        CHILD_CHECK(errno == EACCES || errno == EXDEV);
                        CHILD_CHECK(link(At("outside/file").c_str(),
                                         At("inside/stolen").c_str()) != 0);
                        CHILD_CHECK(errno == EACCES || errno == EXDEV);
                        CHILD_CHECK(!Opens(At("inside/stolen"), O_RDONLY));
                      }),
              EndsClean());
}

TEST_F(LandlockLiveTest, OptionalPathsArePassedOver) {
  int pipe_ends[2];
  ASSERT_EQ(pipe(pipe_ends), 0);
  const std::string pipe_path = "/proc/self/fd/" + std::to_string(pipe_ends[0]);
  const auto optional = [](const std::string& path) {
    return PathGrant{path, PathAccess::kRead, Presence::kOptional};
  };
  EXPECT_THAT(Granted({{At("inside")},
                       optional(At("missing")),
                       optional(pipe_path),
                       optional("/proc/self/missing")},
                      [&] { CHILD_CHECK(Opens(At("inside/file"), O_RDONLY)); }),
              EndsClean());
  close(pipe_ends[0]);
  close(pipe_ends[1]);
}

// Another process grants a process its own files, which enters with one call.
TEST_F(LandlockLiveTest, OwnFilesCanBeGrantedFromOutside) {
  int pipe_ends[2];
  ASSERT_EQ(pipe(pipe_ends), 0);
  std::string error;
  const PathGrant grants[] = {{At("inside")},
                              {"/proc/self/status"},
                              {"/proc/self/fd/" + std::to_string(pipe_ends[0]),
                               PathAccess::kRead, Presence::kOptional}};
  FileConfinement confinement = FileConfinement::Create(grants, &error);
  ASSERT_FALSE(confinement.empty()) << error;
  const pid_t child = fork();
  if (child == 0) {
    char byte;
    CHILD_CHECK(read(pipe_ends[0], &byte, 1) == 1);
    CHILD_CHECK(SetNoNewPrivs() == 0);
    CHILD_CHECK(syscall(SYS_landlock_restrict_self, confinement.ruleset(), 0) ==
                0);
    CHILD_CHECK(Opens(At("inside/file"), O_RDONLY));
    CHILD_CHECK(Denied(Opens(At("outside/file"), O_RDONLY)));
    CHILD_CHECK(Opens("/proc/self/status", O_RDONLY));
    CHILD_CHECK(Denied(Opens("/proc/self/stat", O_RDONLY)));
    const std::string parent = "/proc/" + std::to_string(getppid());
    CHILD_CHECK(Denied(Opens(parent + "/status", O_RDONLY)));
    LeaveChild(0);
  }
  ASSERT_GT(child, 0);
  EXPECT_EQ(confinement.GrantOwnFilesOf(child), 0);
  EXPECT_EQ(write(pipe_ends[1], "x", 1), 1);
  int status = -1;
  EXPECT_EQ(waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
  close(pipe_ends[0]);
  close(pipe_ends[1]);
}

TEST_F(LandlockLiveTest, NoProcessIsGrantedWhatItDoesNotHave) {
  std::string error;
  const PathGrant missing[] = {{"/proc/self/missing"}};
  FileConfinement confinement = FileConfinement::Create(missing, &error);
  ASSERT_FALSE(confinement.empty()) << error;
  EXPECT_EQ(confinement.GrantOwnFilesOf(getpid()), ENOENT);
}

// What a child, which stands still meanwhile, can open when it was granted
// `path` from here: its own status, that of its thread, this process's.
std::string OpenedWhenGranted(const std::string& path) {
  int go[2];
  int answer[2];
  EXPECT_EQ(pipe(go), 0);
  EXPECT_EQ(pipe(answer), 0);
  std::string error;
  const PathGrant grants[] = {{path}};
  FileConfinement confinement = FileConfinement::Create(grants, &error);
  EXPECT_FALSE(confinement.empty()) << error;
  const pid_t child = fork();
  if (child == 0) {
    char byte;
    CHILD_CHECK(read(go[0], &byte, 1) == 1);
    CHILD_CHECK(SetNoNewPrivs() == 0);
    CHILD_CHECK(syscall(SYS_landlock_restrict_self, confinement.ruleset(), 0) ==
                0);
    std::string opened;
    const std::string parent = "/proc/" + std::to_string(getppid());
    opened += Opens("/proc/self/status", O_RDONLY) ? "own " : "";
    opened += Opens("/proc/thread-self/status", O_RDONLY) ? "thread " : "";
    opened += Opens(parent + "/status", O_RDONLY) ? "parent " : "";
    CHILD_CHECK(write(answer[1], opened.data(), opened.size()) ==
                static_cast<ssize_t>(opened.size()));
    LeaveChild(0);
  }
  EXPECT_EQ(confinement.GrantOwnFilesOf(child), 0);
  EXPECT_EQ(write(go[1], "x", 1), 1);
  int status = -1;
  EXPECT_EQ(waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
  close(answer[1]);
  char text[64] = "";
  EXPECT_GE(read(answer[0], text, sizeof(text) - 1), 0);
  for (const int fd : {go[0], go[1], answer[0]}) close(fd);
  return text;
}

TEST_F(LandlockLiveTest, AnotherProcessIsGrantedItsOwn) {
  EXPECT_EQ(OpenedWhenGranted("/proc/self"), "own thread ");
  EXPECT_EQ(OpenedWhenGranted("/proc/self/status"), "own ");
  EXPECT_EQ(OpenedWhenGranted("/proc/thread-self"), "thread ");
  EXPECT_EQ(OpenedWhenGranted("/proc/thread-self/status"), "thread ");
  // Not by way of a descriptor of this process's.
  EXPECT_EQ(OpenedWhenGranted("/proc/self/fd/../status"), "own ");
}

TEST_F(LandlockLiveTest, OwnProcessIsThatWhichEnters) {
  EXPECT_THAT(
      Granted({{"/proc/self/status"}},
              [] {
                char path[64];
                snprintf(path, sizeof(path), "/proc/%d/status", getpid());
                CHILD_CHECK(Opens("/proc/self/status", O_RDONLY));
                CHILD_CHECK(Opens(path, O_RDONLY));
                CHILD_CHECK(Denied(Opens("/proc/self/stat", O_RDONLY)));
                snprintf(path, sizeof(path), "/proc/%d/status", getppid());
                CHILD_CHECK(Denied(Opens(path, O_RDONLY)));
              }),
      EndsClean());
  EXPECT_THAT(InChild([] {
                std::string error;
                const PathGrant grants[] = {{"/proc/self/missing"}};
                const FileConfinement confinement =
                    FileConfinement::Create(grants, &error);
                CHILD_CHECK(!confinement.empty());
                CHILD_CHECK(SetNoNewPrivs() == 0);
                CHILD_CHECK(confinement.Enter() == ENOENT);
                CHILD_CHECK(Opens("/proc/self/stat", O_RDONLY));
              }),
              EndsClean());
}

size_t OpenDescriptors() {
  size_t count = 0;
  for (const auto& entry :
       std::filesystem::directory_iterator("/proc/self/fd")) {
    static_cast<void>(entry);
    ++count;
  }
  return count;
}

TEST_F(LandlockLiveTest, NoDescriptorIsLeftBehind) {
  const size_t before = OpenDescriptors();
  {
    std::string error;
    FileConfinement first =
        FileConfinement::Create(WithReading({At("inside")}), &error);
    EXPECT_EQ(OpenDescriptors(), before + 1);
    FileConfinement second = std::move(first);
    EXPECT_TRUE(first.empty());  // NOLINT: what is left after the move
    EXPECT_FALSE(second.empty());
    first = std::move(second);
    EXPECT_FALSE(first.empty());
    EXPECT_EQ(OpenDescriptors(), before + 1);
    const FileConfinement none = FileConfinement::Create(
        WithReading({At("inside"), At("missing")}), &error);
    EXPECT_EQ(OpenDescriptors(), before + 1);
  }
  EXPECT_EQ(OpenDescriptors(), before);
}

}  // namespace
}  // namespace cellblock
