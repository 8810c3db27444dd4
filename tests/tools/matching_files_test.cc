// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "tools/jailrun/matching_files.h"

#include <glob.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <string>
#include <vector>

#include "tests/tools/scratch.h"

namespace cellblock {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::vector<std::string> ByLibc(const std::string& pattern) {
  glob_t found = {};
  std::vector<std::string> paths;
  if (glob(pattern.c_str(), 0, nullptr, &found) == 0) {
    paths.assign(found.gl_pathv, found.gl_pathv + found.gl_pathc);
  }
  globfree(&found);
  return paths;
}

TEST(MatchingFilesTest, AgreesWithLibcsGlob) {
  const ScratchDirectory scratch;
  for (const char* directory : {"a", "b", "b/c", ".hidden", "d[1]"}) {
    MakeDirectory(scratch / directory);
    for (const char* file : {"x.so", "y.so", "z", ".so", "[w].so"}) {
      WriteFile(scratch / (std::string(directory) + "/" + file), "");
    }
  }
  ASSERT_EQ(symlink("/nonexistent", (scratch / "a/lost.so").c_str()), 0);
  for (const char* pattern :
       {"*/*.so", "*/x.so", "[ab]/?.so", "b/*/x.so", "*", "*/", ".*/x.so",
        "a/*", "none/*", "*/none", "z*", "*/[[]w].so", "d[[]1]/x.so",
        "[!a]/x.so", "b//c/*", "./a/x.so", "*/../a/?.so"}) {
    const std::string path = scratch / pattern;
    std::vector<std::string> wanted = ByLibc(path);
    // Of links that lead nowhere glob(3) tells, and a loader has no use.
    std::erase_if(wanted, [](const std::string& name) {
      return access(name.c_str(), F_OK) != 0;
    });
    EXPECT_EQ(MatchingFiles(path), wanted) << pattern;
  }
}

TEST(MatchingFilesTest, OfTheCurrentDirectoryAndOfNone) {
  const ScratchDirectory scratch;
  WriteFile(scratch / "only.so", "");
  ASSERT_EQ(chdir(scratch.path().c_str()), 0);
  EXPECT_THAT(MatchingFiles("*.so"), ElementsAre("only.so"));
  EXPECT_THAT(MatchingFiles("only.so"), ElementsAre("only.so"));
  EXPECT_THAT(MatchingFiles("*.none"), IsEmpty());
  EXPECT_THAT(MatchingFiles(""), IsEmpty());
  EXPECT_TRUE(IsGlob("a?"));
  EXPECT_FALSE(IsGlob("a"));
}

}  // namespace
}  // namespace cellblock
