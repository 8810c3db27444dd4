// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

// What a worker has of its host, looked for in all of its memory and among all
// of its descriptors while it may still look: before the lock.

#include <dirent.h>
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <fstream>
#include <set>
#include <string>

#include "jail/jail.h"
#include "tests/jail/call/decoders.h"

namespace cellblock {
namespace {

// So that who looks for the secret does not hold it.
constexpr char kVeil = 0x5a;

std::string Veiled(std::string text) {
  for (char& byte : text) byte ^= kVeil;
  return text;
}

bool IsAt(const volatile char* at, const char* veiled, size_t bytes) {
  for (size_t i = 0; i < bytes; ++i) {
    if (at[i] != (veiled[i] ^ kVeil)) return false;
  }
  return true;
}

// How often what `veiled` stands for is in this process's memory, but for what
// is shared by means of a memfd: that is the channel, which has no call yet.
int Occurrences(const char* veiled) {
  const size_t bytes = strlen(veiled);
  int found = 0;
  std::ifstream maps("/proc/self/maps");
  for (std::string line; std::getline(maps, line);) {
    uintptr_t begin = 0;
    uintptr_t end = 0;
    char access[5] = "";
    if (sscanf(line.c_str(), "%lx-%lx %4s", &begin, &end, access) != 3 ||
        access[0] != 'r' || line.find("[v") != std::string::npos ||
        line.find("/memfd:") != std::string::npos) {
      continue;
    }
    for (uintptr_t at = begin; at + bytes <= end; ++at) {
      found += IsAt(reinterpret_cast<const char*>(at), veiled, bytes) ? 1 : 0;
    }
  }
  return found;
}

std::set<int> Descriptors() {
  std::set<int> open;
  DIR* const listed = opendir("/proc/self/fd");
  while (const dirent* entry = readdir(listed)) {
    const int fd = atoi(entry->d_name);
    if (entry->d_name[0] != '.' && fd != dirfd(listed)) open.insert(fd);
  }
  closedir(listed);
  return open;
}

std::string g_seen;

absl::Status Look() {
  g_seen = std::to_string(Occurrences(getenv("VEILED"))) + " times;";
  for (const int fd : Descriptors()) g_seen += " " + std::to_string(fd);
  return absl::OkStatus();
}

absl::Status Tell(JailedCall& call) {
  call.Write(AsBytes(g_seen));
  return absl::OkStatus();
}

constexpr Decoder kDecoders[] = {{"look", Tell, Look}};

TEST(HostSecretsTest, NoneIsInAWorkerThatWasExecuted) {
  const std::string secret =
      "what the host alone knows, " + std::to_string(getpid());
  ASSERT_EQ(setenv("SECRET", secret.c_str(), 1), 0);
  const int fd = memfd_create("open across execve", 0);
  ASSERT_GE(fd, 0);
  // Who looks here finds them: in the string, and in the environment.
  const std::string veiled = Veiled(secret);
  EXPECT_GE(Occurrences(veiled.c_str()), 2);
  EXPECT_TRUE(Descriptors().contains(fd));
  for (const Freshness freshness :
       {Freshness::kReuse, Freshness::kForkPerCall, Freshness::kNewProcess}) {
    auto jail = Jail::Create(
        {.freshness = freshness, .environment = {"VEILED=" + veiled}}, "look");
    ASSERT_TRUE(jail.ok()) << jail.status();
    const auto seen = (*jail)->Call({});
    ASSERT_TRUE(seen.ok()) << seen.status();
    // 9 is /dev/null's until prepare has returned: kCallDescriptor's place.
    EXPECT_EQ(AsText(seen->UnsafeUnvalidated()), "0 times; 0 1 2 9");
  }
  close(fd);
}

}  // namespace
}  // namespace cellblock

int main(int argc, char** argv) {
  cellblock::jail::Init(argc, argv, cellblock::kDecoders);
  ::testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
