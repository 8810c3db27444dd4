// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "tools/jailrun/writable_code.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "jail/unique_fd.h"

namespace cellblock {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;

WritableCode In(const std::string& text) {
  return FindWritableCode(MemoryMap::Parse(text));
}

std::string Line(const char* rights, const char* name) {
  return std::string("7f0000001000-7f0000002000 ") + rights +
         " 00000000 00:00 0    " + name + "\n";
}

TEST(WritableCodeTest, OnlyBothRightsOrSharedCode) {
  for (const char* rights : {"---p", "r--p", "rw-p", "r-xp", "--xp", "-w-p",
                             "r--s", "rw-s", "---s"}) {
    EXPECT_THAT(In(Line(rights, "/a")).reason, IsEmpty()) << rights;
  }
  for (const char* rights : {"rwxp", "-wxp", "rwxs", "-wxs"}) {
    EXPECT_THAT(In(Line(rights, "/a")).reason,
                HasSubstr("writable and executable"))
        << rights;
  }
  for (const char* rights : {"r-xs", "--xs"}) {
    EXPECT_THAT(In(Line(rights, "/a")).reason,
                HasSubstr("executable and shared"))
        << rights;
  }
}

TEST(WritableCodeTest, NamesTheFirstOrTheStack) {
  const std::string two = Line("rwxp", "/first") + Line("rwxp", "/second");
  EXPECT_THAT(In(two).reason, StartsWith("/first at 0x7f0000001000 is "));
  EXPECT_THAT(In(two + Line("rwxp", "[stack]")).reason, StartsWith("[stack] "));
  EXPECT_THAT(In(two + Line("rw-p", "[stack]")).reason, StartsWith("/first "));
  EXPECT_THAT(In(Line("rwxp", "")).reason, StartsWith("memory at "));
}

TEST(WritableCodeTest, SaysWhatToDo) {
  EXPECT_THAT(In(Line("rwxp", "[stack]")).advice, HasSubstr("execstack"));
  EXPECT_THAT(In(Line("rwxp", "/a")).advice,
              AllOf(HasSubstr("cannot be confined"), Not(HasSubstr("stack"))));
  EXPECT_THAT(In(Line("r-xp", "/a")).advice, IsEmpty());
}

// A name is anybody's.
TEST(WritableCodeTest, NamesAreOneBoundedLine) {
  const std::string name = "/a\x1b[31m" + std::string(5000, 'x');
  const std::string reason = In(Line("rwxp", name.c_str())).reason;
  EXPECT_LT(reason.size(), 300u);
  EXPECT_THAT(reason, AllOf(Not(HasSubstr("\x1b")), HasSubstr("\\x1b")));
}

TEST(WritableCodeTest, WhatCannotBeReadIsRefused) {
  EXPECT_THAT(FindWritableCode(-1).reason, HasSubstr("cannot be read"));
  const UniqueFd empty(open("/dev/null", O_RDONLY | O_CLOEXEC));
  EXPECT_THAT(FindWritableCode(empty.get()).reason,
              HasSubstr("cannot be read"));
}

}  // namespace
}  // namespace cellblock
