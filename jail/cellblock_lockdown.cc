// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "jail/cellblock_lockdown.h"

#include <string.h>

#include <algorithm>
#include <chrono>
#include <string>

#include "absl/status/status.h"
#include "jail/inject_call.h"
#include "jail/lockdown.h"
#include "jail/policy_builder.h"
#include "jail/presets.h"

namespace {

using cellblock::Lockdown;
using cellblock::LockdownOptions;
using cellblock::Policy;
using cellblock::PolicyBuilder;

constexpr char kDefaultPreset[] = "service";

// Longer than any machine runs; the standard's clock would overflow.
constexpr uint64_t kMostMilliseconds = uint64_t{1} << 40;

std::string CheckFields(const cellblock_lockdown_options* options) {
  if (options == nullptr) return "the options are null";
  if (options->size != sizeof(*options)) {
    return "size is not sizeof(cellblock_lockdown_options): header and library "
           "are of different versions";
  }
  if (options->on_violation > CELLBLOCK_ON_VIOLATION_KILL) {
    return "on_violation is none of cellblock_on_violation";
  }
  if (options->heap > CELLBLOCK_LOCKDOWN_HEAP_NOT_CHECKED) {
    return "heap is none of cellblock_lockdown_heap";
  }
  if (options->guessing > CELLBLOCK_LOCKDOWN_GUESSING_RESTRICTED) {
    return "guessing is none of cellblock_lockdown_guessing";
  }
  if (options->no_threads > 1 ||
      (options->no_threads == 1 && options->threads > 0)) {
    return "no_threads is 0, or 1 with no number of threads";
  }
  if (options->wall_limit_ms > kMostMilliseconds) {
    return "wall_limit_ms is above 2^40; 0 is never";
  }
  return {};
}

LockdownOptions Translate(const cellblock_lockdown_options& options) {
  LockdownOptions translated = {
      .on_violation =
          static_cast<cellblock::OnForbiddenCall>(options.on_violation),
      .heap = static_cast<cellblock::LockdownHeap>(options.heap),
      .wall_limit = std::chrono::milliseconds(options.wall_limit_ms),
      .guessing = static_cast<cellblock::LockdownGuessing>(options.guessing)};
  if (options.threads > 0) translated.threads = options.threads;
  if (options.no_threads == 1) translated.threads = 0;
  if (options.thread_stack_bytes > 0) {
    translated.thread_stack_bytes = options.thread_stack_bytes;
  }
  return translated;
}

absl::Status Lock(const cellblock_lockdown_options* options) {
  if (std::string why = CheckFields(options); !why.empty()) {
    return absl::InvalidArgumentError("Lockdown: " + why);
  }
  const char* const name =
      options->preset != nullptr ? options->preset : kDefaultPreset;
  const Policy* const preset = cellblock::FindPreset(name);
  if (preset == nullptr) {
    return absl::InvalidArgumentError("Lockdown: no preset is called " +
                                      std::string(name) + ": there are " +
                                      cellblock::InheritablePresets());
  }
  PolicyBuilder builder(*preset);
  for (const char* const* what = options->allow;
       what != nullptr && *what != nullptr; ++what) {
    if (std::string why = builder.Allow(*what); !why.empty()) {
      return absl::InvalidArgumentError("Lockdown: allow \"" +
                                        std::string(*what) + "\": " + why);
    }
  }
  return Lockdown(builder.policy(), Translate(*options)).status();
}

}  // namespace

cellblock_lockdown_result cellblock_lockdown(
    const cellblock_lockdown_options* options, char* error,
    size_t error_bytes) {
  const absl::Status status = Lock(options);
  const std::string message(status.message());
  if (error_bytes > 0) {
    const size_t length = std::min(message.size(), error_bytes - 1);
    memcpy(error, message.data(), length);
    error[length] = '\0';
  }
  switch (status.code()) {
    case absl::StatusCode::kOk:
      return CELLBLOCK_LOCKDOWN_LOCKED;
    case absl::StatusCode::kFailedPrecondition:
      return CELLBLOCK_LOCKDOWN_NOT_READY;
    case absl::StatusCode::kUnavailable:
      return CELLBLOCK_LOCKDOWN_UNAVAILABLE;
    default:
      return CELLBLOCK_LOCKDOWN_INVALID;
  }
}

long cellblock_inject_forbidden_call(uint32_t number) {
  return cellblock::InjectForbiddenCall(number);
}
