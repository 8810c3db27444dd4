// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "tools/jailrun/layer_options.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace cellblock {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;

ParsedOptions Parse(std::vector<std::string> words) {
  words.insert(words.begin(), "jailrun");
  words.emplace_back("prog");
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  return ParseOptions(static_cast<int>(words.size()), argv.data());
}

Options Accepted(const std::vector<std::string>& words) {
  const ParsedOptions parsed = Parse(words);
  EXPECT_THAT(parsed.error, IsEmpty());
  EXPECT_THAT(parsed.options.command, ElementsAre("prog"));
  return parsed.options;
}

std::string Error(const std::vector<std::string>& words) {
  return Parse(words).error;
}

TEST(LayerOptionsTest, NothingIsAskedForByDefault) {
  const Options options = Accepted({});
  EXPECT_FALSE(options.cpu_time);
  EXPECT_FALSE(options.file_bytes);
  EXPECT_FALSE(options.stack_bytes);
  EXPECT_EQ(options.speculation, Speculation::kRestricted);
  EXPECT_EQ(options.environment, Environment::kInherited);
  EXPECT_THAT(options.variables, IsEmpty());
}

TEST(LayerOptionsTest, CpuTimeIsRoundedUpToSeconds) {
  const std::pair<const char*, int> times[] = {
      {"1", 1},    {"1ms", 1},   {"0.001", 1},          {"1001ms", 2},
      {"2m", 120}, {"1h", 3600}, {"8760h", 8760 * 3600}};
  for (const auto& [word, seconds] : times) {
    EXPECT_EQ(Accepted({std::string("--cpu=") + word}).cpu_time->count(),
              seconds)
        << word;
  }
  for (const char* word :
       {"0", "-1", "x", "1d", "9000h", "inf", "nan", "1 s"}) {
    EXPECT_THAT(Error({"--cpu", word}),
                AllOf(StartsWith("--cpu="), HasSubstr("--cpu=10s")))
        << word;
  }
}

TEST(LayerOptionsTest, ThreadsAreANumberOfStacksOfASize) {
  EXPECT_FALSE(Accepted({}).threads);
  EXPECT_EQ(Accepted({}).thread_stack_bytes, 2u << 20);
  EXPECT_EQ(*Accepted({"--threads=0"}).threads, 0u);
  EXPECT_EQ(*Accepted({"--threads", "4096"}).threads, 4096u);
  EXPECT_EQ(Accepted({"--thread-stack=128K"}).thread_stack_bytes, 128u << 10);
  EXPECT_EQ(Accepted({"--thread-stack=1G"}).thread_stack_bytes, 1u << 30);
  for (const char* word :
       {"4097", "-1", "x", "1x", "0x10", "1.5", " 1", "99999999999999999999"}) {
    EXPECT_THAT(Error({"--threads", word}),
                AllOf(StartsWith(std::string("--threads=") + word + ": "),
                      HasSubstr("from 0 to 4096")));
  }
  EXPECT_THAT(Error({"--thread-stack=127K"}), HasSubstr("the least is 128K"));
  EXPECT_THAT(Error({"--thread-stack=1025M"}), HasSubstr("the most is 1G"));
  EXPECT_THAT(Error({"--thread-stack=x"}), StartsWith("--thread-stack=x: "));
  EXPECT_THAT(Accepted({"--threads=64", "--thread-stack=1G"}).threads, 64u);
  EXPECT_THAT(Error({"--threads=65", "--thread-stack=1G"}),
              HasSubstr("64G together"));
}

TEST(LayerOptionsTest, SizesHaveTheirBounds) {
  EXPECT_EQ(*Accepted({"--fsize=0"}).file_bytes, 0u);
  EXPECT_EQ(*Accepted({"--fsize=3M"}).file_bytes, 3u << 20);
  EXPECT_EQ(Accepted({}).reserve_bytes, 0u);
  EXPECT_EQ(Accepted({"--reserve=1G"}).reserve_bytes, 1u << 30);
  EXPECT_THAT(Error({"--reserve=63K"}), HasSubstr("the least is 64K"));
  EXPECT_THAT(Error({"--reserve=65G"}), HasSubstr("the most is 64G"));
  EXPECT_EQ(*Accepted({"--stack=128K"}).stack_bytes, 128u << 10);
  EXPECT_EQ(*Accepted({"--stack=64G"}).stack_bytes, uint64_t{64} << 30);
  EXPECT_THAT(Error({"--fsize=5000000T"}), StartsWith("--fsize="));
  EXPECT_THAT(Error({"--stack=127K"}), HasSubstr("the least is 128K"));
  EXPECT_THAT(Error({"--stack=65G"}), HasSubstr("the most is 64G"));
  EXPECT_FALSE(Accepted({}).output_bytes);
  EXPECT_EQ(*Accepted({"--output-limit=0"}).output_bytes, 0u);
  EXPECT_EQ(*Accepted({"--output-limit=3M"}).output_bytes, 3u << 20);
  for (const char* option :
       {"--fsize", "--stack", "--reserve", "--output-limit"}) {
    EXPECT_THAT(Error({option, "x"}),
                AllOf(StartsWith(option), HasSubstr("for example")));
  }
}

TEST(LayerOptionsTest, SpeculationIsOneOfTwoWords) {
  EXPECT_EQ(Accepted({"--speculation=allow"}).speculation,
            Speculation::kAllowed);
  EXPECT_EQ(Accepted({"--speculation=restrict"}).speculation,
            Speculation::kRestricted);
  EXPECT_THAT(Error({"--speculation=Allow"}), HasSubstr("restrict or allow"));
}

TEST(LayerOptionsTest, VariablesAreTakenAsTheyAre) {
  const Options options = Accepted(
      {"--clearenv", "--env=A=1", "--env", "B", "--env=C=", "--env=D=x=y z\n",
       "--env=E=[1,2]", "--env=F=\"q\" 'r'", "--env=G=a,b", "--env=A=2"});
  EXPECT_EQ(options.environment, Environment::kCleared);
  EXPECT_THAT(options.variables,
              ElementsAre("A=1", "B", "C=", "D=x=y z\n", "E=[1,2]",
                          "F=\"q\" 'r'", "G=a,b", "A=2"));
}

TEST(LayerOptionsTest, VariablesNeedAName) {
  for (const char* word : {"=x", "A B=1", "CELLBLOCK_CONTROL=1,2"}) {
    EXPECT_THAT(Error({"--env", word}), StartsWith("--env=")) << word;
  }
  EXPECT_THAT(Error({"--env="}), HasSubstr("the value is empty"));
  EXPECT_THAT(Error({"--env", ""}), HasSubstr("the value is empty"));
}

}  // namespace
}  // namespace cellblock
