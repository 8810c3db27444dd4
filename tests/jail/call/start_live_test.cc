// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// Jails in hosts that are not as one expects: standard descriptors that are
// closed, limits that are low, binaries that are no workers.

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
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

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

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

[[noreturn]] absl::Status Exit() { _exit(EXIT_FAILURE); }

constexpr Decoder kDecoders[] = {
    {"echo", Echo}, {"overwrite", Overwrite}, {"exits", Echo, Exit}};

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

void Limit(__rlimit_resource resource, rlim_t soft) {
  rlimit limit;
  ASSERT_EQ(getrlimit(resource, &limit), 0);
  limit.rlim_cur = soft;
  ASSERT_EQ(setrlimit(resource, &limit), 0);
}

std::string WhyNot(JailOptions options) {
  const auto jail = Jail::Create(std::move(options), "echo");
  return jail.ok() ? "" : std::string(jail.status().message());
}

// What is larger than a process may make files kills it of SIGXFSZ.
TEST(Start, ALimitOnFilesIsNamedAndDoesNotKillTheHost) {
  for (const rlim_t bytes : {0, 4096, 1 << 20, 16 << 20}) {
    InAProcess([bytes] {
      Limit(RLIMIT_FSIZE, bytes);
      EXPECT_THAT(WhyNot({}),
                  StartsWith("RLIMIT_FSIZE is " + std::to_string(bytes)));
    });
  }
  InAProcess([] {
    Limit(RLIMIT_FSIZE, 2 << 20);
    auto jail = MakeJail({.freshness = Freshness::kNewProcess,
                          .input_bytes = 4096,
                          .output_buffer = 4096},
                         "echo");
    ASSERT_NE(jail, nullptr);
    for (int i = 0; i < 3; ++i) EXPECT_EQ(SayText(*jail, "said"), "said");
  });
}

TEST(Start, AFewDescriptorsAreEnoughAndElseTheLimitIsNamed) {
  for (const rlim_t limit : {30, 64, 65}) {
    InAProcess([limit] {
      for (int fd = 3; fd < 64; ++fd) close(fd);
      Limit(RLIMIT_NOFILE, limit);
      auto jail = MakeJail({.freshness = Freshness::kReuse}, "echo");
      ASSERT_NE(jail, nullptr);
      EXPECT_EQ(SayText(*jail, "said"), "said");
    });
  }
  InAProcess([] {
    for (int fd = 3; fd < 64; ++fd) close(fd);
    const int null = open("/dev/null", O_RDONLY);
    Limit(RLIMIT_NOFILE, 30);
    const std::vector<int> many(8, null);
    EXPECT_THAT(
        WhyNot({.freshness = Freshness::kReuse, .descriptors = many}),
        AllOf(HasSubstr("placing descriptors"),
              HasSubstr("RLIMIT_NOFILE is 30, and has to be 32 at the least")));
  });
}

// However long that is in the units of the kernel's calls.
TEST(Start, AnyDeadlineIsLongEnough) {
  for (int i = 0; i < 30; ++i) {
    auto jail = MakeJail(
        {.freshness = Freshness::kReuse,
         .start_deadline = std::chrono::milliseconds((int64_t{1} << 32) + i)},
        "echo");
    EXPECT_NE(jail, nullptr) << i;
  }
}

TEST(Start, ABinaryThatIsNoWorkerIsNamed) {
  const std::string why = WhyNot({.worker_binary = "/bin/true"});
  EXPECT_THAT(why, HasSubstr("/bin/true did not begin as a worker; does its "
                             "main begin with jail::Init?"));
  const std::string slow =
      WhyNot({.start_deadline = std::chrono::milliseconds(300),
              .worker_binary = "/usr/bin/yes"});
  EXPECT_THAT(slow, AllOf(HasSubstr("in time"),
                          HasSubstr("does its main begin with jail::Init?")));
}

// One that has begun, and then dies, is another matter.
TEST(Start, AWorkerThatEndsAsItPreparesHasBegun) {
  const auto jail = Jail::Create({}, "exits");
  ASSERT_FALSE(jail.ok());
  EXPECT_THAT(std::string(jail.status().message()),
              Not(HasSubstr("jail::Init")));
}

}  // namespace
}  // namespace cellblock

int main(int argc, char** argv) {
  cellblock::jail::Init(argc, argv, cellblock::kDecoders);
  ::testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
