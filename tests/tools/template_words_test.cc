// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "tools/jailrun/template/template_words.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace cellblock {
namespace {

TEST(TemplateWordsTest, WordsOfAnInputHaveRoomForTheLongest) {
  const TemplateWords words({"prog", "-x", "--in=T", "-y", "T/T"}, "T", 100);
  const std::vector<std::string>& command = words.command();
  EXPECT_EQ(words.count(), 3u);
  EXPECT_EQ(command[1], "-x");
  EXPECT_EQ(command[3], "-y");
  EXPECT_TRUE(command[2].starts_with("--in=T"));
  EXPECT_GE(command[2].size(), std::string("--in=./").size() + 100);
  EXPECT_GE(command[4].size(), std::string("./").size() + 100 + 1 + 100);
}

TEST(TemplateWordsTest, WithoutAnInputNothingIsReplaced) {
  const TemplateWords words({"prog", "-x"}, "T", 100);
  EXPECT_EQ(words.count(), 0u);
  EXPECT_EQ(words.command(), std::vector<std::string>({"prog", "-x"}));
}

TEST(TemplateWordsTest, EachTokenIsAnother) {
  const std::string token = TemplateWords::MakeToken();
  EXPECT_NE(token, TemplateWords::MakeToken());
  // Whatever stands for a part of a name stands for all of it.
  EXPECT_EQ(token.find_first_of("./ "), token.npos);
  EXPECT_GE(token.size(), 32u);
}

}  // namespace
}  // namespace cellblock
