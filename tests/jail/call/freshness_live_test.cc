// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// What a call finds of the calls before it: the table of freshness.h, row by
// row and level by level. What is said to stay has to stay, too: otherwise
// nothing shows that these canaries can be found.

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "jail/jail.h"
#include "jail/unique_fd.h"
#include "tests/jail/call/canaries.h"
#include "tests/jail/call/live_calls.h"

namespace cellblock {
namespace {

enum class Found : uint8_t {
  kSame,      // each call finds what the first one did
  kOther,     // each call finds something else
  kOneOfTwo,  // each call finds one of two things, for there are two templates
  kNothingAdded,  // figures that differ by less than what a call adds to them
};
constexpr Found kSame = Found::kSame;
constexpr Found kOther = Found::kOther;
constexpr Found kOneOfTwo = Found::kOneOfTwo;
constexpr Found kNothingAdded = Found::kNothingAdded;

// What the first call leaves is found by those after it, or not.
struct Row {
  const char* place;
  Found by_level[4];  // as kEveryFreshness
  JailOptions options = {};
};

std::vector<Row> Rows() {
  return {
      {"heap", {kOther, kSame, kSame, kSame}},
      {"freed", {kOther, kSame, kSame, kSame}},
      {"figures", {kOther, kSame, kNothingAdded, kNothingAdded}},
      {"data", {kOther, kSame, kSame, kSame}},
      {"bss", {kOther, kSame, kSame, kSame}},
      {"thread-local", {kOther, kSame, kSame, kSame}},
      {"stack", {kOther, kSame, kSame, kSame}},
      {"mask", {kOther, kSame, kSame, kSame}},
      {"sse", {kOther, kSame, kSame, kSame}},
      {"x87", {kOther, kSame, kSame, kSame}},
      {"flags", {kOther, kSame, kSame, kSame}},
      {"input", {kOther, kOther, kSame, kSame}},
      {"output", {kOther, kOther, kSame, kSame}},
      {"action", {kOther, kOther, kSame, kSame}, {.allow = {"@signals"}}},
      {"descriptor", {kOther, kOther, kSame, kSame}, {.preset = "decoder"}},
      {"stack address", {kSame, kSame, kOneOfTwo, kOther}},
      {"heap address", {kSame, kSame, kOneOfTwo, kOther}},
      {"program address", {kSame, kSame, kOneOfTwo, kOther}},
      {"libc address", {kSame, kSame, kOneOfTwo, kOther}},
      {"stack protector", {kSame, kSame, kOneOfTwo, kOther}},
      {"pointer guard", {kSame, kSame, kOneOfTwo, kOther}},
  };
}

// Only the second call of four has an input as long as that.
std::string Input(const char* place, int call) {
  return place + std::string("|") + (call == 1 ? std::string(8000, 'x') : "");
}

// Two starts need not allocate the same: how many runs of pages are present
// depends on where things lie.
void ExpectNothingAdded(const std::string& figures, const std::string& first) {
  std::istringstream all(figures);
  std::istringstream all_first(first);
  for (const uint64_t added : kFiguresAdded) {
    uint64_t figure = 0;
    uint64_t figure_first = 0;
    ASSERT_TRUE(all >> figure && all_first >> figure_first);
    EXPECT_LT(std::max(figure, figure_first) - std::min(figure, figure_first),
              added / 2)
        << figures << " after " << first;
  }
}

TEST(Freshness, IsWhatTheTableSays) {
  for (const Row& row : Rows()) {
    for (size_t level = 0; level < 4; ++level) {
      JailOptions options = row.options;
      options.freshness = kEveryFreshness[level];
      SCOPED_TRACE(std::string(row.place) + ", " + Name(options.freshness));
      const auto jail = MakeJail(options, "canary");
      ASSERT_NE(jail, nullptr);
      std::string found[4];
      for (int i = 0; i < 4; ++i) {
        const auto said = Say(*jail, Input(row.place, i));
        ASSERT_TRUE(said.ok()) << said.status();
        ASSERT_NE(*said, "no such place");
        found[i] = *said;
      }
      if (row.by_level[level] == kOneOfTwo) {
        EXPECT_LE(std::set(found, found + 4).size(), 2u);
        continue;
      }
      // The second call puts something into the input area, and finds itself.
      for (const int call : {2, 3}) {
        if (row.by_level[level] == kNothingAdded) {
          ExpectNothingAdded(found[call], found[0]);
        } else if (row.by_level[level] == kSame) {
          EXPECT_EQ(found[call], found[0]);
        } else {
          EXPECT_NE(found[call], found[0]);
        }
      }
    }
  }
}

// The kernel keeps one offset for all that share an open file.
TEST(Freshness, OffsetsOfGivenDescriptorsGoOnAtEveryLevel) {
  for (const Freshness freshness : kEveryFreshness) {
    const UniqueFd file(memfd_create("given", MFD_CLOEXEC));
    ASSERT_EQ(pwrite(file.get(), "0123", 4, 0), 4);
    const auto jail = MakeJail({.freshness = freshness,
                                .allow = {"read:10"},
                                .descriptors = {file.get()}},
                               "canary");
    ASSERT_NE(jail, nullptr);
    for (const char* expected : {"0", "1", "2"}) {
      EXPECT_EQ(SayText(*jail, "given"), expected) << Name(freshness);
    }
    EXPECT_EQ(lseek(file.get(), 0, SEEK_CUR), 3) << Name(freshness);
  }
}

TEST(Freshness, WhatACallWasPassedIsGoneForTheNextOne) {
  for (const Freshness freshness : kEveryFreshness) {
    const UniqueFd file(memfd_create("passed", MFD_CLOEXEC));
    ASSERT_EQ(pwrite(file.get(), "0123", 4, 0), 4);
    const auto jail =
        MakeJail({.freshness = freshness, .allow = {"read:9"}}, "canary");
    ASSERT_NE(jail, nullptr);
    const CallOptions passes = {.descriptor = file.get()};
    EXPECT_EQ(SayText(*jail, "passed", passes), "0") << Name(freshness);
    EXPECT_EQ(SayText(*jail, "passed", passes), "1") << Name(freshness);
    // An empty one takes its place, or none.
    const bool stays =
        freshness == Freshness::kReuse || freshness == Freshness::kHeapReset;
    EXPECT_EQ(SayText(*jail, "left"), stays ? "nothing" : "Bad file descriptor")
        << Name(freshness);
    EXPECT_EQ(SayText(*jail, "passed", passes), "2") << Name(freshness);
  }
}

TEST(Freshness, MessagesAreThoseOfTheCallThatFailed) {
  for (const Freshness freshness : kEveryFreshness) {
    const auto jail = MakeJail({.freshness = freshness}, "complain");
    ASSERT_NE(jail, nullptr);
    EXPECT_TRUE(Say(*jail, "of the first, ").ok());
    const bool stay = freshness == Freshness::kReuse;
    EXPECT_EQ(FailureIn(*jail, "of the second!").messages,
              stay ? "of the first, of the second!" : "of the second!")
        << Name(freshness);
    // What is written when a pipe is full is lost: at kReuse that of the last.
    if (stay) continue;
    EXPECT_TRUE(Say(*jail, std::string(200'000, 'x')).ok());
    EXPECT_EQ(FailureIn(*jail, "of the last!").messages, "of the last!")
        << Name(freshness);
  }
}

// An error, or an exception, is no way around it.
TEST(Freshness, HoldsAfterACallThatWasRefused) {
  const auto jail =
      MakeJail({.freshness = Freshness::kHeapReset}, "canary or error");
  ASSERT_NE(jail, nullptr);
  for (const char* how : {"refuse", "throw"}) {
    for (int i = 0; i < 3; ++i) {
      EXPECT_EQ(FailureIn(*jail, how).end, CallEnd::kRefused);
      EXPECT_EQ(SayText(*jail, "data"), "1");
    }
  }
}

}  // namespace
}  // namespace cellblock

int main(int argc, char** argv) {
  cellblock::jail::Init(argc, argv, cellblock::CanaryDecoders());
  ::testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
