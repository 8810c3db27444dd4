// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

// What the fuzzer of the ELF inspection has found worth keeping, and files with
// random damage, without the fuzzer.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <iterator>
#include <random>
#include <string>
#include <vector>

#include "tests/allocator/fuzz_corpus.h"
#include "tests/seed.h"
#include "tests/tools/elf_builder.h"
#include "tests/tools/elf_fuzz.h"

namespace cellblock {
namespace {

ElfVerdict FuzzText(const std::string& bytes) {
  return FuzzElf(reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size());
}

TEST(ElfFuzzCorpusTest, TheCorpusPasses) {
  const std::vector<NamedInput> inputs = ReadCorpus("tests/tools/corpus/elf");
  ASSERT_GE(inputs.size(), 30u) << "the corpus was not found";
  EXPECT_EXIT(RunAll(inputs, FuzzElf), testing::ExitedWithCode(0), "");
}

TEST(ElfFuzzCorpusTest, VerdictsAreThoseOfTheInspection) {
  ElfFile file = BuildElf({});
  EXPECT_EQ(FuzzText(file.bytes), ElfVerdict::kRead);
  file.tag(DT_STRTAB)->d_un.d_ptr = ~uint64_t{0};
  EXPECT_EQ(FuzzText(file.bytes), ElfVerdict::kNoDynamic);
  file.header()->e_phnum = 0;
  EXPECT_EQ(FuzzText(file.bytes), ElfVerdict::kNoHeaders);
  EXPECT_EQ(FuzzText("#!/bin/sh\n"), ElfVerdict::kNoHeaders);
}

// A few bytes of `bytes` anew, or its end cut off.
void Damage(std::string* bytes, std::mt19937_64& random) {
  if (random() % 8 == 0) bytes->resize(random() % bytes->size());
  for (uint64_t left = random() % 5; left > 0 && !bytes->empty(); --left) {
    char& byte = (*bytes)[random() % bytes->size()];
    byte = static_cast<char>(random() % 2 == 0 ? byte ^ 1 << random() % 8
                                               : random());
  }
}

TEST(ElfFuzzCorpusTest, DamagedFilesPass) {
  std::mt19937_64 random(TestSeed());
  const ElfRecipe recipes[] = {
      {},
      {.start = StartSymbol::kPltImported},
      {.needed = {"libm.so.6"}, .rpath = "$ORIGIN:${LIB}"},
      {.interpreter = "", .runpath = "a:b", .start = StartSymbol::kHidden}};
  constexpr int kFiles = 5000;
  int count[3] = {};
  for (int i = 0; i < kFiles; ++i) {
    std::string bytes = BuildElf(recipes[random() % std::size(recipes)]).bytes;
    Damage(&bytes, random);
    ++count[static_cast<int>(FuzzText(bytes))];
  }
  printf("%d without headers, %d without dynamic section, %d read\n", count[0],
         count[1], count[2]);
  for (int each : count) EXPECT_GT(each, kFiles / 20);
}

// Lines of long runs, which end round the end of what the kernel looks at.
TEST(ElfFuzzCorpusTest, ScriptsStartWhatTheyWouldInTheKernel) {
  constexpr char kCharacters[] = {' ', '\t', '\n', '\0', 'a', '/'};
  std::mt19937_64 random(TestSeed());
  for (int i = 0; i < 10'000; ++i) {
    std::string script = "#!";
    const size_t size = 240 + random() % 20;
    while (script.size() < size) {
      const size_t run = size_t{1} << random() % 9;
      script.append(std::min(run, size - script.size()),
                    kCharacters[random() % std::size(kCharacters)]);
    }
    FuzzText(script);
  }
}

}  // namespace
}  // namespace cellblock
