// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "jail/call/reply.h"

#include <string>

namespace cellblock::reply_internal {
namespace {

absl::Status Lied(const std::string& why) {
  CallFailure failure;
  failure.end = CallEnd::kLied;
  return ToStatus(failure, why);
}

}  // namespace

absl::Status WrongSize(uint64_t bytes, uint64_t expected) {
  return Lied("the result has " + std::to_string(bytes) + " bytes, not " +
              std::to_string(expected));
}

absl::Status NoValue() {
  return Lied("the result has a bool that is neither 0 nor 1");
}

}  // namespace cellblock::reply_internal
