// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "tools/jailrun/batch/journal.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "tools/jailrun/batch/input_list.h"
#include "tools/jailrun/divided_list.h"

namespace cellblock {
namespace {

const BatchIdentity kBatch = {.command = "djpeg {}"};

class JournalTest : public testing::Test {
 protected:
  JournalTest() : path_(testing::TempDir() + "journalXXXXXX") {
    close(mkstemp(path_.data()));
    unlink(path_.c_str());
  }
  ~JournalTest() override { unlink(path_.c_str()); }

  std::string Text() const {
    std::ifstream file(path_, std::ios::binary);
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
  }

  void SetText(const std::string& text) const {
    std::ofstream(path_, std::ios::binary | std::ios::trunc) << text;
  }

  std::string path_;
};

FinalVerdict Clean(const std::string& input) {
  return {.input = input,
          .outcome = {.verdict_class = VerdictClass::kClean,
                      .permanent = true,
                      .program_exit_code = 0}};
}

FinalVerdict Violation(const std::string& input) {
  return {.input = input,
          .runs = 2,
          .outcome = {.verdict_class = VerdictClass::kViolation,
                      .permanent = true,
                      .exit_code = 159,
                      .signal = 9,
                      .reason = "socket(2, 1, 0)"},
          .last_words = "bad \xff\n"};
}

TEST_F(JournalTest, WhatWasAddedIsKnownAgain) {
  {
    Journal journal;
    ASSERT_EQ(journal.Open(path_, kBatch), "");
    ASSERT_EQ(journal.Add(Clean("a")), "");
    ASSERT_EQ(journal.Add(Violation("b\n\"\x01")), "");
    ASSERT_EQ(journal.Add(Clean("not utf-8: \xff\xfe")), "");
    EXPECT_EQ(journal.known().size(), 3u);
  }
  Journal journal;
  ASSERT_EQ(journal.Open(path_, kBatch), "");
  EXPECT_EQ(journal.cut_off_bytes(), 0u);
  ASSERT_EQ(journal.known().size(), 3u);
  EXPECT_EQ(journal.known().at("a").verdict_class, VerdictClass::kClean);
  EXPECT_EQ(journal.known().at("b\n\"\x01").verdict_class,
            VerdictClass::kViolation);
  EXPECT_TRUE(journal.known().contains("not utf-8: \xff\xfe"));
}

TEST_F(JournalTest, ALineSaysHowTheInputEnded) {
  const std::string line =
      R"({"input":"?","input_hex":"ff","class":"violation","permanent":true,)"
      R"("exit_code":159,"program_exit_code":null,"signal":9,)"
      R"x("reason":"socket(2, 1, 0)","runs":2,"start":"exec",)x"
      R"("pool_bytes":0,"pool_peak_bytes":0,"suggested_pool_bytes":null,)"
      R"("wall_us":0,"cpu_us":0,"output":null,"last_words":"bad ?\n"})";
  // What is not UTF-8 stands as the character for that.
  std::string shown;
  for (const char c : line)
    shown += c == '?' ? "\xEF\xBF\xBD" : std::string(1, c);
  EXPECT_EQ(VerdictLine(Violation("\xff")), shown + "\n");
}

// Its writer was killed: wherever the file ends, what was whole is known, the
// rest is gone, and what is added next is whole too.
TEST_F(JournalTest, WhereverItWasCutOffItGoesOn) {
  {
    Journal journal;
    ASSERT_EQ(journal.Open(path_, kBatch), "");
    for (const char* input : {"a", "b", "c"}) {
      ASSERT_EQ(journal.Add(Clean(input)), "");
    }
  }
  const std::string whole = Text();
  const size_t header = whole.find('\n') + 1;
  for (size_t length = 0; length <= whole.size(); ++length) {
    SCOPED_TRACE(length);
    const std::string text = whole.substr(0, length);
    SetText(text);
    size_t lines = 0;
    for (const char c : text) lines += c == '\n';
    {
      Journal journal;
      ASSERT_EQ(journal.Open(path_, kBatch), "");
      EXPECT_EQ(journal.known().size(), lines == 0 ? 0 : lines - 1);
      EXPECT_EQ(journal.cut_off_bytes(), length - (text.rfind('\n') + 1));
      ASSERT_EQ(journal.Add(Violation("d")), "");
    }
    const std::string rest = lines == 0 ? whole.substr(0, header)
                                        : text.substr(0, text.rfind('\n') + 1);
    EXPECT_EQ(Text(), rest + VerdictLine(Violation("d")));
  }
}

TEST_F(JournalTest, AnotherBatchIsRefused) {
  {
    Journal journal;
    ASSERT_EQ(journal.Open(path_, kBatch), "");
  }
  const std::string before = Text();
  Journal journal;
  EXPECT_EQ(journal.Open(path_, {.command = "xz {}"}),
            "it is of another batch: djpeg {}");
  EXPECT_EQ(Text(), before);
}

TEST_F(JournalTest, OneBatchHasItAtATime) {
  Journal first;
  ASSERT_EQ(first.Open(path_, kBatch), "");
  Journal second;
  EXPECT_EQ(second.Open(path_, kBatch), "another batch is writing it");
}

TEST_F(JournalTest, AFileOfAnotherKindStaysAsItIs) {
  for (const std::string text :
       {"a letter to somebody", "a letter\nto somebody\n", "{}\n", "{\"in",
        "{\"jailrun_batch\":2,\"batch\":\"djpeg {}\"}\n", "\n\n"}) {
    SetText(text);
    Journal journal;
    EXPECT_EQ(journal.Open(path_, kBatch), "it is no journal of jailrun batch")
        << text;
    EXPECT_EQ(Text(), text);
  }
}

TEST_F(JournalTest, WhatIsNoFileIsRefused) {
  Journal journal;
  EXPECT_EQ(journal.Open("/dev/null", kBatch),
            "it is no regular file; without --journal, lines go to standard "
            "output");
  ASSERT_EQ(mkfifo(path_.c_str(), 0600), 0);
  EXPECT_NE(journal.Open(path_, kBatch), "");
}

TEST_F(JournalTest, ACommandThatIsNotUtf8GoesOn) {
  const BatchIdentity batch = {.command = "cat \xff {}"};
  {
    Journal journal;
    ASSERT_EQ(journal.Open(path_, batch), "");
    ASSERT_EQ(journal.Add(Clean("a")), "");
  }
  Journal journal;
  EXPECT_EQ(journal.Open(path_, batch), "");
  EXPECT_EQ(journal.known().size(), 1u);
}

TEST_F(JournalTest, WhatElseDiffersIsNamed) {
  const BatchIdentity batch = {.command = "cat {}",
                               .output = "{}.out",
                               .directory = "/a",
                               .started_in = "/b"};
  {
    Journal journal;
    ASSERT_EQ(journal.Open(path_, batch), "");
  }
  const auto opened = [&](auto change) {
    BatchIdentity other = batch;
    change(&other);
    return Journal().Open(path_, other);
  };
  EXPECT_EQ(opened([](BatchIdentity*) {}), "");
  EXPECT_THAT(
      opened([](BatchIdentity* other) { other->output = ""; }),
      testing::HasSubstr("another --output, '{}.out'; here it is none"));
  EXPECT_THAT(opened([](BatchIdentity* other) { other->directory = "/c"; }),
              testing::HasSubstr("directory of the inputs, '/a'; here"));
  EXPECT_THAT(opened([](BatchIdentity* other) { other->started_in = "/a"; }),
              testing::HasSubstr("that --output is meant from, '/b'; here"));
  EXPECT_THAT(opened([](BatchIdentity* other) { other->command = "\xfe"; }),
              testing::HasSubstr("it is of another batch: cat {}"));
}

TEST_F(JournalTest, TheExactBytesOfACommandAreItsOwn) {
  {
    Journal journal;
    ASSERT_EQ(journal.Open(path_, {.command = "cat \xff"}), "");
  }
  EXPECT_NE(Journal().Open(path_, {.command = "cat \xfe"}), "");
  EXPECT_EQ(Journal().Open(path_, {.command = "cat \xff"}), "");
}

TEST_F(JournalTest, LastWordsHaveABoundAsUtf8) {
  FinalVerdict verdict = Violation("a");
  verdict.last_words = std::string(kMostLastWords, '\xff');
  const std::string line = VerdictLine(verdict);
  EXPECT_LT(line.size(), kMostLastWords + 500);
  EXPECT_GT(line.size(), kMostLastWords);
}

TEST_F(JournalTest, ALineThatIsNoVerdictIsNamed) {
  {
    Journal journal;
    ASSERT_EQ(journal.Open(path_, kBatch), "");
    ASSERT_EQ(journal.Add(Clean("a")), "");
  }
  const std::string before = Text();
  for (const char* line : {"{}", "x", "{\"input\":\"b\",\"class\":\"good\"}"}) {
    SetText(before + line + "\n");
    Journal journal;
    EXPECT_EQ(journal.Open(path_, kBatch),
              "line 3 is no verdict of jailrun batch");
  }
}

TEST_F(JournalTest, WhereThereIsNoRoomNothingIsAdded) {
  Journal journal;
  ASSERT_EQ(journal.Open(path_, kBatch), "");
  ASSERT_EQ(journal.Add(Clean("a")), "");
  const std::string before = Text();
  rlimit usual;
  getrlimit(RLIMIT_FSIZE, &usual);
  signal(SIGXFSZ, SIG_IGN);
  // Room for a part of the next line.
  const rlimit little = {before.size() + 20, usual.rlim_max};
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &little), 0);
  const std::string error = journal.Add(Clean("b"));
  setrlimit(RLIMIT_FSIZE, &usual);
  EXPECT_EQ(error, "File too large");
  EXPECT_EQ(Text(), before);
  EXPECT_FALSE(journal.known().contains("b"));
  EXPECT_EQ(journal.Add(Clean("b")), "");
  EXPECT_EQ(Text(), before + VerdictLine(Clean("b")));
}

TEST(OutcomeTest, EachClassIsFoundByItsName) {
  for (const VerdictClass verdict_class : kAllVerdictClasses) {
    EXPECT_EQ(FindVerdictClass(Name(verdict_class)), verdict_class);
  }
  EXPECT_FALSE(FindVerdictClass("good"));
}

TEST(InputListTest, EmptyPiecesAreNone) {
  using List = std::vector<std::string>;
  EXPECT_EQ(DivideList("a\n\nb c\n", '\n'), List({"a", "b c"}));
  EXPECT_EQ(DivideList("a\nb", '\n'), List({"a", "b"}));
  EXPECT_EQ(DivideList("", '\n'), List());
  EXPECT_EQ(DivideList(std::string_view("a\nb\0c", 5), '\0'),
            List({"a\nb", "c"}));
}

TEST(InputListTest, WhatIsNamedAgainRunsOnce) {
  const InputList list = WithoutRepeats({"b", "a", "b", "c", "a"});
  EXPECT_EQ(list.inputs, std::vector<std::string>({"b", "a", "c"}));
  EXPECT_EQ(list.repeated, 2u);
}

}  // namespace
}  // namespace cellblock
