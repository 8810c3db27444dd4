// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "jail/call/call_failure.h"

#include <string>

#include "absl/status/status.h"
#include "absl/strings/cord.h"
#include "jail/call/failure_message.h"
#include "jail/call/failure_payload.h"

namespace cellblock {
namespace {

// INTERNAL for what is none of CallEnd's too.
absl::StatusCode CodeOf(CallEnd end) {
  switch (end) {
    case CallEnd::kClean:
      return absl::StatusCode::kOk;
    case CallEnd::kRefused:
      return absl::StatusCode::kInvalidArgument;
    case CallEnd::kExhausted:
      return absl::StatusCode::kResourceExhausted;
    case CallEnd::kViolation:
      return absl::StatusCode::kPermissionDenied;
    case CallEnd::kDeadline:
    case CallEnd::kCpuLimit:
      return absl::StatusCode::kDeadlineExceeded;
    case CallEnd::kOutputLimit:
      return absl::StatusCode::kOutOfRange;
    case CallEnd::kCrashed:
      return absl::StatusCode::kAborted;
    case CallEnd::kExited:
      return absl::StatusCode::kInternal;
    case CallEnd::kLied:
      return absl::StatusCode::kDataLoss;
    case CallEnd::kNoWorker:
      return absl::StatusCode::kUnavailable;
    case CallEnd::kMisuse:
      return absl::StatusCode::kFailedPrecondition;
  }
  return absl::StatusCode::kInternal;
}

}  // namespace

const char* Name(CallEnd end) {
  switch (end) {
    case CallEnd::kClean:
      return "clean";
    case CallEnd::kRefused:
      return "refused";
    case CallEnd::kExhausted:
      return "exhausted";
    case CallEnd::kViolation:
      return "violation";
    case CallEnd::kDeadline:
      return "deadline";
    case CallEnd::kCpuLimit:
      return "cpu_limit";
    case CallEnd::kOutputLimit:
      return "output_limit";
    case CallEnd::kCrashed:
      return "crashed";
    case CallEnd::kExited:
      return "exited";
    case CallEnd::kLied:
      return "lied";
    case CallEnd::kNoWorker:
      return "no_worker";
    case CallEnd::kMisuse:
      return "misuse";
  }
  return "unknown";
}

std::optional<CallFailure> FailureOf(const absl::Status& status) {
  const absl::optional<absl::Cord> payload =
      status.GetPayload(std::string(kFailurePayloadUrl));
  if (!payload.has_value()) return std::nullopt;
  std::optional<CallFailure> failure =
      DecodeFailure(static_cast<std::string>(*payload));
  if (failure.has_value() && CodeOf(failure->end) != status.code()) {
    return std::nullopt;
  }
  return failure;
}

absl::Status ToStatus(const CallFailure& failure, std::string_view detail,
                      const Policy* policy) {
  if (failure.end == CallEnd::kClean) return absl::OkStatus();
  const std::string message = FailureMessage(failure, detail, policy);
  if (message.empty()) {
    return absl::InternalError(
        "a call ended as number " +
        std::to_string(static_cast<int>(failure.end)) +
        ", which is none of CallEnd's; build host and jail library of one "
        "version");
  }
  absl::Status status(CodeOf(failure.end), message);
  status.SetPayload(std::string(kFailurePayloadUrl),
                    absl::Cord(EncodeFailure(failure)));
  return status;
}

}  // namespace cellblock
