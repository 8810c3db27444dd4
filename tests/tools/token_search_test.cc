// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

// In the memory of this process, of pages that are its own.

#include "tools/jailrun/template/token_search.h"

#include <gtest/gtest.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>
#include <string>

namespace cellblock {
namespace {

constexpr size_t kPage = 4096;
constexpr size_t kPages = 20000;  // more than are looked at at once

class TokenSearchTest : public testing::Test {
 protected:
  void SetUp() override {
    void* const memory =
        mmap(nullptr, kPages * kPage, PROT_READ | PROT_WRITE,
             MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    ASSERT_NE(memory, MAP_FAILED);
    memory_ = static_cast<char*>(memory);
    ASSERT_EQ(search_.Open(getpid()), 0);
  }

  void TearDown() override { munmap(memory_, kPages * kPage); }

  void Put(size_t at) { memcpy(memory_ + at, token_.data(), token_.size()); }

  bool Finds() {
    const auto begin = reinterpret_cast<uint64_t>(memory_);
    bool found = false;
    EXPECT_EQ(search_.Find(begin, begin + kPages * kPage, token_, &found), 0);
    return found;
  }

  size_t Resident() const {
    static unsigned char present[kPages];
    EXPECT_EQ(mincore(memory_, kPages * kPage, present), 0);
    size_t count = 0;
    for (const unsigned char page : present) count += page & 1;
    return count;
  }

  char* memory_ = nullptr;
  const std::string token_ = "a token of some length";
  TokenSearch search_;
};

TEST_F(TokenSearchTest, WhatWasNeverTouchedIsNotLookedAt) {
  EXPECT_FALSE(Finds());
  EXPECT_EQ(Resident(), 0u);
  memory_[7 * kPage] = 'x';
  EXPECT_FALSE(Finds());
  EXPECT_EQ(Resident(), 1u);
}

TEST_F(TokenSearchTest, ItIsFoundWhereverItIs) {
  const size_t size = kPages * kPage;
  for (const size_t at : {size_t{0}, size - token_.size(), 3 * kPage - 5,
                          8192 * kPage - 1, 12345 * kPage + 17}) {
    EXPECT_FALSE(Finds()) << at;
    Put(at);
    EXPECT_TRUE(Finds()) << at;
    memset(memory_ + at, 0, token_.size());
  }
}

TEST_F(TokenSearchTest, ItIsFoundWhereOneReadEndsAndTheNextBegins) {
  memset(memory_, 'x', kPages * kPage);
  Put(8192 * kPage - 5);
  EXPECT_TRUE(Finds());
  memory_[8192 * kPage] = 'x';
  EXPECT_FALSE(Finds());
}

TEST(TokenSearchErrorTest, ThereIsSuchAProcess) {
  TokenSearch search;
  EXPECT_NE(search.Open(-1), 0);
}

}  // namespace
}  // namespace cellblock
