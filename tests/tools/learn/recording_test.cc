// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include <errno.h>
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "tools/jailrun/learn/call_kinds.h"
#include "tools/jailrun/learn/mapping_recorder.h"

namespace cellblock {
namespace {

using testing::ElementsAre;
using testing::EndsWith;

constexpr uint64_t kPage = 4096;
constexpr uint64_t kBase = 1 << 20;
constexpr uint64_t kPrivate = MAP_PRIVATE | MAP_ANONYMOUS;

SyscallRequest Request(long number, std::vector<uint64_t> args) {
  SyscallRequest request = {.number = static_cast<uint32_t>(number),
                            .args = {}};
  std::copy(args.begin(), args.end(), request.args);
  return request;
}

class MappingRecorderTest : public testing::Test {
 protected:
  void Map(uint64_t address, uint64_t pages, uint64_t flags = kPrivate) {
    recorder_.OnReturn(
        getpid(),
        Request(SYS_mmap, {0, pages * kPage, PROT_READ, flags, ~uint64_t{0}}),
        address);
  }
  void Unmap(uint64_t address, uint64_t pages) {
    recorder_.OnReturn(getpid(), Request(SYS_munmap, {address, pages * kPage}),
                       0);
  }
  uint64_t PeakPages() const { return learned_.mappings.peak_bytes / kPage; }

  Learned learned_;
  MappingRecorder recorder_{&learned_};
};

TEST_F(MappingRecorderTest, WhatIsGivenBackCountsOnce) {
  Map(kBase, 4);
  Unmap(kBase, 4);
  Map(2 * kBase, 3);
  EXPECT_EQ(PeakPages(), 4);
}

TEST_F(MappingRecorderTest, PiecesAreGivenBack) {
  Map(kBase, 10);
  Unmap(kBase + 2 * kPage, 3);
  Unmap(kBase + 8 * kPage, 100);
  Map(2 * kBase, 6);
  EXPECT_EQ(PeakPages(), 11);
}

TEST_F(MappingRecorderTest, AMappingOverAnotherTakesItsPlace) {
  Map(kBase, 10);
  Map(kBase + 5 * kPage, 10);
  EXPECT_EQ(PeakPages(), 15);
}

TEST_F(MappingRecorderTest, WhatGrowsAndMovesCountsOnce) {
  Map(kBase, 4);
  recorder_.OnReturn(
      getpid(), Request(SYS_mremap, {kBase, 4 * kPage, 8 * kPage}), 3 * kBase);
  EXPECT_EQ(PeakPages(), 8);
}

TEST_F(MappingRecorderTest, StacksOfThreadsAreNotThePools) {
  Map(kBase, 100, kPrivate | MAP_STACK);
  EXPECT_EQ(PeakPages(), 0);
}

TEST_F(MappingRecorderTest, ALibraryIsNamedAndNotCounted) {
  const int fd = open("/usr/bin/env", O_RDONLY | O_CLOEXEC);
  ASSERT_GE(fd, 0);
  const auto word = static_cast<uint64_t>(fd);
  const SyscallRequest whole = Request(
      SYS_mmap, {0, 100 * kPage, PROT_READ, MAP_PRIVATE | MAP_DENYWRITE, word});
  const SyscallRequest code =
      Request(SYS_mmap, {kBase, 50 * kPage, PROT_READ | PROT_EXEC,
                         MAP_PRIVATE | MAP_FIXED | MAP_DENYWRITE, word});
  EXPECT_EQ(recorder_.AnswerTo(whole), 0);
  EXPECT_EQ(recorder_.AnswerTo(code), 0);
  recorder_.OnReturn(getpid(), whole, kBase);
  recorder_.OnReturn(getpid(), code, kBase);
  recorder_.OnReturn(getpid(), code, kBase);
  EXPECT_EQ(PeakPages(), 0);
  EXPECT_THAT(learned_.late_libraries, ElementsAre(EndsWith("/bin/env")));
  close(fd);
}

TEST_F(MappingRecorderTest, CodeAndSharedFilesAreRefused) {
  EXPECT_EQ(recorder_.AnswerTo(
                Request(SYS_mmap, {0, kPage, PROT_READ | PROT_EXEC, kPrivate})),
            EACCES);
  EXPECT_EQ(recorder_.AnswerTo(
                Request(SYS_mprotect, {kBase, kPage, PROT_READ | PROT_EXEC})),
            EACCES);
  EXPECT_EQ(recorder_.AnswerTo(Request(
                SYS_mmap, {0, kPage, PROT_READ | PROT_EXEC, MAP_PRIVATE, 0})),
            EACCES);
  EXPECT_EQ(recorder_.AnswerTo(Request(
                SYS_mmap, {0, kPage, PROT_READ | PROT_WRITE, MAP_SHARED, 0})),
            EACCES);
  EXPECT_EQ(recorder_.AnswerTo(
                Request(SYS_mmap, {0, kPage, PROT_READ, MAP_SHARED, 0})),
            0);
  EXPECT_EQ(recorder_.AnswerTo(Request(
                SYS_mmap, {0, kPage, PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS})),
            0);
  EXPECT_EQ(learned_.mappings.executable, 3);
  EXPECT_EQ(learned_.mappings.shared, 1);
}

TEST(CallKindTest, WhatNoPolicyComparesIsNoDifference) {
  EXPECT_EQ(KindOf(Request(SYS_read, {0, 0x1000, 5})),
            KindOf(Request(SYS_read, {0, 0x2000, 6})));
  EXPECT_EQ(KindOf(Request(SYS_getrandom, {0x1000, 5})),
            KindOf(Request(SYS_getrandom, {0x2000, 6})));
}

TEST(CallKindTest, DescriptorsFlagsAndPidsAre) {
  EXPECT_NE(KindOf(Request(SYS_read, {0})), KindOf(Request(SYS_read, {1})));
  EXPECT_NE(KindOf(Request(SYS_getpeername, {0})),
            KindOf(Request(SYS_getpeername, {1})));
  EXPECT_NE(KindOf(Request(SYS_openat, {0, 0, O_RDONLY})),
            KindOf(Request(SYS_openat, {0, 0, O_WRONLY})));
  EXPECT_NE(KindOf(Request(SYS_tgkill, {1})), KindOf(Request(SYS_tgkill, {2})));
  EXPECT_NE(KindOf(Request(SYS_ioctl, {0, 1})),
            KindOf(Request(SYS_ioctl, {0, 2})));
}

}  // namespace
}  // namespace cellblock
