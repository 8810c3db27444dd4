// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "jail/call/descriptor_request.h"

#include <gtest/gtest.h>
#include <sys/syscall.h>

#include "tests/jail/probes.h"

namespace cellblock {
namespace {

TEST(DescriptorRequestTest, OnlyTheOneFormIsARequestForADescriptor) {
  constexpr uint64_t kRequest[6] = {~uint64_t{0}};
  static_assert(IsDescriptorRequest(SYS_recvmsg, kRequest));
  static_assert(!IsDescriptorRequest(SYS_recvfrom, kRequest));
  for (const Args& args :
       {Args{0}, Args{~uint64_t{0}, 1}, Args{~uint64_t{0}, uint64_t{1} << 32},
        Args{~uint64_t{0}, 0, 1}, Args{0xfffffffe}}) {
    EXPECT_FALSE(IsDescriptorRequest(SYS_recvmsg, args.data()));
  }
}

}  // namespace
}  // namespace cellblock
