// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "tools/jailrun/batch/command_template.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace cellblock {
namespace {

using Words = std::vector<std::string>;

Words Filled(const char* text, const std::string& input) {
  std::string error;
  const auto command = CommandTemplate::Parse(text, &error);
  EXPECT_EQ(error, "");
  return command ? command->For(input) : Words();
}

std::string ErrorOf(const char* text) {
  std::string error;
  EXPECT_FALSE(CommandTemplate::Parse(text, &error));
  return error;
}

TEST(CommandTemplateTest, PlaceholdersStandForTheInputAndItsParts) {
  const std::string input = "a.b/picture.tar.gz";
  EXPECT_EQ(FillIn("{}", input), "a.b/picture.tar.gz");
  EXPECT_EQ(FillIn("{.}", input), "a.b/picture.tar");
  EXPECT_EQ(FillIn("{/}", input), "picture.tar.gz");
  EXPECT_EQ(FillIn("{/.}", input), "picture.tar");
  EXPECT_EQ(FillIn("x{/.}.ppm{{}}{", input),
            "xpicture.tar.ppm{a.b/picture.tar.gz}{");
  EXPECT_EQ(FillIn("{?} {./}", input), "{?} {./}");
}

TEST(CommandTemplateTest, OnlyADotWithinTheNameBeginsASuffix) {
  EXPECT_EQ(FillIn("{.}", "a.b/c"), "a.b/c");
  EXPECT_EQ(FillIn("{.}", "a/.hidden"), "a/.hidden");
  EXPECT_EQ(FillIn("{/.}", ".hidden"), ".hidden");
  EXPECT_EQ(FillIn("{.}", "a."), "a");
  EXPECT_EQ(FillIn("{/.}", ""), "");
}

TEST(CommandTemplateTest, WhatAnInputHoldsIsNotFilledInAgain) {
  EXPECT_EQ(Filled("p {} {/}", "{.}/{}"), Words({"p", "{.}/{}", "{}"}));
}

TEST(CommandTemplateTest, WordsAreThoseOfAShell) {
  EXPECT_EQ(Filled(" djpeg  -scale\t1/8 {} ", "f"),
            Words({"djpeg", "-scale", "1/8", "f"}));
  EXPECT_EQ(Filled("p 'a b'c \"d 'e\" f\\ g {}", "h"),
            Words({"p", "a bc", "d 'e", "f g", "h"}));
  EXPECT_EQ(Filled(R"(p "a\"b\\c\d" '\' '' {})", "x"),
            Words({"p", R"(a"b\c\d)", "\\", "", "x"}));
  EXPECT_EQ(Filled("p '$(id)' {}", "`id`"), Words({"p", "$(id)", "`id`"}));
}

TEST(CommandTemplateTest, WithoutAPlaceholderTheInputIsTheLastWord) {
  EXPECT_EQ(Filled("xz -dc", "a b"), Words({"xz", "-dc", "a b"}));
}

TEST(CommandTemplateTest, NoNameOfAFileBecomesAnOption) {
  EXPECT_EQ(Filled("p {}", "-rf"), Words({"p", "./-rf"}));
  EXPECT_EQ(Filled("p {/}", "a/-o"), Words({"p", "./-o"}));
  EXPECT_EQ(Filled("p", "--help"), Words({"p", "./--help"}));
  // These are options by the template's own words.
  EXPECT_EQ(Filled("p -x{} --y={}", "-z"), Words({"p", "-x-z", "--y=-z"}));
}

TEST(CommandTemplateTest, WhatIsWrongIsSaid) {
  EXPECT_EQ(ErrorOf("p 'a"), "a quote has no end");
  EXPECT_EQ(ErrorOf("p \"a\\\""), "a quote has no end");
  EXPECT_EQ(ErrorOf("p a\\"), "it ends in a backslash");
  EXPECT_EQ(ErrorOf(" \t"), "it names no program");
  EXPECT_EQ(ErrorOf("{} a"), "an input cannot be the program");
}

}  // namespace
}  // namespace cellblock
