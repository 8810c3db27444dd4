// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "tools/jailrun/load_list.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <string>
#include <vector>

#include "tests/tools/elf_builder.h"
#include "tests/tools/scratch.h"

namespace cellblock {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;

// An ELF library; its program header table has a stack's place at the end.
std::string Library(uint32_t stack_flags = PF_R | PF_W,
                    uint16_t type = ET_DYN) {
  ElfFile file = BuildElf({.interpreter = "", .start = StartSymbol::kAbsent});
  file.header()->e_type = type;
  Elf64_Phdr stack = {};
  stack.p_type = PT_GNU_STACK;
  stack.p_flags = stack_flags;
  // A copy of the table at the end, one entry longer.
  const Elf64_Ehdr header = *file.header();
  std::string table = file.bytes.substr(
      header.e_phoff, size_t{header.e_phnum} * sizeof(Elf64_Phdr));
  table.append(reinterpret_cast<const char*>(&stack), sizeof(stack));
  file.header()->e_phoff = file.bytes.size();
  file.header()->e_phnum = static_cast<uint16_t>(header.e_phnum + 1);
  return file.bytes + table;
}

class LoadListTest : public testing::Test {
 protected:
  std::string Write(const std::string& name, const std::string& bytes) {
    WriteFile(scratch_ / name, bytes, 0644);
    return scratch_ / name;
  }

  std::string Refused(const std::vector<std::string>& words) {
    LoadList list;
    const auto refusal = FindLibraries(words, {}, &list);
    if (!refusal) return "";
    EXPECT_EQ(refusal->code, ExitCode::kSetupFailed);
    EXPECT_THAT(refusal->advice, testing::Not(IsEmpty()));
    return refusal->reason;
  }

  LoadList Found(const std::vector<std::string>& words) {
    LoadList list;
    const auto refusal = FindLibraries(words, {}, &list);
    EXPECT_FALSE(refusal) << refusal->reason;
    return list;
  }

  static std::vector<std::string> Paths(const LoadList& list) {
    std::vector<std::string> paths;
    for (const auto& [path, kind] : list.libraries) paths.push_back(path);
    return paths;
  }

  ScratchDirectory scratch_;
};

TEST_F(LoadListTest, APathIsTakenAsItIs) {
  const std::string path = Write("a.so", Library());
  const LoadList list = Found({path});
  EXPECT_THAT(Paths(list), ElementsAre(path));
  EXPECT_EQ(list.libraries[0].kind, LoadKind::kNamed);
  EXPECT_THAT(list.strays, ElementsAre(path));
}

TEST_F(LoadListTest, EachFileIsLoadedOnce) {
  const std::string path = Write("a.so", Library());
  const std::string link = scratch_ / "b.so";
  ASSERT_EQ(symlink(path.c_str(), link.c_str()), 0);
  EXPECT_THAT(Paths(Found({path, path, link, scratch_ / "*.so"})),
              ElementsAre(path));
}

TEST_F(LoadListTest, ANameThatIsThereIsNoGlob) {
  const std::string odd = Write("a[1]*.so", Library());
  Write("a1.so", Library());
  EXPECT_THAT(Paths(Found({odd})), ElementsAre(odd));
}

TEST_F(LoadListTest, WhatAGlobFindsAndCannotBeLoadedIsPassedOver) {
  const std::string good = Write("b.so", Library());
  const std::string text = Write("a.so", "text");
  Write("c.so", Library(PF_R | PF_W | PF_X));
  Write("d.so", Library(PF_R | PF_W, ET_EXEC));
  const std::string object = Library(PF_R, ET_REL);
  Write("e.so", object);
  const LoadList list = Found({scratch_ / "*.so"});
  EXPECT_THAT(Paths(list), ElementsAre(good));
  EXPECT_EQ(list.libraries[0].kind, LoadKind::kFound);
  EXPECT_EQ(list.passed_over, 4u);
  EXPECT_EQ(list.first_passed_over, text);
  EXPECT_THAT(list.why_passed_over, HasSubstr("does not begin as one"));
}

TEST_F(LoadListTest, WhatIsNamedHasToBeALibrary) {
  const auto refused = [this](const std::string& name) {
    const std::string path = scratch_ / name;
    const std::string reason = Refused({path});
    EXPECT_THAT(reason, StartsWith("--load=" + path + ": "));
    return reason;
  };
  EXPECT_THAT(refused("none.so"), HasSubstr("No such file"));
  Write("text", "text");
  EXPECT_THAT(refused("text"), HasSubstr("is no ELF file"));
  Write("stack", Library(PF_R | PF_W | PF_X));
  EXPECT_THAT(refused("stack"), HasSubstr("executable stack"));
  Write("program", Library(PF_R | PF_W, ET_EXEC));
  EXPECT_THAT(refused("program"), HasSubstr("not a shared library"));
  // The loader takes one without a word of it for one that wants such a stack.
  Write("silent", BuildElf({.interpreter = ""}).bytes);
  EXPECT_THAT(refused("silent"), HasSubstr("executable stack"));
  std::string other = Library();
  other[offsetof(Elf64_Ehdr, e_machine)] = EM_386;
  Write("other", other);
  EXPECT_THAT(refused("other"), HasSubstr("another architecture"));
  MakeDirectory(scratch_ / "directory");
  EXPECT_THAT(refused("directory"), HasSubstr("is a directory"));
  ASSERT_EQ(mkfifo((scratch_ / "fifo").c_str(), 0600), 0);
  EXPECT_THAT(refused("fifo"), HasSubstr("not a regular file"));
}

TEST_F(LoadListTest, GlobsAndPresetsHaveToFindSomething) {
  EXPECT_THAT(Refused({scratch_ / "*.so"}), HasSubstr("no file has a name"));
  Write("a.so", "text");
  EXPECT_THAT(Refused({scratch_ / "*.so"}),
              HasSubstr("what it matches cannot be loaded"));
  EXPECT_THAT(Refused({"@nothing"}), HasSubstr("no such preset"));
  EXPECT_THAT(Paths(Found({"@gconv"})), testing::Not(IsEmpty()));
}

TEST_F(LoadListTest, WhatItNeedsElsewhereIsToBeReadable) {
  ElfFile file = BuildElf(
      {.interpreter = "", .needed = {"needed.so"}, .runpath = "$ORIGIN"});
  const std::string needed = Write("needed.so", Library());
  std::vector<std::string> strays;
  const std::string path = Write("a.so", file.bytes);
  (void)CheckLibrary(path, {}, &strays);
  // For its stack it is refused before that.
  EXPECT_THAT(strays, IsEmpty());
  EXPECT_THAT(Found({needed}).strays, ElementsAre(needed));
}

}  // namespace
}  // namespace cellblock
