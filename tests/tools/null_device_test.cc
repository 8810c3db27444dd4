// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "tools/jailrun/null_device.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include <optional>
#include <string>

#include "jail/null_device.h"
#include "tests/tools/fake_memory.h"

namespace cellblock {
namespace {

constexpr uint64_t kPath = 0x1000;

FakeMemory Holding(const std::string& path) {
  FakeMemory memory;
  memory.Put(kPath, path + '\0' + "rest");
  return memory;
}

std::optional<uint64_t> Flags(const SyscallRequest& request,
                              const std::string& path = "/dev/null") {
  return FlagsForNull(request, Holding(path));
}

SyscallRequest Open(uint64_t flags) { return {SYS_open, {kPath, flags}}; }

TEST(NullDeviceTest, EachCallThatOpensTellsItsFlags) {
  EXPECT_EQ(Flags(Open(O_RDWR | O_CLOEXEC)), O_RDWR | O_CLOEXEC);
  EXPECT_EQ(Flags({SYS_openat, {uint64_t(AT_FDCWD), kPath, O_WRONLY}}),
            O_WRONLY);
  EXPECT_EQ(Flags({SYS_creat, {kPath, O_RDWR}}), O_WRONLY | O_CREAT | O_TRUNC);
  EXPECT_FALSE(Flags({SYS_truncate, {kPath}}));
  EXPECT_FALSE(Flags({SYS_openat, {kPath, O_WRONLY, O_WRONLY}}));
}

TEST(NullDeviceTest, TheKernelSeesTheHalfOfTheFlagsThatCounts) {
  EXPECT_EQ(Flags(Open(uint64_t{O_EXCL} << 32 | O_WRONLY)), O_WRONLY);
}

TEST(NullDeviceTest, WhatTheDeviceHasNotIsNotGiven) {
  for (const int flag : {O_EXCL, O_DIRECTORY, O_TMPFILE, O_PATH, O_DIRECT,
                         O_SYNC, O_ASYNC, O_ACCMODE, 1 << 30}) {
    EXPECT_FALSE(Flags(Open(static_cast<uint64_t>(O_WRONLY | flag)))) << flag;
  }
}

TEST(NullDeviceTest, OnlyItsOwnNameIsTaken) {
  for (const char* path : {"", "/dev/nul", "/dev/null/", "/dev/null2", "null",
                           "//dev/null", "/dev/./null"}) {
    EXPECT_FALSE(Flags(Open(O_WRONLY), path)) << path;
  }
  FakeMemory memory;
  EXPECT_FALSE(FlagsForNull(Open(O_WRONLY), memory));
  memory.Put(kPath, std::string("/dev/null"));  // where memory ends
  EXPECT_FALSE(FlagsForNull(Open(O_WRONLY), memory));
}

TEST(NullDeviceTest, TheCallThatReadsIsTheSameWithoutFlags) {
  const SyscallRequest at =
      AsReading({SYS_openat, {uint64_t(AT_FDCWD), kPath, O_RDWR | O_CREAT}});
  EXPECT_EQ(at.number, uint32_t{SYS_openat});
  EXPECT_EQ(at.args[1], kPath);
  EXPECT_EQ(at.args[2], uint64_t{O_RDONLY});
  const SyscallRequest creat = AsReading({SYS_creat, {kPath, 0600}});
  EXPECT_EQ(creat.number, uint32_t{SYS_open});
  EXPECT_EQ(creat.args[1], uint64_t{O_RDONLY});
}

TEST(NullDeviceTest, WhatIsOpenedIsTheDeviceAsAskedFor) {
  const UniqueFd null = OpenNull(O_WRONLY | O_CREAT | O_TRUNC | O_APPEND);
  ASSERT_TRUE(null.ok());
  struct stat status;
  ASSERT_EQ(fstat(null.get(), &status), 0);
  EXPECT_TRUE(IsNullDevice(status));
  EXPECT_EQ(fcntl(null.get(), F_GETFL) & (O_ACCMODE | O_APPEND),
            O_WRONLY | O_APPEND);
  EXPECT_NE(fcntl(null.get(), F_GETFD) & FD_CLOEXEC, 0);
}

TEST(NullDeviceTest, OtherDevicesAndFilesAreNot) {
  for (const char* path : {"/dev/zero", "/dev/full", "/dev", "/proc/version"}) {
    struct stat status;
    ASSERT_EQ(stat(path, &status), 0) << path;
    EXPECT_FALSE(IsNullDevice(status)) << path;
  }
}

}  // namespace
}  // namespace cellblock
