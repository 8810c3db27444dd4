// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
#include "tools/jailrun/elf_check.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <iostream>
#include <optional>
#include <random>
#include <span>
#include <string>
#include <string_view>

#include "tests/seed.h"
#include "tests/tools/elf_builder.h"
#include "tests/tools/refusal_matchers.h"
#include "tests/tools/scratch.h"
#include "tools/jailrun/file_bytes.h"
#include "tools/jailrun/refusal.h"

namespace cellblock {
namespace {

using ::testing::AnyOf;

constexpr ExitCode k125 = ExitCode::kSetupFailed;
constexpr ExitCode k126 = ExitCode::kNotExecutable;

std::optional<Refusal> CheckBytes(std::string_view bytes) {
  FileBytes file(std::as_bytes(std::span(bytes)));
  return CheckElf(&file, "./image", {}, nullptr);
}

std::optional<Refusal> CheckBuilt(const ElfRecipe& recipe) {
  return CheckBytes(BuildElf(recipe).bytes);
}

std::optional<Refusal> CheckFile(const std::string& path,
                                 const char* library_path = nullptr) {
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  EXPECT_GE(fd, 0) << path;
  auto refusal = CheckElf(fd, path, {.library_path = library_path}, nullptr);
  close(fd);
  return refusal;
}

std::optional<Refusal> CheckFixture(std::string_view name) {
  return CheckFile(Fixture(name));
}

// Runs the program with `setting` as its environment.
int ExitStatus(const std::string& path, std::string setting) {
  std::string name = path;
  char* const argv[] = {name.data(), nullptr};
  char* const environment[] = {setting.data(), nullptr};
  pid_t pid;
  const int error =
      posix_spawn(&pid, path.c_str(), nullptr, nullptr, argv, environment);
  EXPECT_EQ(error, 0) << path;
  int status = 0;
  if (error != 0 || waitpid(pid, &status, 0) != pid) return -1;
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

// Programs that the linker made.

class LinkedProgram : public testing::TestWithParam<const char*> {};

TEST_P(LinkedProgram, IsAccepted) {
  EXPECT_THAT(CheckFixture(GetParam()), Accepted());
}

INSTANTIATE_TEST_SUITE_P(EveryWayOfDynamicLinking, LinkedProgram,
                         testing::Values("hello", "hello_no_pie", "hello_lazy",
                                         "hello_sysv_hash", "hello_packed",
                                         "start_in_library"),
                         [](const auto& info) { return info.param; });

TEST(ElfCheckTest, StaticProgramIsRefused) {
  EXPECT_THAT(CheckFixture("hello_static"),
              RefusedWith(k125, "hello_static'", "statically linked"));
}

TEST(ElfCheckTest, StaticPieIsRefused) {
  EXPECT_THAT(CheckFixture("hello_static_pie"),
              RefusedWith(k125, "statically linked (static-pie)"));
}

TEST(ElfCheckTest, SystemLoaderItselfIsRefusedByName) {
  EXPECT_THAT(CheckFile(kSystemLoader), RefusedWith(k125, "system's loader"));
}

TEST(ElfCheckTest, ProgramThatNeverCallsStartMainIsRefused) {
  EXPECT_THAT(CheckFixture("no_start_main"),
              RefusedWith(k125, "never calls __libc_start_main", "unlocked"));
}

TEST(ElfCheckTest, ProgramWithoutLibcIsRefused) {
  EXPECT_THAT(CheckFixture("no_libc"),
              RefusedWith(k125, "does not need libc.so.6"));
}

TEST(ElfCheckTest, ProgramWithItsOwnStartMainIsRefused) {
  EXPECT_THAT(CheckFixture("own_start_main"),
              RefusedWith(k125, "__libc_start_main of its own"));
}

// The loader is the judge: what is accepted is what a preloaded
// __libc_start_main gets hold of.
TEST(ElfCheckTest, AcceptedProgramsAreThoseThatStartThroughAPreloadedLibrary) {
  const std::string hook = "LD_PRELOAD=" + Fixture("libhook.so");
  for (const char* name :
       {"hello_no_pie", "hello_lazy", "hello_sysv_hash", "hello_packed",
        "hello_static", "hello_static_pie", "start_in_library", "no_start_main",
        "no_libc", "own_start_main"}) {
    const bool accepted = !CheckFixture(name).has_value();
    EXPECT_EQ(ExitStatus(Fixture(name), hook), accepted ? 42 : 0) << name;
  }
}

// Each kind of reference that the loader would or would not bind.

TEST(ElfCheckTest, EveryBoundReferenceCounts) {
  EXPECT_THAT(CheckBuilt({.start = StartSymbol::kImported}), Accepted());
  EXPECT_THAT(CheckBuilt({.start = StartSymbol::kPltImported}), Accepted());
}

TEST(ElfCheckTest, UnboundReferencesDoNotCount) {
  EXPECT_THAT(CheckBuilt({.start = StartSymbol::kAbsent}),
              RefusedWith(k125, "never calls"));
  for (const StartSymbol start :
       {StartSymbol::kUnreferenced, StartSymbol::kDefined,
        StartSymbol::kHidden}) {
    EXPECT_THAT(CheckBuilt({.start = start}), RefusedWith(k125, "of its own"));
  }
}

TEST(ElfCheckTest, LocalSymbolDoesNotCount) {
  ElfFile file = BuildElf({});
  file.symbol()->st_info = ELF64_ST_INFO(STB_LOCAL, STT_FUNC);
  EXPECT_THAT(CheckBytes(file.bytes), RefusedWith(k125, "of its own"));
}

TEST(ElfCheckTest, NameIsFoundAcrossChunksOfALongTable) {
  for (size_t length = 4000; length < 4200; ++length) {
    EXPECT_THAT(CheckBuilt({.needed = {std::string(length, 'x'), "libc.so.6"}}),
                Accepted())
        << length;
  }
}

TEST(ElfCheckTest, ManyLongNamesAreRefused) {
  std::vector<std::string> names(30, std::string(60000, 'x'));
  names.push_back("libc.so.6");
  EXPECT_THAT(CheckBuilt({.needed = names}),
              RefusedWith(k125, "the name of a library it needs is damaged"));
}

// Foreign programs.

struct ForeignCase {
  const char* name;
  unsigned char elf_class;
  unsigned char byte_order;
  uint16_t machine;
  const char* told;
};

class ForeignProgram : public testing::TestWithParam<ForeignCase> {};

TEST_P(ForeignProgram, IsRefusedAndNamed) {
  const ForeignCase& foreign = GetParam();
  ElfFile file = BuildElf({});
  file.header()->e_ident[EI_CLASS] = foreign.elf_class;
  file.header()->e_ident[EI_DATA] = foreign.byte_order;
  file.header()->e_machine = foreign.byte_order == ELFDATA2MSB
                                 ? __builtin_bswap16(foreign.machine)
                                 : foreign.machine;
  EXPECT_THAT(CheckBytes(file.bytes),
              RefusedWith(k125, foreign.told, "x86-64 programs only"));
}

INSTANTIATE_TEST_SUITE_P(
    Each, ForeignProgram,
    testing::Values(
        ForeignCase{"i386", ELFCLASS32, ELFDATA2LSB, EM_386, "(i386, 32-bit)"},
        ForeignCase{"x32", ELFCLASS32, ELFDATA2LSB, EM_X86_64, "(x32, 32-bit)"},
        ForeignCase{"arm", ELFCLASS32, ELFDATA2LSB, EM_ARM, "(arm, 32-bit)"},
        ForeignCase{"aarch64", ELFCLASS64, ELFDATA2LSB, EM_AARCH64,
                    "(aarch64)"},
        ForeignCase{"riscv64", ELFCLASS64, ELFDATA2LSB, EM_RISCV, "(riscv64)"},
        ForeignCase{"ppc64le", ELFCLASS64, ELFDATA2LSB, EM_PPC64, "(ppc64le)"},
        ForeignCase{"s390x", ELFCLASS64, ELFDATA2MSB, EM_S390,
                    "(s390x, big-endian)"},
        ForeignCase{"unknown", ELFCLASS64, ELFDATA2LSB, 999,
                    "(machine number 999)"},
        ForeignCase{"swapped", ELFCLASS64, ELFDATA2MSB, EM_X86_64,
                    "(x86-64, big-endian)"},
        ForeignCase{"classless", 7, ELFDATA2LSB, EM_X86_64, "unknown class"},
        ForeignCase{"orderless", ELFCLASS64, 0, EM_X86_64,
                    "unknown byte order"}),
    [](const auto& info) { return info.param.name; });

TEST(ElfCheckTest, OtherLoaderIsRefused) {
  ScratchDirectory scratch;
  const std::string loader = scratch / "ld-musl-x86_64.so.1";
  WriteFile(loader, "", 0755);
  EXPECT_THAT(CheckBuilt({.interpreter = loader}),
              RefusedWith(k125, "ld-musl", "another C library"));
}

TEST(ElfCheckTest, SystemLoaderUnderAnotherNameIsAccepted) {
  ScratchDirectory scratch;
  const std::string loader = scratch / "ld.so";
  ASSERT_EQ(symlink(kSystemLoader, loader.c_str()), 0);
  EXPECT_THAT(CheckBuilt({.interpreter = loader}), Accepted());
}

TEST(ElfCheckTest, MissingLoaderIsNotExecutable) {
  EXPECT_THAT(CheckBuilt({.interpreter = "/nonexistent/ld.so"}),
              RefusedWith(k126, "'/nonexistent/ld.so'", "No such file"));
}

TEST(ElfCheckTest, ControlCharactersOfTheFileDoNotReachTheMessage) {
  EXPECT_THAT(CheckBuilt({.interpreter = "/\x1b[2J\n'x"}),
              RefusedWith(k126, "'/\\x1b[2J\\x0a\\x27x'"));
}

// Headers that the kernel refuses. It is asked too: 126 says that execve fails.

struct HeaderCase {
  const char* name;
  std::function<void(ElfFile*)> damage;
};

class DamagedHeader : public testing::TestWithParam<HeaderCase> {};

TEST_P(DamagedHeader, IsNotExecutableToTheKernelEither) {
  ElfFile file = BuildElf({});
  GetParam().damage(&file);
  EXPECT_THAT(CheckBytes(file.bytes), RefusedWith(k126, "'./image'"));
  ScratchDirectory scratch;
  WriteFile(scratch / "image", file.bytes, 0755);
  EXPECT_NE(ExecError(scratch / "image"), 0);
}

INSTANTIATE_TEST_SUITE_P(
    Each, DamagedHeader,
    testing::Values(
        HeaderCase{"Magic", [](ElfFile* f) { f->bytes[3] = 'f'; }},
        HeaderCase{"ObjectFile",
                   [](ElfFile* f) { f->header()->e_type = ET_REL; }},
        HeaderCase{"CoreDump",
                   [](ElfFile* f) { f->header()->e_type = ET_CORE; }},
        HeaderCase{"UnknownType", [](ElfFile* f) { f->header()->e_type = 77; }},
        HeaderCase{"NoSegments", [](ElfFile* f) { f->header()->e_phnum = 0; }},
        HeaderCase{"TooManySegments",
                   [](ElfFile* f) {
                     f->header()->e_phnum = 1171;
                     f->bytes.resize(1 << 17);
                   }},
        HeaderCase{"SegmentsBeyondTheEnd",
                   [](ElfFile* f) { f->header()->e_phnum = 1000; }},
        HeaderCase{"SegmentsAtTheEndOfTime",
                   [](ElfFile* f) { f->header()->e_phoff = UINT64_MAX - 8; }},
        HeaderCase{"SegmentSize",
                   [](ElfFile* f) { f->header()->e_phentsize = 32; }},
        HeaderCase{"LoaderNameTooShort",
                   [](ElfFile* f) { f->segment(PT_INTERP)->p_filesz = 1; }},
        HeaderCase{"LoaderNameTooLong",
                   [](ElfFile* f) {
                     f->segment(PT_INTERP)->p_filesz = 4097;
                     f->bytes.resize(8192);
                   }},
        HeaderCase{"LoaderNameWithoutEnd",
                   [](ElfFile* f) { --f->segment(PT_INTERP)->p_filesz; }},
        HeaderCase{
            "LoaderNameBeyondTheEnd",
            [](ElfFile* f) { f->segment(PT_INTERP)->p_offset = 1 << 20; }},
        HeaderCase{"LoaderNameEmpty",
                   [](ElfFile* f) {
                     f->bytes[f->segment(PT_INTERP)->p_offset] = '\0';
                   }}),
    [](const auto& info) { return info.param.name; });

// Tables that the kernel does not look at.

struct TableCase {
  const char* name;
  const char* told;
  std::function<void(ElfFile*)> damage;
};

class DamagedTable : public testing::TestWithParam<TableCase> {};

TEST_P(DamagedTable, CannotBeInspected) {
  ElfFile file = BuildElf({});
  GetParam().damage(&file);
  EXPECT_THAT(CheckBytes(file.bytes),
              RefusedWith(k125, "cannot be inspected", GetParam().told));
}

constexpr uint64_t kHuge = UINT64_MAX - 7;

INSTANTIATE_TEST_SUITE_P(
    Each, DamagedTable,
    testing::Values(
        TableCase{"DynamicOutside", "dynamic",
                  [](ElfFile* f) { f->segment(PT_DYNAMIC)->p_vaddr = kHuge; }},
        TableCase{"DynamicWithoutEnd", "dynamic",
                  [](ElfFile* f) { f->tag(DT_NULL)->d_tag = DT_DEBUG; }},
        TableCase{"LoadedBytesWrapAround", "dynamic",
                  [](ElfFile* f) { f->segment(PT_LOAD)->p_offset = kHuge; }},
        TableCase{"LoadedBytesBeyondTheEnd", "dynamic",
                  [](ElfFile* f) {
                    f->segment(PT_LOAD)->p_offset = uint64_t{1} << 62;
                  }},
        TableCase{"NamesOutside", "table of names",
                  [](ElfFile* f) { f->tag(DT_STRTAB)->d_un.d_ptr = kHuge; }},
        TableCase{"NamesTooMany", "table of names",
                  [](ElfFile* f) { f->tag(DT_STRSZ)->d_un.d_val = kHuge; }},
        TableCase{"NamesPastTheLoadedBytes", "table of names",
                  [](ElfFile* f) { f->tag(DT_STRSZ)->d_un.d_val = 1 << 20; }},
        TableCase{"NeededOutside", "library",
                  [](ElfFile* f) { f->tag(DT_NEEDED)->d_un.d_val = kHuge; }},
        TableCase{"NeededWithoutEnd", "library",
                  [](ElfFile* f) { f->tag(DT_STRSZ)->d_un.d_val = 5; }},
        TableCase{"SymbolsOutside", "symbols",
                  [](ElfFile* f) { f->tag(DT_SYMTAB)->d_un.d_ptr = kHuge; }},
        TableCase{"SymbolOutside", "symbols",
                  [](ElfFile* f) {
                    f->relocation()->r_info =
                        ELF64_R_INFO(uint64_t{UINT32_MAX}, R_X86_64_GLOB_DAT);
                  }},
        TableCase{"RelocationsOutside", "symbols",
                  [](ElfFile* f) { f->tag(DT_RELA)->d_un.d_ptr = kHuge; }},
        TableCase{"RelocationsTooMany", "symbols",
                  [](ElfFile* f) { f->tag(DT_RELASZ)->d_un.d_val = kHuge; }}),
    [](const auto& info) { return info.param.name; });

TEST(ElfCheckTest, CountOfRelativeRelocationsIsNotTrusted) {
  ElfFile file = BuildElf({});
  file.tag(DT_RELACOUNT)->d_un.d_val = kHuge;
  EXPECT_THAT(CheckBytes(file.bytes), RefusedWith(k125, "of its own"));
}

// Damage at random places.

TEST(ElfCheckTest, EveryTruncationIsAnswered) {
  ElfFile whole = {ReadFile(Fixture("hello"))};
  const std::string_view bytes = whole.bytes;
  size_t shortest_accepted = bytes.size();
  for (size_t size = 0; size < bytes.size(); ++size) {
    const auto refusal = CheckBytes(bytes.substr(0, size));
    if (!refusal) {
      shortest_accepted = std::min(shortest_accepted, size);
      continue;
    }
    ASSERT_THAT(refusal, AnyOf(RefusedWith(k125), RefusedWith(k126))) << size;
    if (size < sizeof(Elf64_Ehdr)) {
      ASSERT_THAT(refusal, RefusedWith(k126)) << size;
    }
    // What decides lies in a prefix: nothing is refused for a lack of more.
    ASSERT_EQ(shortest_accepted, bytes.size()) << size;
  }
  EXPECT_GT(shortest_accepted, whole.segment(PT_DYNAMIC)->p_offset);
  EXPECT_THAT(CheckBytes(bytes), Accepted());
}

TEST(ElfCheckTest, EveryTruncationOfABuiltFileIsRefused) {
  const std::string whole = BuildElf({}).bytes;
  for (size_t size = 0; size < whole.size(); ++size) {
    ASSERT_THAT(CheckBytes(std::string_view(whole).substr(0, size)),
                AnyOf(RefusedWith(k125), RefusedWith(k126)))
        << size;
  }
  EXPECT_THAT(CheckBytes(whole), Accepted());
}

TEST(ElfCheckTest, EveryFlippedBitIsAnswered) {
  std::mt19937_64 random(TestSeed());
  const std::string linked = ReadFile(Fixture("hello"));
  const std::string built = BuildElf({.rpath = "a:$ORIGIN/b"}).bytes;
  int refused = 0;
  for (int i = 0; i < 20000; ++i) {
    std::string bytes = i % 2 == 0 ? linked : built;
    // Most of a linked file is code and debugging information.
    const size_t reach = std::min<size_t>(bytes.size(), 4096);
    for (uint64_t flips = 1 + random() % 4; flips > 0; --flips) {
      bytes[random() % reach] ^= static_cast<char>(1 << random() % 8);
    }
    const auto refusal = CheckBytes(bytes);
    ASSERT_THAT(refusal,
                AnyOf(Accepted(), RefusedWith(k125), RefusedWith(k126)));
    refused += refusal.has_value();
  }
  EXPECT_GT(refused, 2000);
}

TEST(ElfCheckTest, KernelAgreesWhereAFlippedBitMakesAFileNotExecutable) {
  std::mt19937_64 random(TestSeed());
  const std::string whole = BuildElf({}).bytes;
  const size_t headers = sizeof(Elf64_Ehdr) + 3 * sizeof(Elf64_Phdr);
  ScratchDirectory scratch;
  int asked = 0;
  for (int i = 0; i < 1000; ++i) {
    std::string bytes = whole;
    const size_t at = random() % headers;
    bytes[at] ^= static_cast<char>(1 << random() % 8);
    const auto refusal = CheckBytes(bytes);
    if (!refusal || refusal->code != k126) continue;
    WriteFile(scratch / "image", bytes, 0755);
    ASSERT_NE(ExecError(scratch / "image"), 0) << at << refusal->reason;
    ++asked;
  }
  EXPECT_GT(asked, 50);
}

TEST(ElfCheckTest, DescriptorAndBytesGetTheSameAnswer) {
  ScratchDirectory scratch;
  const std::string path = scratch / "image";
  // Tables on several windows of FileBytes, in an order that reuses them.
  std::string bytes =
      BuildElf({.needed = {std::string(60000, 'x'), "libc.so.6"}}).bytes;
  WriteFile(path, bytes);
  EXPECT_THAT(CheckFile(path), Accepted());
  EXPECT_THAT(CheckBytes(bytes), Accepted());
  for (size_t size = 0; size < bytes.size(); size += 997) {
    const std::string_view part = std::string_view(bytes).substr(0, size);
    WriteFile(path, part);
    const auto refusal = CheckFile(path);
    ASSERT_TRUE(refusal.has_value());
    ASSERT_EQ(refusal->code, CheckBytes(part)->code);
  }
}

}  // namespace
}  // namespace cellblock
