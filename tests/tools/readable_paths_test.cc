// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "tools/jailrun/readable_paths.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <pwd.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <system_error>
#include <vector>

#include "tools/jailrun/path_grants.h"

namespace cellblock {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Not;
using Words = std::vector<std::string>;

// home/file, home/deep/, other/file, other/fifo, other/socket, all below one
// directory that is no home.
class ReadablePathsTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string scratch = testing::TempDir() + "/readable.XXXXXX";
    ASSERT_NE(mkdtemp(scratch.data()), nullptr);
    root_ = std::filesystem::canonical(scratch);
    std::filesystem::create_directories(At("home/deep"));
    std::filesystem::create_directories(At("other"));
    std::ofstream(At("home/file")) << "text";
    std::ofstream(At("other/file")) << "text";
    ASSERT_EQ(mkfifo(At("other/fifo").c_str(), 0600), 0);
  }
  void TearDown() override { std::filesystem::remove_all(root_); }

  std::string At(const std::string& name) const { return root_ + "/" + name; }

  // What is named by the words behind a program.
  Words Named(Words words) const {
    words.insert(words.begin(), "program");
    return NamedPaths(words, At("home"));
  }

  std::string root_;
};

TEST_F(ReadablePathsTest, FilesFifosAndDirectoriesAreNamed) {
  EXPECT_THAT(Named({At("other/file"), "-v", At("other"), At("other/fifo")}),
              ElementsAre(At("other/file"), At("other"), At("other/fifo")));
}

// Whoever names an uploaded file must not name others by it.
TEST_F(ReadablePathsTest, TheNameOfAFileNamesNoOther) {
  std::ofstream(At("other/x=.")) << "text";
  EXPECT_THAT(Named({At("other/x=.")}), ElementsAre(At("other/x=.")));
  EXPECT_THAT(Named({"--in=" + At("other/x=.")}), ElementsAre(At("other/x=.")));
}

TEST_F(ReadablePathsTest, TheFirstWordIsTheProgram) {
  const Words command = {At("other/file")};
  EXPECT_THAT(NamedPaths(command, ""), IsEmpty());
  EXPECT_THAT(NamedPaths({}, ""), IsEmpty());
}

TEST_F(ReadablePathsTest, WhatStandsBehindTheFirstEqualsSignIsAPath) {
  EXPECT_THAT(Named({"--from=" + At("other/file"), "if=" + At("other")}),
              ElementsAre(At("other/file"), At("other")));
  EXPECT_THAT(Named({"a=b=" + At("other")}), IsEmpty());
  EXPECT_THAT(Named({"=", "a=", ""}), IsEmpty());
  // A file whose own name has the sign.
  std::ofstream(At("other/a=b")) << "text";
  EXPECT_THAT(Named({At("other/a=b")}), ElementsAre(At("other/a=b")));
}

TEST_F(ReadablePathsTest, WhatIsNamedTwiceIsListedOnce) {
  EXPECT_THAT(Named({At("other"), "x=" + At("other")}),
              ElementsAre(At("other")));
}

TEST_F(ReadablePathsTest, WhatIsNotThereOrNoFileIsNotNamed) {
  const int server = socket(AF_UNIX, SOCK_STREAM, 0);
  sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = {}};
  ASSERT_EQ(chdir(At("other").c_str()), 0);
  snprintf(address.sun_path, sizeof(address.sun_path), "socket");
  ASSERT_EQ(bind(server, reinterpret_cast<const sockaddr*>(&address),
                 sizeof(address)),
            0);
  EXPECT_THAT(Named({At("missing"), At("other/socket"), "/dev/null",
                     "/dev/full", At("other/file/below")}),
              IsEmpty());
  close(server);
}

