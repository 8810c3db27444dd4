// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// Jails in hosts that are not as one expects: standard descriptors that are
// closed, limits that are low, binaries that are no workers.

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "jail/jail.h"
#include "jail/null_device.h"
#include "tests/jail/call/live_calls.h"
#include "tests/jail/call/processes.h"

namespace cellblock {
namespace {

absl::Status Echo(JailedCall& call) {
  call.Write(call.input());
  return absl::OkStatus();
}

// An attack on whatever has the number of standard errors: overwrites its
// begin, and writes to where it is. Says what is there.
absl::Status Overwrite(JailedCall& call) {
  (void)!pwrite(STDERR_FILENO, "not an ELF file", 15, 0);
  (void)!write(STDERR_FILENO, "a line\n", 7);
  struct stat status = {};
  const bool is_null =
      fstat(STDERR_FILENO, &status) == 0 && IsNullDevice(status);
  call.Write(AsBytes(is_null ? "null" : "another"));
  return absl::OkStatus();
}

constexpr Decoder kDecoders[] = {{"echo", Echo}, {"overwrite", Overwrite}};

// The numbers of this process's descriptors, and what is behind each.
std::map<int, std::string> Held() {
  std::map<int, std::string> held;
  for (int fd = 0; fd < 1024; ++fd) {
    char target[256];
    const std::string path = "/proc/self/fd/" + std::to_string(fd);
    const ssize_t length = readlink(path.c_str(), target, sizeof(target));
    if (length > 0) held[fd] = {target, static_cast<size_t>(length)};
  }
  return held;
}

// Some of the standard descriptors; standard errors, if it stays open, is a
// file of its own.
void CloseStandard(int mask) {
  dup2(memfd_create("log", MFD_CLOEXEC), STDERR_FILENO);
  for (int fd = 0; fd < 3; ++fd) {
    if ((mask & 1 << fd) != 0) close(fd);
  }
}

// What makes a worker ready meanwhile may have one of them for a moment.
void ExpectStillClosed(int mask) {
  const auto taken = [mask] {
    int found = 0;
    for (const auto& [fd, target] : Held()) {
      if (fd < 3 && (mask & 1 << fd) != 0) ++found;
    }
    return found;
  };
  int found = taken();
  for (int looks = 0; looks < 1000 && found > 0; ++looks) {
    usleep(1000);
    found = taken();
  }
  EXPECT_EQ(found, 0);
}

class ClosedDescriptors : public ::testing::TestWithParam<int> {};

INSTANTIATE_TEST_SUITE_P(Every, ClosedDescriptors, ::testing::Range(1, 8));

// What is shown of a worker where the host has closed its standard errors is
// written nowhere: not into the malloc that later workers run before their
// lock, nor into anything else.
TEST_P(ClosedDescriptors, AreNotTakenAndNotWrittenTo) {
  for (const Freshness freshness : kEveryFreshness) {
    InAProcess([&] {
      CloseStandard(GetParam());
      for (const Messages messages :
           {Messages::kKept, Messages::kDropped, Messages::kShown}) {
        // Of what a worker may be allowed, all that writes.
        auto jail = MakeJail(
            {.freshness = freshness, .preset = "decoder", .messages = messages},
            "overwrite");
        ASSERT_NE(jail, nullptr);
        const bool is_closed = (GetParam() & 1 << STDERR_FILENO) != 0;
        const bool is_null = messages == Messages::kDropped ||
                             (messages == Messages::kShown && is_closed);
        for (int i = 0; i < 3; ++i) {
          const std::string said = SayText(*jail, "");
          EXPECT_EQ(said, is_null ? "null" : "another");
        }
        ExpectStillClosed(GetParam());
      }
    });
  }
}

TEST_P(ClosedDescriptors, AreNotTakenByCopiesOfTheHost) {
  InAProcess([&] {
    CloseStandard(GetParam());
    auto jail = Jail::CreateAsCopyOfHost(
        {.preset = "decoder", .messages = Messages::kShown}, Overwrite);
    ASSERT_TRUE(jail.ok()) << jail.status();
    if ((GetParam() & 1 << STDERR_FILENO) != 0) {
      EXPECT_EQ(SayText(**jail, ""), "null");
    }
    ExpectStillClosed(GetParam());
  });
}

// Should anybody get at it all the same.
TEST(Start, NobodyCanChangeTheMallocOfWorkers) {
  auto jail = MakeJail({}, "echo");
  ASSERT_NE(jail, nullptr);
  int seen = 0;
  for (const auto& [fd, target] : Held()) {
    if (!target.starts_with("/memfd:cellblock-malloc")) continue;
    ++seen;
    EXPECT_EQ(pwrite(fd, "x", 1, 0), -1);
    EXPECT_EQ(errno, EPERM);
    EXPECT_EQ(ftruncate(fd, 0), -1);
    EXPECT_EQ(fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK), -1) << "sealed for good";
  }
  EXPECT_EQ(seen, 1);
}

}  // namespace
}  // namespace cellblock

int main(int argc, char** argv) {
  cellblock::jail::Init(argc, argv, cellblock::kDecoders);
  ::testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
