// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "jail/call/untrusted.h"

#include <gtest/gtest.h>
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <limits>
#include <memory>
#include <new>
#include <string>
#include <vector>

namespace cellblock {
namespace {

TEST(UntrustedTest, TheValueGoesThroughItsValidation) {
  const Untrusted<int> kept(7);
  EXPECT_EQ(kept.Validate([](int value) { return value + 1; }), 8);
  Untrusted<std::unique_ptr<int>> moved(std::make_unique<int>(9));
  const auto given = std::move(moved).Validate(
      [](std::unique_ptr<int> value) { return value; });
  EXPECT_EQ(*given, 9);
  EXPECT_EQ(kept.UnsafeUnvalidated(), 7);
}

TEST(UntrustedBytesTest, ExtendsBehindWhatThereIs) {
  UntrustedBytes bytes;
  EXPECT_EQ(bytes.size(), 0u);
  EXPECT_TRUE(bytes.Extend(0).empty());
  std::string all;
  for (size_t i = 0; i < 2000; ++i) {
    const std::span<uint8_t> added = bytes.Extend(i % 7);
    ASSERT_EQ(added.size(), i % 7);
    std::fill(added.begin(), added.end(), static_cast<uint8_t>(i));
    all.append(i % 7, static_cast<char>(i));
  }
  EXPECT_EQ(bytes.size(), all.size());
  EXPECT_EQ(bytes.Validate([](std::span<const uint8_t> view) {
    return std::string(view.begin(), view.end());
  }),
            all);
}

// Bytes one by one: as often as the size doubles, memory is taken anew.
TEST(UntrustedBytesTest, GrowsGeometrically) {
  UntrustedBytes bytes;
  size_t moves = 0;
  const uint8_t* before = nullptr;
  for (size_t i = 0; i < (size_t{1} << 16); ++i) {
    bytes.Extend(1)[0] = 1;
    const uint8_t* const now = bytes.UnsafeUnvalidated().data();
    moves += now != before;
    before = now;
  }
  EXPECT_LE(moves, 17u);
}

TEST(UntrustedBytesTest, KeepsItsMemoryWhenItIsCleared) {
  UntrustedBytes bytes;
  const uint8_t* const first = bytes.Extend(1 << 20).data();
  bytes.Clear();
  EXPECT_EQ(bytes.size(), 0u);
  EXPECT_EQ(bytes.Extend(1 << 20).data(), first);
}

// Pages that nobody wrote to are none that the process has.
TEST(UntrustedBytesTest, TouchesNothingByItself) {
  constexpr size_t kBytes = size_t{64} << 20;
  const size_t page = static_cast<size_t>(sysconf(_SC_PAGESIZE));
  UntrustedBytes bytes;
  const std::span<uint8_t> added = bytes.Extend(kBytes);
  const auto begin = reinterpret_cast<uintptr_t>(added.data());
  const uintptr_t first = (begin + page) & ~(page - 1);
  std::vector<unsigned char> resident((kBytes - 2 * page) / page);
  ASSERT_EQ(mincore(reinterpret_cast<void*>(first), resident.size() * page,
                    resident.data()),
            0);
  // But for the marks of an allocator of a sanitizer's.
  EXPECT_LE(std::count_if(resident.begin(), resident.end(),
                          [](unsigned char one) { return (one & 1) != 0; }),
            2);
}

TEST(UntrustedBytesTest, MovesLeaveNothingBehind) {
  UntrustedBytes from;
  from.Extend(3)[0] = 5;
  UntrustedBytes to(std::move(from));
  EXPECT_EQ(to.size(), 3u);
  EXPECT_EQ(from.size(), 0u);
  from.Extend(1)[0] = 6;
  EXPECT_EQ(from.UnsafeUnvalidated()[0], 6);
  EXPECT_EQ(to.UnsafeUnvalidated()[0], 5);
}

TEST(UntrustedBytesTest, ImpossibleSizesAreRefused) {
  UntrustedBytes bytes;
  bytes.Extend(1);
  EXPECT_THROW(bytes.Extend(std::numeric_limits<size_t>::max()),
               std::bad_alloc);
  EXPECT_THROW(bytes.Extend(PTRDIFF_MAX), std::bad_alloc);
  EXPECT_EQ(bytes.size(), 1u);
}

// Memory between two pages that nothing may touch.
class GuardedBytes {
 public:
  explicit GuardedBytes(size_t pages)
      : page_(static_cast<size_t>(sysconf(_SC_PAGESIZE))),
        size_(pages * page_) {
    void* const all = mmap(nullptr, size_ + 2 * page_, PROT_NONE,
                           MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    begin_ = static_cast<uint8_t*>(all) + page_;
    mprotect(begin_, size_, PROT_READ | PROT_WRITE);
    for (size_t i = 0; i < size_; ++i) {
      begin_[i] = static_cast<uint8_t>(i * 131 + i / 251);
    }
  }
  ~GuardedBytes() { munmap(begin_ - page_, size_ + 2 * page_); }
  GuardedBytes(const GuardedBytes&) = delete;
  GuardedBytes& operator=(const GuardedBytes&) = delete;

  uint8_t* begin() { return begin_; }
  uint8_t* end() { return begin_ + size_; }

 private:
  const size_t page_;
  const size_t size_;
  uint8_t* begin_;
};

void ExpectCopied(const uint8_t* from, size_t bytes) {
  std::vector<uint8_t> to(bytes + 2, 0xee);
  ASSERT_TRUE(UntrustedView(from, bytes).CopyTo(0, {to.data() + 1, bytes}));
  EXPECT_EQ(memcmp(to.data() + 1, from, bytes), 0) << bytes;
  EXPECT_EQ(to.front(), 0xee) << bytes;
  EXPECT_EQ(to.back(), 0xee) << bytes;
}

TEST(UntrustedViewTest, CopiesExactlyTheBytesAtBothEndsOfAPage) {
  GuardedBytes memory(1);
  for (size_t bytes = 0; bytes <= 2100; ++bytes) {
    ExpectCopied(memory.begin(), bytes);
    ExpectCopied(memory.end() - bytes, bytes);
    ExpectCopied(memory.begin() + bytes % 17, bytes);
  }
}

TEST(UntrustedViewTest, CopiesAMebibyte) {
  GuardedBytes memory(257);
  ExpectCopied(memory.begin() + 3, size_t{1} << 20);
}

TEST(UntrustedViewTest, CopiesOnlyFromInside) {
  const uint8_t bytes[] = {1, 2, 3, 4};
  const UntrustedView view(bytes, sizeof(bytes));
  std::vector<uint8_t> to(4, 9);
  EXPECT_TRUE(view.CopyTo(1, {to.data(), 3}));
  EXPECT_EQ(to, (std::vector<uint8_t>{2, 3, 4, 9}));
  EXPECT_TRUE(view.CopyTo(4, {}));
  EXPECT_FALSE(view.CopyTo(5, {}));
  EXPECT_FALSE(view.CopyTo(2, {to.data(), 3}));
  EXPECT_FALSE(view.CopyTo(std::numeric_limits<size_t>::max(), to));
  EXPECT_EQ(to, (std::vector<uint8_t>{2, 3, 4, 9}));
}

}  // namespace
}  // namespace cellblock
