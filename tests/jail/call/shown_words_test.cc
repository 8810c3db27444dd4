// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "jail/call/shown_words.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace cellblock {
namespace {

TEST(ShownWordsTest, PrintableWordsStayAndOthersAreEscaped) {
  EXPECT_EQ(ShownWords("", 9, Shown::kBeginning), "\"\"");
  EXPECT_EQ(ShownWords("a b~", 9, Shown::kBeginning), "\"a b~\"");
  EXPECT_EQ(ShownWords("\"\\", 9, Shown::kBeginning), "\"\\\"\\\\\"");
  EXPECT_EQ(ShownWords(std::string_view("\0\x1b\x7f\x80\xff\n", 6), 9,
                       Shown::kBeginning),
            "\"\\x00\\x1b\\x7f\\x80\\xff\\x0a\"");
}

TEST(ShownWordsTest, TheRestIsCounted) {
  EXPECT_EQ(ShownWords("abcdef", 6, Shown::kBeginning), "\"abcdef\"");
  EXPECT_EQ(ShownWords("abcdef", 4, Shown::kBeginning),
            "\"abcd\"[2 bytes more]");
  EXPECT_EQ(ShownWords("abcdef", 4, Shown::kEnd), "[2 bytes more]\"cdef\"");
  EXPECT_EQ(ShownWords("abcdef", 0, Shown::kEnd), "[6 bytes more]\"\"");
}

}  // namespace
}  // namespace cellblock
