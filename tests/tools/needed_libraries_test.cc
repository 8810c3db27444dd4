// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
#include "tools/jailrun/needed_libraries.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <optional>
#include <string>
#include <vector>

#include "tests/tools/elf_builder.h"
#include "tests/tools/refusal_matchers.h"
#include "tests/tools/scratch.h"
#include "tools/jailrun/elf_check.h"

namespace cellblock {
namespace {

const ElfRecipe kStarter = {.interpreter = "", .start = StartSymbol::kImported};

class NeededLibrariesTest : public testing::Test {
 protected:
  void Write(const std::string& name, const ElfRecipe& recipe) {
    WriteFile(scratch_ / name, BuildElf(recipe).bytes, 0755);
  }

  std::optional<Refusal> Check(const std::string& name,
                               const char* library_path = nullptr) {
    const std::string path = scratch_ / name;
    const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
    EXPECT_GE(fd, 0) << path;
    auto refusal = CheckElf(fd, path, {.library_path = library_path}, nullptr);
    close(fd);
    return refusal;
  }

  static auto RefusedForStart() {
    return RefusedWith(ExitCode::kSetupFailed, "never calls");
  }

  ScratchDirectory scratch_;
};

// A program that needs `library` and libc, and starts by neither itself.
ElfRecipe Needs(const std::string& library) {
  return {.needed = {library, "libc.so.6"}, .start = StartSymbol::kAbsent};
}

TEST_F(NeededLibrariesTest, ReferenceInALibraryCounts) {
  Write("libs.so", kStarter);
  ElfRecipe program = Needs("libs.so");
  program.runpath = "$ORIGIN";
  Write("program", program);
  EXPECT_THAT(Check("program"), Accepted());
}

TEST_F(NeededLibrariesTest, DefinitionInALibraryDoesNotCount) {
  Write("libs.so", {.interpreter = "", .start = StartSymbol::kDefined});
  ElfRecipe program = Needs("libs.so");
  program.runpath = "$ORIGIN";
  Write("program", program);
  EXPECT_THAT(Check("program"), RefusedForStart());
}

TEST_F(NeededLibrariesTest, LibcMayBeNeededByALibrary) {
  Write("libs.so", {.interpreter = "", .start = StartSymbol::kAbsent});
  Write("program", {.needed = {"libs.so"},
                    .runpath = "${ORIGIN}",
                    .start = StartSymbol::kImported});
  EXPECT_THAT(Check("program"), Accepted());
}

TEST_F(NeededLibrariesTest, EveryPlaceIsSearched) {
  MakeDirectory(scratch_ / "lib");
  Write("lib/libs.so", kStarter);
  const std::string directory = scratch_ / "lib";

  Write("plain", Needs("libs.so"));
  EXPECT_THAT(Check("plain"), RefusedForStart());
  EXPECT_THAT(Check("plain", directory.c_str()), Accepted());
  EXPECT_THAT(Check("plain", ("/nonexistent:" + directory).c_str()),
              Accepted());

  ElfRecipe by_runpath = Needs("libs.so");
  by_runpath.runpath = "/nonexistent:$ORIGIN/lib";
  Write("by_runpath", by_runpath);
  EXPECT_THAT(Check("by_runpath"), Accepted());

  ElfRecipe by_rpath = Needs("libs.so");
  by_rpath.rpath = "$ORIGIN/lib";
  Write("by_rpath", by_rpath);
  EXPECT_THAT(Check("by_rpath"), Accepted());

  ElfRecipe overridden = by_rpath;
  overridden.runpath = "/nonexistent";
  Write("overridden", overridden);
  EXPECT_THAT(Check("overridden"), RefusedForStart());

  Write("by_path", Needs(scratch_ / "lib/libs.so"));
  EXPECT_THAT(Check("by_path"), Accepted());
}

TEST_F(NeededLibrariesTest, OriginIsThatOfTheProgramBehindALink) {
  MakeDirectory(scratch_ / "real");
  Write("real/libs.so", kStarter);
  ElfRecipe program = Needs("libs.so");
  program.runpath = "$ORIGIN";
  Write("real/program", program);
  ASSERT_EQ(symlink("real/program", (scratch_ / "link").c_str()), 0);
  EXPECT_THAT(Check("link"), Accepted());
}

TEST_F(NeededLibrariesTest, RpathIsInheritedAndRunpathIsNot) {
  MakeDirectory(scratch_ / "deep");
  Write("middle.so", {.interpreter = "",
                      .needed = {"libs.so"},
                      .start = StartSymbol::kAbsent});
  Write("deep/libs.so", kStarter);
  ElfRecipe program = Needs("middle.so");
  program.rpath = "$ORIGIN:$ORIGIN/deep";
  Write("by_rpath", program);
  EXPECT_THAT(Check("by_rpath"), Accepted());
  ElfRecipe by_runpath = program;
  by_runpath.runpath = program.rpath;
  Write("by_runpath", by_runpath);
  EXPECT_THAT(Check("by_runpath"), RefusedForStart());
  // A library with a DT_RUNPATH of its own inherits nothing.
  Write("middle.so", {.interpreter = "",
                      .needed = {"libs.so"},
                      .runpath = "/nonexistent",
                      .start = StartSymbol::kAbsent});
  EXPECT_THAT(Check("by_rpath"), RefusedForStart());
}

TEST_F(NeededLibrariesTest, WhatTheLoaderWouldPassOverIsPassedOver) {
  for (const char* directory : {"a", "b", "c", "d", "e"}) {
    MakeDirectory(scratch_ / directory);
  }
  ElfFile foreign = BuildElf(kStarter);
  foreign.header()->e_machine = EM_AARCH64;
  WriteFile(scratch_ / "a/libs.so", foreign.bytes);
  WriteFile(scratch_ / "b/libs.so", "GROUP ( libs.so.1 )");
  ASSERT_EQ(mkfifo((scratch_ / "c/libs.so").c_str(), 0644), 0);
  MakeDirectory(scratch_ / "d/libs.so");
  Write("e/libs.so", kStarter);
  ElfRecipe program = Needs("libs.so");
  program.runpath =
      "$ORIGIN/a:$ORIGIN/b:$ORIGIN/c:$ORIGIN/d:$UNKNOWN/e:$ORIGIN/e";
  Write("program", program);
  EXPECT_THAT(Check("program"), Accepted());
}

TEST_F(NeededLibrariesTest, CyclesEnd) {
  const auto link = [this](const std::string& from, const std::string& to) {
    Write(from, {.interpreter = "",
                 .needed = {to, "libc.so.6"},
                 .rpath = "$ORIGIN",
                 .start = StartSymbol::kAbsent});
  };
  link("a.so", "b.so");
  link("b.so", "c.so");
  link("c.so", "a.so");
  ElfRecipe program = Needs("a.so");
  program.rpath = "$ORIGIN";
  Write("program", program);
  EXPECT_THAT(Check("program"), RefusedForStart());
}

TEST_F(NeededLibrariesTest, NameThatIsNeededAgainIsTriedOnce) {
  Write("libs.so", kStarter);
  ElfRecipe program = Needs("libs.so");
  program.needed.insert(program.needed.begin(), 300, "libother.so");
  program.runpath = "$ORIGIN";
  Write("program", program);
  EXPECT_THAT(Check("program"), Accepted());
}

TEST_F(NeededLibrariesTest, SearchIsBounded) {
  // 100 libraries in a row are followed, 300 are not.
  const auto chain = [this](int length) {
    const std::string prefix = std::to_string(length) + '_';
    for (int i = 0; i < length; ++i) {
      Write(prefix + std::to_string(i),
            {.interpreter = "",
             .needed = {prefix + std::to_string(i + 1)},
             .runpath = "$ORIGIN",
             .start = StartSymbol::kAbsent});
    }
    Write(prefix + std::to_string(length), kStarter);
    ElfRecipe program = Needs(prefix + '0');
    program.runpath = "$ORIGIN";
    Write(prefix + "program", program);
    return Check(prefix + "program");
  };
  EXPECT_THAT(chain(100), Accepted());
  EXPECT_THAT(chain(300), RefusedForStart());
}

}  // namespace
}  // namespace cellblock