TEST_F(ReadablePathsTest, WhatIsTooMuchIsNotNamed) {
  ASSERT_EQ(symlink("/", At("other/root").c_str()), 0);
  ASSERT_EQ(symlink("../home", At("other/home").c_str()), 0);
  EXPECT_THAT(
      Named({"/", "//", "/proc", "/proc/", "/sys", "/proc/self/root", root_,
             At("home"), At("home/"), At("home/."), At("home/deep/.."),
             At("other/.."), At("other/root"), At("other/home"),
             "dir=" + At("home"), std::filesystem::path(root_).parent_path()}),
      IsEmpty());
  EXPECT_THAT(Named({At("home/deep"), At("home/file"), "/proc/cpuinfo",
                     At("other/home/deep")}),
              ElementsAre(At("home/deep"), At("home/file"), "/proc/cpuinfo",
                          At("other/home/deep")));
  // A name that only begins alike.
  std::filesystem::create_directories(At("home2"));
  EXPECT_THAT(Named({At("home2")}), ElementsAre(At("home2")));
}

TEST(WidePathsTest, WithinIsByWholeNames) {
  EXPECT_TRUE(IsWithin("/usr", "/usr"));
  EXPECT_TRUE(IsWithin("/usr/lib", "/usr"));
  EXPECT_FALSE(IsWithin("/usrlocal", "/usr"));
  EXPECT_TRUE(IsWithin("/anything", "/"));
}

TEST(WidePathsTest, HomeAndWhatIsAboveItIsTooMuch) {
  for (const char* path : {"/", "/dev", "/proc", "/sys", "/var", "/var/lib"}) {
    EXPECT_TRUE(IsTooMuch(path, "/var/lib")) << path;
  }
  for (const char* path : {"/var/lib/dpkg", "/usr", "/dev/null"}) {
    EXPECT_FALSE(IsTooMuch(path, "/var/lib")) << path;
  }
  EXPECT_FALSE(IsTooMuch("/var", ""));
}

TEST_F(ReadablePathsTest, TheHomeMayBeALinkOrMissing) {
  const Words command = {"program", At("home"), root_};
  ASSERT_EQ(symlink("home", At("link").c_str()), 0);
  ASSERT_EQ(setenv("HOME", At("link").c_str(), 1), 0);
  EXPECT_THAT(NamedPaths(command, HomeDirectory()), IsEmpty());
  ASSERT_EQ(setenv("HOME", "/missing", 1), 0);
  EXPECT_EQ(HomeDirectory(), "");
  EXPECT_THAT(NamedPaths(command, ""), ElementsAre(At("home"), root_));
  // Where the home is /, only that is too much.
  EXPECT_THAT(NamedPaths(command, "/"), ElementsAre(At("home"), root_));
}

TEST_F(ReadablePathsTest, ALinkThatLeadsOutOfItsDirectoryIsNotNamed) {
  ASSERT_EQ(symlink("file", At("other/inside").c_str()), 0);
  ASSERT_EQ(symlink("../home/file", At("other/outside").c_str()), 0);
  ASSERT_EQ(symlink(At("home/deep").c_str(), At("other/deep").c_str()), 0);
  ASSERT_EQ(symlink("outside", At("other/twice").c_str()), 0);
  ASSERT_EQ(symlink("other/file", At("down").c_str()), 0);
  EXPECT_THAT(Named({At("other/inside"), At("other/outside"), At("other/deep"),
                     At("other/deep/"), At("other/twice"), At("down"),
                     "from=" + At("other/outside")}),
              ElementsAre(At("other/inside"), At("down")));
  ASSERT_EQ(chdir(At("other").c_str()), 0);
  EXPECT_THAT(Named({"inside", "outside"}), ElementsAre("inside"));
}

TEST_F(ReadablePathsTest, TheHomeIsThatOfTheUserWhereNoneIsSet) {
  const char* const home = getenv("HOME");
  const std::string before = home == nullptr ? "" : home;
  ASSERT_EQ(setenv("HOME", "/usr", 1), 0);
  EXPECT_EQ(HomeDirectory(), "/usr");
  const passwd* const user = getpwuid(getuid());
  ASSERT_NE(user, nullptr);
  std::error_code error;
  const std::string of_user = std::filesystem::canonical(user->pw_dir, error);
  ASSERT_EQ(setenv("HOME", "", 1), 0);
  EXPECT_EQ(HomeDirectory(), of_user);
  ASSERT_EQ(unsetenv("HOME"), 0);
  EXPECT_EQ(HomeDirectory(), of_user);
  if (home != nullptr) setenv("HOME", before.c_str(), 1);
}

