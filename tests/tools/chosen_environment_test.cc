// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "tools/jailrun/chosen_environment.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace cellblock {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::IsNull;
using ::testing::StrEq;

using Words = std::vector<std::string>;

// What is chosen of `current`, and the variable LD_LIBRARY_PATH in it.
struct Chosen {
  Chosen(Words current, Environment environment, Words variables)
      : entries(std::move(current)) {
    for (std::string& entry : entries) pointers.push_back(entry.data());
    pointers.push_back(nullptr);
    options.environment = environment;
    options.variables = std::move(variables);
  }

  Words Get() const {
    const ChosenEnvironment chosen(pointers.data(), options);
    Words words;
    for (char* const* entry = chosen.get(); *entry != nullptr; ++entry) {
      words.emplace_back(*entry);
    }
    EXPECT_EQ(chosen.size(), words.size());
    return words;
  }

  Words entries;
  std::vector<char*> pointers;
  Options options;
};

Words Kept(Words current, Words variables) {
  return Chosen(std::move(current), Environment::kInherited,
                std::move(variables))
      .Get();
}

Words Cleared(Words current, Words variables) {
  return Chosen(std::move(current), Environment::kCleared, std::move(variables))
      .Get();
}

TEST(ChosenEnvironmentTest, NothingIsChangedUnlessAsked) {
  EXPECT_THAT(Kept({}, {}), IsEmpty());
  EXPECT_THAT(Kept({"B=2", "A=1", "A=3", "odd", "", "=x"}, {}),
              ElementsAre("B=2", "A=1", "A=3", "odd", "", "=x"));
}

TEST(ChosenEnvironmentTest, OptionsOfJailrunAreNotTheProgramsUnlessNamed) {
  EXPECT_THAT(Kept({"JAILRUN_POOL=1G", "JAILRUN=x", "A=1"}, {}),
              ElementsAre("JAILRUN=x", "A=1"));
  EXPECT_THAT(Kept({"JAILRUN_POOL=1G"}, {"JAILRUN_X=1", "JAILRUN_POOL"}),
              ElementsAre("JAILRUN_X=1", "JAILRUN_POOL=1G"));
}

TEST(ChosenEnvironmentTest, ChangesAreThoseOfEnv) {
  const Chosen chosen({"A=1", "B=2", "A=3"}, Environment::kInherited, {});
  ChosenEnvironment environment(chosen.pointers.data(), chosen.options);
  EXPECT_STREQ(environment.First("A"), "1");
  EXPECT_STREQ(environment.Last("A"), "3");
  environment.Set("A=4");
  environment.Set("C=");
  environment.Remove("B");
  EXPECT_EQ(environment.size(), 2u);
  EXPECT_STREQ(environment.get()[0], "A=4");
  EXPECT_STREQ(environment.get()[1], "C=");
  EXPECT_EQ(environment.get()[2], nullptr);
  EXPECT_EQ(environment.First("B"), nullptr);
  environment.Clear();
  EXPECT_EQ(environment.size(), 0u);
  environment.Set("D=5");
  EXPECT_STREQ(environment.First("D"), "5");
}

TEST(ChosenEnvironmentTest, ClearedIsEmpty) {
  EXPECT_THAT(Cleared({"SECRET=1", "odd", "", "=x"}, {}), IsEmpty());
}

TEST(ChosenEnvironmentTest, ASetVariableTakesThePlaceOfAllOfItsName) {
  EXPECT_THAT(Kept({"A=1", "B=2", "A=3"}, {"A=4"}), ElementsAre("B=2", "A=4"));
  EXPECT_THAT(Kept({"B=2"}, {"A="}), ElementsAre("B=2", "A="));
  EXPECT_THAT(Kept({"AA=1", "A"}, {"A=x=y"}),
              ElementsAre("AA=1", "A", "A=x=y"));
  EXPECT_THAT(Cleared({"A=1", "B=2"}, {"C=3", "A=4"}),
              ElementsAre("C=3", "A=4"));
}

TEST(ChosenEnvironmentTest, AKeptVariableIsAsItIs) {
  EXPECT_THAT(Cleared({"A=1", "B=2", "A=3", "AA=4", "A"}, {"A"}),
              ElementsAre("A=1", "A=3"));
  EXPECT_THAT(Cleared({"B=2"}, {"A", "B"}), ElementsAre("B=2"));
  EXPECT_THAT(Kept({"A=1", "B=2"}, {"A"}), ElementsAre("B=2", "A=1"));
}

TEST(ChosenEnvironmentTest, TheLastWordOfANameCounts) {
  EXPECT_THAT(Cleared({"A=1"}, {"A=2", "A=3"}), ElementsAre("A=3"));
  EXPECT_THAT(Cleared({"A=1"}, {"A=2", "A"}), ElementsAre("A=1"));
  EXPECT_THAT(Cleared({"A=1"}, {"A", "A=2"}), ElementsAre("A=2"));
  EXPECT_THAT(Cleared({"A=1"}, {"A", "A"}), ElementsAre("A=1"));
}

TEST(ChosenEnvironmentTest, LastIsTheOneThatTheLoaderTakes) {
  const Chosen twice({"L=1", "L=2", "LL=3"}, Environment::kInherited, {});
  const ChosenEnvironment inherited(twice.pointers.data(), twice.options);
  EXPECT_THAT(inherited.Last("L"), StrEq("2"));
  EXPECT_THAT(inherited.Last("LLL"), IsNull());
  EXPECT_THAT(inherited.Last(""), IsNull());
  const Chosen set({"L=1"}, Environment::kCleared, {"L=9"});
  EXPECT_THAT(ChosenEnvironment(set.pointers.data(), set.options).Last("L"),
              StrEq("9"));
  const Chosen none({"L=1"}, Environment::kCleared, {});
  EXPECT_THAT(ChosenEnvironment(none.pointers.data(), none.options).Last("L"),
              IsNull());
}

TEST(ChosenEnvironmentTest, NamesThatAreNone) {
  for (const char* word : {"", "=", "=x", "==", "A B", "A B=1", "A\n=1", "\t=1",
                           " A=1", "A =1", "\x7f=1"}) {
    EXPECT_THAT(CheckVariable(word), HasSubstr("name")) << word;
  }
  for (const char* word : {"CELLBLOCK_CONTROL", "CELLBLOCK_CONTROL=1"}) {
    EXPECT_THAT(CheckVariable(word), HasSubstr("jailrun's own")) << word;
  }
  for (const char* word :
       {"A", "A=", "A= b\n", "a1", "BASH_FUNC_x%%=() { :; }", "\xc3\xbc=1",
        "1=2", "CELLBLOCK_POOL=1", "LD_PRELOAD=x"}) {
    EXPECT_THAT(CheckVariable(word), IsEmpty()) << word;
  }
}

}  // namespace
}  // namespace cellblock
