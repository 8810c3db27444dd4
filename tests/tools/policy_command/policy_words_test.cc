// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "tools/jailrun/policy_command/policy_words.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace cellblock {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

using Words = std::vector<std::string>;

PolicyWords Accepted(const Words& words) {
  const ParsedPolicyWords parsed = ParsePolicyWords(words);
  EXPECT_EQ(parsed.error, "") << testing::PrintToString(words);
  EXPECT_EQ(parsed.output, "") << testing::PrintToString(words);
  return parsed.words;
}

TEST(PolicyWords, Verbs) {
  EXPECT_EQ(Accepted({"show"}).verb, PolicyVerb::kShow);
  EXPECT_EQ(Accepted({"check", "a", "b", "c"}).verb, PolicyVerb::kCheck);
  EXPECT_EQ(Accepted({"diff", "a", "b"}).verb, PolicyVerb::kDiff);
  EXPECT_EQ(Accepted({"explain", "a"}).verb, PolicyVerb::kExplain);
  EXPECT_EQ(Accepted({"export", "a", "--format=bpf"}).verb,
            PolicyVerb::kExport);
  EXPECT_THAT(Accepted({"check", "a", "b", "c"}).arguments,
              ElementsAre("a", "b", "c"));
}

TEST(PolicyWords, FlagsStandAnywhereAndTakeBothSpellings) {
  const PolicyWords words =
      Accepted({"check", "--allow=a", "x", "--allow", "b", "--rw", "/tmp",
                "--json", "--threshold", "4.25", "y"});
  EXPECT_THAT(words.arguments, ElementsAre("x", "y"));
  EXPECT_THAT(words.additions.allowed, ElementsAre("a", "b"));
  EXPECT_TRUE(words.additions.writes);
  EXPECT_EQ(words.form, OutputForm::kJson);
  EXPECT_EQ(words.threshold_tenths, 43);
}

TEST(PolicyWords, Formats) {
  for (const auto& [name, format] :
       std::vector<std::pair<std::string, ExportFormat>>{
           {"oci", ExportFormat::kOci},
           {"systemd", ExportFormat::kSystemd},
           {"bpf", ExportFormat::kBpf},
           {"toml", ExportFormat::kToml}}) {
    EXPECT_EQ(Accepted({"export", "a", "--format=" + name}).format, format);
  }
}

TEST(PolicyWords, Help) {
  for (const Words& words : {Words{"--help"}, Words{"-h"},
                             Words{"show", "--help"}, Words{"diff", "-h"}}) {
    const ParsedPolicyWords parsed = ParsePolicyWords(words);
    EXPECT_EQ(parsed.error, "");
    EXPECT_THAT(parsed.output, HasSubstr("Usage: jailrun policy show"));
  }
}

TEST(PolicyWords, Errors) {
  const struct {
    Words words;
    const char* why;
  } kWrong[] = {
      {{}, "use show, check, diff, explain or export"},
      {{"frob"}, "policy frob: no such command"},
      {{""}, "no such command"},
      {{"show", "a", "b"}, "policy show: one argument too many, 'b'"},
      {{"show", ""}, "an argument is empty"},
      {{"show", "--frob"}, "--frob: no option of policy show"},
      {{"show", "--threshold=1"}, "--threshold: no option of policy show"},
      {{"show", "--bpf", "--json"}, "exclude each other"},
      {{"show", "--json=1"}, "--json: takes no value"},
      {{"show", "--allow"}, "--allow: the value is empty"},
      {{"show", "--allow="}, "--allow: the value is empty"},
      {{"check"}, "policy check: too few arguments"},
      {{"check", "a", "--threshold=11"}, "use a score from 0 to 10"},
      {{"check", "a", "--threshold=x"}, "use a score from 0 to 10"},
      {{"check", "a", "--threshold=nan"}, "use a score from 0 to 10"},
      {{"check", "a", "--threshold=1x"}, "use a score from 0 to 10"},
      {{"diff", "a"}, "policy diff: too few arguments"},
      {{"diff", "a", "b", "c"}, "one argument too many"},
      {{"explain"}, "too few arguments"},
      {{"export", "a"}, "say --format=oci"},
      {{"export", "a", "--format=elf"}, "use oci, systemd, bpf or toml"},
      {{"export", "a", "--json"}, "--json: no option of policy export"}};
  for (const auto& [words, why] : kWrong) {
    const ParsedPolicyWords parsed = ParsePolicyWords(words);
    EXPECT_THAT(parsed.error, HasSubstr(why)) << testing::PrintToString(words);
    EXPECT_THAT(parsed.error, HasSubstr("see jailrun policy --help"));
    EXPECT_THAT(parsed.output, IsEmpty());
  }
}

}  // namespace
}  // namespace cellblock