TEST_F(ReadablePathsTest, DescriptorsThatCanBeReadAreHeld) {
  const int readable = open(At("other/file").c_str(), O_RDONLY);
  const int both = open(At("other/file").c_str(), O_RDWR);
  const int writable = open(At("other/file").c_str(), O_WRONLY);
  const int closed = 4095;
  const int all[] = {readable, writable, both, closed};
  EXPECT_THAT(HeldPaths(all),
              ElementsAre("/proc/self/fd/" + std::to_string(readable),
                          "/proc/self/fd/" + std::to_string(both)));
  for (const int fd : {readable, both, writable}) close(fd);
}

TEST_F(ReadablePathsTest, ReadableIsWhatIsGrantedOrLiesBelow) {
  const Words granted = {At("other"), At("home/file"), "/missing"};
  EXPECT_TRUE(IsReadable(granted, At("other")));
  EXPECT_TRUE(IsReadable(granted, At("other/file")));
  EXPECT_TRUE(IsReadable(granted, At("home/file")));
  EXPECT_TRUE(IsReadable(granted, At("other/not-yet")));
  EXPECT_FALSE(IsReadable(granted, At("home")));
  EXPECT_FALSE(IsReadable(granted, At("home/deep")));
  EXPECT_FALSE(IsReadable(granted, At("other/../home/deep")));
  EXPECT_FALSE(IsReadable(granted, "/missing/too"));
  EXPECT_FALSE(IsReadable({}, At("other")));
  ASSERT_EQ(symlink("../home/deep", At("other/link").c_str()), 0);
  EXPECT_FALSE(IsReadable(granted, At("other/link")));
  EXPECT_TRUE(IsReadable(Words{"/"}, At("home")));
}

TEST_F(ReadablePathsTest, EveryPathOfTheSystemIsAbsoluteAndNoneHoldsAnother) {
  for (const char* path : SystemPaths()) {
    EXPECT_EQ(path[0], '/') << path;
    for (const char* other : SystemPaths()) {
      if (path == other) continue;
      EXPECT_FALSE(std::string(path).starts_with(std::string(other) + "/"))
          << path << " lies below " << other;
    }
  }
}

TEST_F(ReadablePathsTest, GrantsAreOfAllKinds) {
  Options options;
  options.command = {"program", At("other/file")};
  options.readable = {At("home")};
  options.writable = {At("home/deep")};
  Program program;
  program.path = "/opt/program";
  program.interpreters = {"/opt/interpreter"};
  program.stray_libraries = {"/opt/library.so"};
  const PathGrants grants = GrantPaths(options, program, "/opt/runtime.so", "");
  EXPECT_THAT(grants.named, ElementsAre(At("other/file")));
  Words optional;
  Words required;
  Words written;
  for (const PathGrant& grant : grants.all) {
    const bool writes = grant.access == PathAccess::kReadWrite;
    (writes                                  ? written
     : grant.presence == Presence::kRequired ? required
                                             : optional)
        .push_back(grant.path);
  }
  EXPECT_THAT(required, ElementsAre(At("home")));
  EXPECT_THAT(written, ElementsAre(At("home/deep")));
  for (const char* path :
       {"/usr", "/dev/null", "/etc/passwd", "/proc/self/maps", "/opt/program",
        "/opt/interpreter", "/opt/library.so", "/opt/runtime.so"}) {
    EXPECT_THAT(optional, Contains(path));
  }
  EXPECT_THAT(optional, Contains(At("other/file")));
  EXPECT_THAT(optional, Not(Contains("/etc/shadow")));
}

}  // namespace
}  // namespace cellblock
