// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "tools/jailrun/learn/load_words.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/tools/elf_builder.h"
#include "tests/tools/scratch.h"

namespace cellblock {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::vector<std::string> Words(const std::vector<std::string>& libraries) {
  return LoadWordsFor(libraries);
}

TEST(LoadWordsTest, APresetIsNamedOnce) {
  EXPECT_THAT(Words({}), IsEmpty());
  EXPECT_THAT(Words({"/usr/lib/x86_64-linux-gnu/gconv/NONE-1.so", "/none.so",
                     "/usr/lib/x86_64-linux-gnu/gconv/NONE-2.so"}),
              ElementsAre("@gconv", "/none.so"));
}

TEST(LoadWordsTest, WhatAnotherNeedsComesAlong) {
  const ScratchDirectory scratch;
  const auto write = [&scratch](const char* name,
                                std::vector<std::string> needed) {
    WriteFile(scratch / name,
              BuildElf({.interpreter = "", .needed = std::move(needed)}).bytes);
    return scratch / name;
  };
  const std::string module = write("module.so", {"libone.so.1", "libc.so.6"});
  const std::string one = write("libone.so.1.2.3", {"libtwo.so"});
  const std::string two = write("libtwo.so", {});
  const std::string other = write("libtwo.so-other.so", {});
  EXPECT_THAT(Words({module, one, two, other}), ElementsAre(module, other));
  // Loaded by itself first.
  EXPECT_THAT(Words({one, module}), ElementsAre(one, module));
}

}  // namespace
}  // namespace cellblock
