// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "tools/jailrun/batch/batch_options.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace cellblock {
namespace {

ParsedBatch Parse(std::vector<std::string> words) {
  words.insert(words.begin(), {"jailrun", "batch"});
  std::vector<char*> pointers;
  for (std::string& word : words) pointers.push_back(word.data());
  pointers.push_back(nullptr);
  return ParseBatch(static_cast<int>(words.size()), pointers.data());
}

TEST(BatchOptionsTest, OptionsOfTheBatchAndOfItsRunsStandTogether) {
  const ParsedBatch parsed =
      Parse({"--pool", "64M", "--jobs=3", "--timeout=2s", "--journal", "j",
             "--larger-pool=128M", "--null", "--retries=0", "--output={.}.ppm",
             "--quarantine=q", "--exit-map=engine", "--progress=never",
             "--start=exec", "djpeg {}", "a", "--jobs=4"});
  ASSERT_EQ(parsed.error, "");
  const BatchOptions& options = parsed.options;
  EXPECT_EQ(options.jail.pool_bytes, uint64_t{64} << 20);
  EXPECT_EQ(options.jail.timeout, std::chrono::seconds(2));
  EXPECT_EQ(options.jobs, 3u);
  EXPECT_EQ(options.retries, 0u);
  EXPECT_EQ(options.journal, "j");
  EXPECT_EQ(options.output, "{.}.ppm");
  EXPECT_EQ(options.quarantine, "q");
  EXPECT_EQ(options.larger_pool_bytes, uint64_t{128} << 20);
  EXPECT_EQ(options.separator, '\0');
  EXPECT_EQ(options.jail.exit_map, ExitMap::kEngine);
  EXPECT_EQ(options.progress, ShowProgress::kNever);
  EXPECT_EQ(options.start, StartedBy::kExec);
  EXPECT_EQ(options.command_text, "djpeg {}");
  EXPECT_EQ(options.inputs, std::vector<std::string>({"a", "--jobs=4"}));
  EXPECT_EQ(options.command.For("a"), std::vector<std::string>({"djpeg", "a"}));
}

TEST(BatchOptionsTest, OptionsEndAtTwoDashes) {
  const ParsedBatch parsed = Parse({"--jobs=2", "--", "p {}", "-a"});
  ASSERT_EQ(parsed.error, "");
  EXPECT_EQ(parsed.options.command_text, "p {}");
  EXPECT_EQ(parsed.options.inputs, std::vector<std::string>({"-a"}));
}

TEST(BatchOptionsTest, WhatIsWrongIsNamed) {
  const struct {
    std::vector<std::string> words;
    const char* error;
  } kCases[] = {
      {{"--jobs=0", "p"}, "--jobs=0: use a number from 1 to 1024"},
      {{"--jobs=2x", "p"}, "--jobs=2x: use a number from 1 to 1024"},
      {{"--jobs=", "p"}, "--jobs: the value is empty"},
      {{"--jobs"}, "--jobs: the value is empty"},
      {{"--null=1", "p"}, "--null: it takes no value"},
      {{"--retries=11", "p"}, "--retries=11: use a number from 0 to 10"},
      {{"--larger-pool=1Q", "p"},
       "--larger-pool=1Q: 'Q' is not a size suffix; use K, M, G or T (for "
       "example --larger-pool=1G)"},
      {{"--larger-pool=256M", "p"},
       "--larger-pool=256M: it has to be larger than --pool, 256M"},
      {{"--larger-pool=65G", "p"},
       "--larger-pool=65G: too large; the most is 64G"},
      {{"--progress=no", "p"}, "--progress=no: use auto, always or never"},
      {{"--start=fork", "p"}, "--start=fork: use template or exec"},
      {{"--exit-map=mine", "p"}, "--exit-map=mine: use shell or engine"},
      {{"--json-fd=1", "p"},
       "--json-fd: a batch has a journal instead; see --journal"},
      {{"--dry-run", "p"},
       "--dry-run: try it with jailrun itself, on one input"},
      {{"--unjailed", "p"},
       "--unjailed: a batch is jailed; try it with jailrun itself, on one "
       "input"},
      {{"--on-violation=log", "p"},
       "--on-violation=log: a batch is jailed; try it with jailrun itself, on "
       "one input"},
      {{"--auto-load", "p"},
       "--auto-load: try it with jailrun itself, on one input, and give the "
       "--load that it names"},
      {{"--output=x.ppm", "p"},
       "--output=x.ppm: all inputs would go to one file; put {}, {.}, {/} or "
       "{/.} in it"},
      {{"p 'a"},
       "the command 'p \\x27a': a quote has no end (for example 'djpeg {}')"},
      {{"--nosuch", "p"}, "--nosuch: no such option; see jailrun batch --help"},
      {{"--pool=1K", "p"},
       "--pool=1K: too small to run any program in; the least is 64K"},
      {{}, "no program given; see jailrun batch --help"},
  };
  for (const auto& one : kCases) {
    EXPECT_EQ(Parse(one.words).error, one.error);
  }
}

TEST(BatchOptionsTest, HelpNamesEachOption) {
  EXPECT_EQ(Parse({"-h"}).output, Parse({"--help"}).output);
  const std::string help = Parse({"--help"}).output;
  for (const char* name :
       {"--jobs=N", "--journal=FILE", "--output=FILE", "--retries=N",
        "--larger-pool=SIZE", "--quarantine=FILE", "--progress=WHEN", "--null",
        "--start=HOW", "--help"}) {
    EXPECT_NE(help.find(name), std::string::npos) << name;
  }
}

}  // namespace
}  // namespace cellblock
