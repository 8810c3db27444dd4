// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "tools/jailrun/learn/path_options.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include "tools/jailrun/readable_paths.h"

namespace cellblock {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

// A machine with the home /home/me and the file /home/me/there.
PathOptions Of(const std::vector<SeenFile>& files) {
  return OptionsFor(
      files,
      {.readable_by_default =
           [](const std::string& path) { return IsWithin(path, "/usr"); },
       .too_wide =
           [](const std::string& path) {
             return path == "/proc" || IsWithin("/home/me", path);
           },
       .exists =
           [](const std::string& path) { return path == "/home/me/there"; }});
}

TEST(PathOptionsTest, OneFileIsItself) {
  const PathOptions options = Of({{"/srv/a/one", FileUse::kRead}});
  EXPECT_THAT(options.readable, ElementsAre("/srv/a/one"));
  EXPECT_THAT(options.writable, IsEmpty());
}

TEST(PathOptionsTest, WhatIsReadableAnyhowIsNoOption) {
  EXPECT_THAT(Of({{"/usr/lib/x", FileUse::kRead}}).readable, IsEmpty());
}

TEST(PathOptionsTest, SeveralFilesAreTheirDirectory) {
  const PathOptions options = Of({{"/srv/a/one", FileUse::kRead},
                                  {"/srv/a/two", FileUse::kRead},
                                  {"/srv/b/one", FileUse::kRead}});
  EXPECT_THAT(options.readable, ElementsAre("/srv/a", "/srv/b/one"));
}

TEST(PathOptionsTest, FilesOfATopLevelDirectoryStayThemselves) {
  EXPECT_THAT(
      Of({{"/etc/one", FileUse::kRead}, {"/etc/two", FileUse::kRead}}).readable,
      ElementsAre("/etc/one", "/etc/two"));
}

TEST(PathOptionsTest, AHomeIsNeverNamed) {
  const PathOptions options = Of({{"/home/me/a", FileUse::kRead},
                                  {"/home/me/b", FileUse::kRead},
                                  {"/c", FileUse::kRead},
                                  {"/d", FileUse::kRead}});
  EXPECT_THAT(options.readable,
              ElementsAre("/c", "/d", "/home/me/a", "/home/me/b"));
}

TEST(PathOptionsTest, AListedDirectoryIsItself) {
  const PathOptions options = Of({{"/srv/a", FileUse::kList},
                                  {"/srv/a/one", FileUse::kRead},
                                  {"/home/me", FileUse::kList}});
  EXPECT_THAT(options.readable, ElementsAre("/srv/a"));
  ASSERT_EQ(options.unplaced.size(), 1);
  EXPECT_EQ(options.unplaced[0].path, "/home/me");
}

TEST(PathOptionsTest, FilesOfAProcessAreProc) {
  EXPECT_THAT(Of({{"/proc/4711/maps", FileUse::kRead}}).readable,
              ElementsAre("/proc"));
  EXPECT_THAT(Of({{"/proc", FileUse::kList}}).readable, ElementsAre("/proc"));
  EXPECT_THAT(Of({{"/proc/cpuinfo", FileUse::kRead}}).readable,
              ElementsAre("/proc/cpuinfo"));
}

TEST(PathOptionsTest, AWrittenFileIsItselfAndReadable) {
  const PathOptions options =
      Of({{"/srv/a/log", FileUse::kRead}, {"/srv/a/log", FileUse::kWrite}});
  EXPECT_THAT(options.writable, ElementsAre("/srv/a/log"));
  EXPECT_THAT(options.readable, IsEmpty());
}

TEST(PathOptionsTest, AMadeFileIsItsDirectory) {
  const PathOptions options = Of({{"/srv/a/log", FileUse::kWrite},
                                  {"/srv/a/new", FileUse::kCreate},
                                  {"/srv/a/b/c/new", FileUse::kCreate}});
  EXPECT_THAT(options.writable, ElementsAre("/srv/a"));
}

TEST(PathOptionsTest, AFileMadeAtHomeIsItselfIfItStays) {
  const PathOptions options = Of({{"/home/me/gone", FileUse::kCreate},
                                  {"/home/me/there", FileUse::kCreate}});
  EXPECT_THAT(options.writable, ElementsAre("/home/me/there"));
  ASSERT_EQ(options.unplaced.size(), 1);
  EXPECT_EQ(options.unplaced[0].path, "/home/me/gone");
}

TEST(PathOptionsTest, TheNullDeviceNeedsNoOption) {
  const PathOptions options = Of({{"/dev/null", FileUse::kWrite},
                                  {"/dev/null", FileUse::kCreate},
                                  {"/dev/full", FileUse::kWrite}});
  EXPECT_THAT(options.writable, ElementsAre("/dev/full"));
  EXPECT_THAT(options.readable, IsEmpty());
}

}  // namespace
}  // namespace cellblock
