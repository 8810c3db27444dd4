// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "tools/jailrun/env_command.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

namespace cellblock {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

const char* Lookup(const std::string& name) {
  if (name == "X") return "value of x";
  return name == "EMPTY" ? "" : nullptr;
}

std::vector<std::string> Split(std::string_view text) {
  std::vector<std::string> words;
  EXPECT_EQ(SplitEnvString(text, &Lookup, &words), "") << text;
  return words;
}

std::string SplitError(std::string_view text) {
  std::vector<std::string> words;
  return SplitEnvString(text, &Lookup, &words);
}

TEST(SplitEnvStringTest, BlanksSeparateWords) {
  EXPECT_THAT(Split(" a\tb \n c\v\f\rd "), ElementsAre("a", "b", "c", "d"));
  EXPECT_THAT(Split(""), IsEmpty());
}

TEST(SplitEnvStringTest, QuotesKeepBlanksAndMakeEmptyWords) {
  EXPECT_THAT(Split("'a b'\"c d\" '' \"\""), ElementsAre("a bc d", "", ""));
  EXPECT_THAT(Split(R"('a\n\\\'"' "'\n\"")"),
              ElementsAre(R"(a\n\'")", "'\n\""));
}

TEST(SplitEnvStringTest, BackslashesMeanWhatTheManualSays) {
  EXPECT_THAT(Split(R"(\f\n\r\t\v\#\$\"\'\\)"),
              ElementsAre("\f\n\r\t\v#$\"'\\"));
  EXPECT_THAT(Split(R"(a\_b "a\_b" c\cd e)"),
              ElementsAre("a", "b", "a b", "c"));
}

TEST(SplitEnvStringTest, VariablesAreExpandedOutsideOfSingleQuotes) {
  EXPECT_THAT(Split("a${X}b \"${X}\" '${X}'"),
              ElementsAre("avalue of xb", "value of x", "${X}"));
  EXPECT_THAT(Split("${EMPTY} ${NONE} x"), ElementsAre("", "x"));
}

TEST(SplitEnvStringTest, ACommentBeginsWhereAWordWould) {
  EXPECT_THAT(Split("a#b c #d"), ElementsAre("a#b", "c"));
}

TEST(SplitEnvStringTest, WhatEnvRefusesIsRefused) {
  EXPECT_THAT(SplitError("'a"), HasSubstr("quotes"));
  EXPECT_THAT(SplitError("\"a"), HasSubstr("quotes"));
  EXPECT_THAT(SplitError("a\\"), HasSubstr("at its end"));
  EXPECT_THAT(SplitError("a\\q"), HasSubstr("no such escape"));
  EXPECT_THAT(SplitError("\"a\\cb\""), HasSubstr("no such escape"));
  for (const char* text : {"$X", "${", "${}", "${1}", "${X", "${X-1}"}) {
    EXPECT_THAT(SplitError(text), HasSubstr("${NAME}")) << text;
  }
}

std::string Error(std::vector<std::string> words) {
  EnvCommand command;
  return ParseEnvCommand(std::move(words), &Lookup, &command);
}

TEST(ParseEnvCommandTest, OptionsEndAtTheProgram) {
  EnvCommand command;
  EXPECT_EQ(ParseEnvCommand({"-i", "-uA", "--unset=B", "-u", "C", "D=1",
                             "E=", "prog", "-i", "F=2"},
                            &Lookup, &command),
            "");
  EXPECT_EQ(command.start, EnvStart::kCleared);
  EXPECT_THAT(command.unset, ElementsAre("A", "B", "C"));
  EXPECT_THAT(command.set, ElementsAre("D=1", "E="));
  EXPECT_THAT(command.arguments, ElementsAre("prog", "-i", "F=2"));
}

TEST(ParseEnvCommandTest, SplitWordsAreOptionsToo) {
  EnvCommand command;
  EXPECT_EQ(ParseEnvCommand({"-S-i A=${X} prog 'a b'", "script", "-u"}, &Lookup,
                            &command),
            "");
  EXPECT_EQ(command.start, EnvStart::kCleared);
  EXPECT_THAT(command.set, ElementsAre("A=value of x"));
  EXPECT_THAT(command.arguments, ElementsAre("prog", "a b", "script", "-u"));
}

TEST(ParseEnvCommandTest, WithoutASplitOneWordIsOneWord) {
  EnvCommand command;
  EXPECT_EQ(ParseEnvCommand({"prog -u", "script"}, &Lookup, &command), "");
  EXPECT_THAT(command.arguments, ElementsAre("prog -u", "script"));
}

TEST(ParseEnvCommandTest, WhatCannotBeCarriedOutIsNamed) {
  EXPECT_THAT(Error({"-C", "/", "prog"}), HasSubstr("-C"));
  EXPECT_THAT(Error({"--chdir=/", "prog"}), HasSubstr("--chdir"));
  EXPECT_THAT(Error({"-iv", "prog"}), HasSubstr("-v"));
  EXPECT_THAT(Error({"-u"}), HasSubstr("-u lacks its value"));
  EXPECT_THAT(Error({"-u", "A=B", "prog"}), HasSubstr("name"));
  EXPECT_THAT(Error({"-S'x", "prog"}), HasSubstr("-S is to split"));
  EXPECT_THAT(Error({}), HasSubstr("no program"));
  EXPECT_THAT(Error({"A=1"}), HasSubstr("no program"));
}

TEST(IsEnvTest, OnlyTheSystems) {
  EXPECT_TRUE(IsEnv("/usr/bin/env"));
  EXPECT_TRUE(IsEnv("/bin/env"));
  EXPECT_FALSE(IsEnv("env"));
  EXPECT_FALSE(IsEnv("/usr/local/bin/env"));
  EXPECT_FALSE(IsEnv("/usr/bin/environ"));
}

}  // namespace
}  // namespace cellblock
