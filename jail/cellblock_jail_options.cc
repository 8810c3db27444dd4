// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "jail/cellblock_jail_options.h"

#include <string.h>

#include <algorithm>
#include <cstddef>
#include <functional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"

namespace cellblock {
namespace {

using std::chrono::milliseconds;

static_assert(static_cast<int>(Freshness::kNewProcess) ==
              CELLBLOCK_FRESHNESS_NEW_PROCESS);
static_assert(static_cast<int>(Messages::kShown) == CELLBLOCK_MESSAGES_SHOWN);

// Its first version. What came later keeps its default where the caller does
// not know it.
constexpr size_t kLeastOptionsBytes =
    offsetof(cellblock_jail_options, worker_binary) + sizeof(const char*);

// Empty iff the members that are numbers are those of some version.
std::string WhatIsWrong(const cellblock_jail_options& given) {
  if (given.size < kLeastOptionsBytes) {
    return absl::StrCat("size: ", given.size,
                        ": call cellblock_jail_options_init first");
  }
  const auto* const bytes = reinterpret_cast<const uint8_t*>(&given);
  for (size_t at = sizeof(given); at < given.size; ++at) {
    if (bytes[at] != 0) {
      return absl::StrCat("size: ", given.size, ": the library knows ",
                          sizeof(given),
                          " bytes of it, and the rest is not 0: take the "
                          "library that the header is of");
    }
  }
  const struct {
    const char* name;
    int value;
    int most;
  } numbers[] = {
      {"freshness", given.freshness, CELLBLOCK_FRESHNESS_NEW_PROCESS},
      {"zeroed", given.zeroed, 1},
      {"populate", given.populate, 1},
      {"hardened", given.hardened, 1},
      {"anywhere", given.anywhere, 1},
      {"messages", given.messages, CELLBLOCK_MESSAGES_SHOWN},
      {"reserved", given.reserved, 0}};
  for (const auto& number : numbers) {
    if (number.value < 0 || number.value > number.most) {
      return absl::StrCat(number.name, ": ", number.value,
                          ": has to be from 0 to ", number.most);
    }
  }
  return {};
}

cellblock_jail_options WithDefaults(const cellblock_jail_options& given) {
  cellblock_jail_options options;
  cellblock_jail_options_init(&options, sizeof(options));
  memcpy(&options, &given, std::min(given.size, sizeof(options)));
  return options;
}

void AppendAll(const char* const* from, std::vector<std::string>* to) {
  for (; from != nullptr && *from != nullptr; ++from) to->emplace_back(*from);
}

std::function<void(const CallRecord&)> Log(cellblock_log_fn* log,
                                           void* context) {
  if (log == nullptr) return {};
  return [log, context](const CallRecord& from) {
    const std::string decoder(from.decoder);
    const cellblock_call_record record = {
        .decoder = decoder.c_str(),
        .end = static_cast<int>(from.end),
        .worker = from.worker,
        .input_bytes = from.input_bytes,
        .output_bytes = from.output_bytes,
        .wall_ns = static_cast<uint64_t>(from.wall.count())};
    log(context, &record);
  };
}

JailOptions Translate(const cellblock_jail_options& from) {
  JailOptions options;
  options.pool_bytes = from.pool_bytes;
  options.stack_bytes = from.stack_bytes;
  options.input_bytes = from.input_bytes;
  options.output_buffer = from.output_buffer;
  options.output_limit = from.output_limit;
  options.deadline = MillisecondsFromC(from.deadline_ms);
  options.cpu_limit = MillisecondsFromC(from.cpu_limit_ms);
  options.start_deadline = MillisecondsFromC(from.start_deadline_ms);
  options.freshness = static_cast<Freshness>(from.freshness);
  options.workers = from.workers;
  options.fill = from.zeroed != 0 ? Fill::kZeroed : Fill::kUninitialized;
  options.commit = from.populate != 0 ? Commit::kPopulate : Commit::kLazy;
  options.heap = from.hardened != 0 ? HeapMode::kHardened : HeapMode::kChecked;
  options.placement =
      from.anywhere != 0 ? Placement::kAnywhere : Placement::kWithCaller;
  if (from.preset != nullptr) options.preset = from.preset;
  AppendAll(from.allow, &options.allow);
  AppendAll(from.environment, &options.environment);
  for (const auto& grant : std::span(from.files, from.file_count)) {
    options.files.push_back(
        {.path = grant.path,
         .access =
             grant.writable != 0 ? PathAccess::kReadWrite : PathAccess::kRead,
         .presence =
             grant.optional != 0 ? Presence::kOptional : Presence::kRequired});
  }
  options.descriptors.assign(from.descriptors,
                             from.descriptors + from.descriptor_count);
  options.messages = static_cast<Messages>(from.messages);
  options.log = Log(from.log, from.log_context);
  if (from.worker_binary != nullptr) options.worker_binary = from.worker_binary;
  return options;
}

}  // namespace

milliseconds MillisecondsFromC(uint64_t count) {
  constexpr uint64_t kMost = uint64_t{1} << 40;
  return milliseconds(static_cast<int64_t>(std::min(count, kMost)));
}

absl::StatusOr<JailOptions> OptionsFromC(const cellblock_jail_options* given) {
  if (given == nullptr) return JailOptions();
  if (const std::string wrong = WhatIsWrong(*given); !wrong.empty()) {
    return absl::InvalidArgumentError(wrong);
  }
  return Translate(WithDefaults(*given));
}

}  // namespace cellblock

void cellblock_jail_options_init(cellblock_jail_options* options, size_t size) {
  const cellblock::JailOptions defaults;
  const cellblock_jail_options all = {
      .size = size,
      .pool_bytes = defaults.pool_bytes,
      .stack_bytes = defaults.stack_bytes,
      .input_bytes = defaults.input_bytes,
      .output_buffer = defaults.output_buffer,
      .output_limit = defaults.output_limit,
      .deadline_ms = static_cast<uint64_t>(defaults.deadline.count()),
      .cpu_limit_ms = static_cast<uint64_t>(defaults.cpu_limit.count()),
      .start_deadline_ms =
          static_cast<uint64_t>(defaults.start_deadline.count()),
      .freshness = static_cast<int>(defaults.freshness),
      .workers = defaults.workers,
      .zeroed = 0,
      .populate = 0,
      .hardened = 0,
      .anywhere = 0,
      .messages = static_cast<int>(defaults.messages),
      .reserved = 0,
      .preset = nullptr,
      .allow = nullptr,
      .worker_binary = nullptr,
      .files = nullptr,
      .file_count = 0,
      .descriptors = nullptr,
      .descriptor_count = 0,
      .environment = nullptr,
      .log = nullptr,
      .log_context = nullptr};
  memset(options, 0, size);
  memcpy(options, &all, std::min(size, sizeof(all)));
}
