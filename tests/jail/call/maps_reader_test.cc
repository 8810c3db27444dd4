// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "jail/call/maps_reader.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include <string>
#include <vector>

namespace cellblock {
namespace {

constexpr size_t kPage = 4096;

std::vector<Mapping> ReadAll() {
  std::vector<Mapping> all;
  all.reserve(1000);
  MapsReader maps;
  for (Mapping mapping; maps.Next(&mapping);) all.push_back(mapping);
  EXPECT_EQ(maps.error(), 0);
  return all;
}

Mapping At(const void* address) {
  const auto at = reinterpret_cast<uintptr_t>(address);
  for (const Mapping& mapping : ReadAll()) {
    if (at >= mapping.begin && at < mapping.end) return mapping;
  }
  ADD_FAILURE() << "nothing is mapped at " << address;
  return {};
}

TEST(MapsReader, KnowsTheStack) {
  const int here = 0;
  const Mapping mapping = At(&here);
  EXPECT_TRUE(mapping.is_stack && mapping.is_private && mapping.is_writable);
}

TEST(MapsReader, KnowsDataAndCode) {
  static int data = 1;
  const Mapping writable = At(&data);
  EXPECT_TRUE(writable.is_writable && writable.is_private);
  EXPECT_FALSE(writable.is_stack);
  const Mapping code = At(reinterpret_cast<const void*>(&At));
  EXPECT_TRUE(!code.is_writable && code.is_private && !code.is_stack);
}

TEST(MapsReader, KnowsSharedMemoryAndItsBounds) {
  char* const memory =
      static_cast<char*>(mmap(nullptr, 3 * kPage, PROT_READ | PROT_WRITE,
                              MAP_SHARED | MAP_ANONYMOUS, -1, 0));
  ASSERT_NE(memory, MAP_FAILED);
  ASSERT_EQ(mprotect(memory, kPage, PROT_NONE), 0);
  const Mapping closed = At(memory);
  EXPECT_EQ(closed.end, reinterpret_cast<uintptr_t>(memory) + kPage);
  EXPECT_FALSE(closed.is_writable || closed.is_private);
  const Mapping open = At(memory + kPage);
  EXPECT_EQ(open.begin, closed.end);
  EXPECT_TRUE(open.is_writable && !open.is_private);
  munmap(memory, 3 * kPage);
}

TEST(MapsReader, TakesNoFileForTheStack) {
  for (const char* name : {"a [stack]", "[stack]", " [stack]"}) {
    const std::string path = testing::TempDir() + name;
    const int fd = open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    ASSERT_GE(fd, 0);
    ASSERT_EQ(ftruncate(fd, kPage), 0);
    void* const memory =
        mmap(nullptr, kPage, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
    ASSERT_NE(memory, MAP_FAILED);
    const Mapping mapping = At(memory);
    EXPECT_TRUE(mapping.is_private && mapping.is_writable) << name;
    EXPECT_FALSE(mapping.is_stack) << name;
    munmap(memory, kPage);
    close(fd);
    unlink(path.c_str());
  }
}

// The lines of many mappings do not fit into one read.
TEST(MapsReader, ReadsAllOfALongList) {
  constexpr size_t kMany = 200;
  char* const memory = static_cast<char*>(
      mmap(nullptr, 2 * kMany * kPage, PROT_READ | PROT_WRITE,
           MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
  ASSERT_NE(memory, MAP_FAILED);
  for (size_t i = 0; i < kMany; ++i) {
    ASSERT_EQ(mprotect(memory + 2 * i * kPage, kPage, PROT_NONE), 0);
  }
  size_t found = 0;
  uintptr_t last = 0;
  for (const Mapping& mapping : ReadAll()) {
    EXPECT_LE(last, mapping.begin);
    EXPECT_LT(mapping.begin, mapping.end);
    last = mapping.end;
    const uintptr_t offset =
        mapping.begin - reinterpret_cast<uintptr_t>(memory);
    if (offset >= 2 * kMany * kPage) continue;
    EXPECT_EQ(mapping.is_writable, offset / kPage % 2 == 1);
    ++found;
  }
  EXPECT_GE(found, 2 * kMany - 1);
  munmap(memory, 2 * kMany * kPage);
}

}  // namespace
}  // namespace cellblock
