// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// What malloc tells about itself, in each of its forms.

#include <errno.h>
#include <gtest/gtest.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>

#include <cstdint>
#include <string>

#include "tests/allocator/malloc/whole_process_pool.h"

namespace cellblock {
namespace {

TEST(MallocFiguresTest, MallinfoIsOfThePool) {
  const size_t before = mallinfo2().uordblks;
  void* const block = malloc(100000);
  const struct mallinfo2 info = mallinfo2();
  EXPECT_EQ(info.arena, kWholePoolBytes);
  EXPECT_EQ(info.uordblks, before + malloc_usable_size(block));
  EXPECT_EQ(info.fordblks, info.arena - info.uordblks);
  EXPECT_EQ(info.hblkhd, 0u);
  free(block);
  EXPECT_EQ(mallinfo2().uordblks, before);
}

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
TEST(MallocFiguresTest, OldMallinfoIsOfThePoolToo) {
  const struct mallinfo2 info = mallinfo2();
  const struct mallinfo old = mallinfo();
  EXPECT_EQ(static_cast<size_t>(old.arena), info.arena);
  EXPECT_EQ(static_cast<size_t>(old.ordblks), info.ordblks);
  EXPECT_EQ(static_cast<size_t>(old.usmblks), info.usmblks);
  EXPECT_EQ(static_cast<size_t>(old.uordblks), info.uordblks);
  EXPECT_EQ(static_cast<size_t>(old.fordblks), info.fordblks);
  EXPECT_EQ(static_cast<size_t>(old.keepcost), info.keepcost);
  EXPECT_EQ(old.hblkhd, 0);
}
#pragma GCC diagnostic pop

TEST(MallocFiguresTest, StatsAreWrittenWithoutAllocating) {
  testing::internal::CaptureStderr();
  (void)mallinfo2();  // what this thread has not counted yet
  const uint64_t before = WholePoolStats().allocations;
  errno = 7;
  malloc_stats();
  EXPECT_EQ(errno, 7);
  EXPECT_EQ(WholePoolStats().allocations, before);
  const std::string text = testing::internal::GetCapturedStderr();
  EXPECT_NE(text.find(" " + std::to_string(kWholePoolBytes) + "\nin use bytes"),
            std::string::npos)
      << text;
  EXPECT_NE(text.find("\nmax mmap bytes   =          0\n"), std::string::npos)
      << text;
}

TEST(MallocFiguresTest, InfoIsXmlOfThePool) {
  char text[2048] = {};
  FILE* const stream = fmemopen(text, sizeof(text), "w");
  EXPECT_EQ(malloc_info(1, stream), EINVAL);
  EXPECT_EQ(ftell(stream), 0);
  const size_t free_bytes = mallinfo2().fordblks;
  EXPECT_EQ(malloc_info(0, stream), 0);
  fclose(stream);
  const std::string xml = text;
  EXPECT_EQ(xml.find("<malloc version=\"1\">\n<heap nr=\"0\">\n"), 0u);
  const std::string size = "size=\"" + std::to_string(kWholePoolBytes) + "\"/>";
  EXPECT_NE(xml.find("<system type=\"current\" " + size), std::string::npos);
  EXPECT_NE(xml.find("count=\"1\" size=\"" + std::to_string(free_bytes)),
            std::string::npos)
      << xml;
  EXPECT_EQ(xml.substr(xml.size() - 10), "</malloc>\n");
}

}  // namespace
}  // namespace cellblock
