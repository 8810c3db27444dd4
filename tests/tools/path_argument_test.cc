// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "tools/jailrun/path_argument.h"

#include <gtest/gtest.h>
#include <limits.h>
#include <sys/syscall.h>

#include <cstdint>
#include <string>

#include "tests/tools/fake_memory.h"

namespace cellblock {
namespace {

constexpr uint64_t kOne = 0x1000;
constexpr uint64_t kOther = 0x20000;

std::string Of(uint32_t syscall, const uint64_t (&args)[6],
               const FakeMemory& memory) {
  return PathArgument(syscall, args, memory);
}

FakeMemory Memory() {
  FakeMemory memory;
  memory.Put(kOne, std::string("/tmp/one\0rest", 13));
  memory.Put(kOther, std::string("other\0", 6));
  return memory;
}

TEST(PathArgumentTest, ItIsWhereTheCallHasIt) {
  const FakeMemory memory = Memory();
  EXPECT_EQ(Of(SYS_open, {kOne}, memory), "/tmp/one");
  EXPECT_EQ(Of(SYS_openat, {3, kOne, kOther}, memory), "/tmp/one");
}

TEST(PathArgumentTest, OfTwoItIsTheNewName) {
  const FakeMemory memory = Memory();
  EXPECT_EQ(Of(SYS_rename, {kOne, kOther}, memory), "other");
  EXPECT_EQ(Of(SYS_linkat, {3, kOne, 4, kOther}, memory), "other");
}

TEST(PathArgumentTest, CallsWithoutAPathAndUnknownOnesNameNone) {
  const FakeMemory memory = Memory();
  EXPECT_EQ(Of(SYS_ftruncate, {kOne, kOne}, memory), "");
  EXPECT_EQ(Of(9999, {kOne, kOne}, memory), "");
  EXPECT_EQ(memory.reads(), 0);
}

TEST(PathArgumentTest, WhatCannotBeReadIsEmpty) {
  EXPECT_EQ(Of(SYS_open, {0xdead0000}, Memory()), "");
}

TEST(PathArgumentTest, NoMoreIsReadThanAPathCanBeLong) {
  FakeMemory memory;
  memory.Put(kOther, std::string(10 * PATH_MAX, 'x'));
  EXPECT_EQ(Of(SYS_open, {kOther}, memory).size(), PATH_MAX);
}

}  // namespace
}  // namespace cellblock
