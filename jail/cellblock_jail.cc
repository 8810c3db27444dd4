// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "jail/cellblock_jail.h"

#include <string.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <new>
#include <span>
#include <string>
#include <vector>

#include "jail/call/init.h"
#include "jail/jail.h"

struct cellblock_call {
  cellblock::JailedCall* call;
  std::string explanation;
};

struct cellblock_jail {
  std::unique_ptr<cellblock::Jail> jail;
};

struct cellblock_output {
  cellblock::UntrustedBytes bytes;
  cellblock::CallFailure failure;
  std::string message;
};

namespace {

using cellblock::CallEnd;
using cellblock::Freshness;
using cellblock::Jail;
using cellblock::JailOptions;
using std::chrono::milliseconds;

static_assert(static_cast<int>(CallEnd::kClean) == CELLBLOCK_END_CLEAN);
static_assert(static_cast<int>(CallEnd::kMisuse) == CELLBLOCK_END_MISUSE);
static_assert(static_cast<int>(Freshness::kNewProcess) ==
              CELLBLOCK_FRESHNESS_NEW_PROCESS);

milliseconds Milliseconds(uint64_t count) {
  constexpr uint64_t kMost = uint64_t{1} << 40;
  return milliseconds(static_cast<int64_t>(std::min(count, kMost)));
}

void Say(char* why, absl::string_view reason) {
  if (why == nullptr) return;
  const size_t length =
      std::min<size_t>(reason.size(), CELLBLOCK_JAIL_WHY_BYTES - 1);
  memcpy(why, reason.data(), length);
  why[length] = '\0';
}

// Members that an older caller does not know keep their defaults.
cellblock_jail_options WithDefaults(const cellblock_jail_options& given) {
  cellblock_jail_options options;
  cellblock_jail_options_init(&options, sizeof(options));
  memcpy(&options, &given, std::min(given.size, sizeof(options)));
  return options;
}

JailOptions Translate(const cellblock_jail_options& given) {
  const cellblock_jail_options from = WithDefaults(given);
  JailOptions options;
  options.pool_bytes = from.pool_bytes;
  options.stack_bytes = from.stack_bytes;
  options.input_bytes = from.input_bytes;
  options.output_buffer = from.output_buffer;
  options.output_limit = from.output_limit;
  options.deadline = Milliseconds(from.deadline_ms);
  options.cpu_limit = Milliseconds(from.cpu_limit_ms);
  options.start_deadline = Milliseconds(from.start_deadline_ms);
  options.freshness = static_cast<Freshness>(from.freshness);
  options.workers = from.workers;
  options.fill = from.zeroed != 0 ? cellblock::Fill::kZeroed
                                  : cellblock::Fill::kUninitialized;
  options.commit = from.populate != 0 ? cellblock::Commit::kPopulate
                                      : cellblock::Commit::kLazy;
  options.heap = from.hardened != 0 ? cellblock::HeapMode::kHardened
                                    : cellblock::HeapMode::kChecked;
  options.placement = from.anywhere != 0 ? cellblock::Placement::kAnywhere
                                         : cellblock::Placement::kWithCaller;
  if (from.preset != nullptr) options.preset = from.preset;
  for (const char* const* each = from.allow;
       each != nullptr && *each != nullptr; ++each) {
    options.allow.emplace_back(*each);
  }
  if (from.worker_binary != nullptr) options.worker_binary = from.worker_binary;
  return options;
}

absl::Status RunDecoder(const cellblock_decoder& decoder,
                        cellblock::JailedCall& call) {
  cellblock_call handle = {&call, {}};
  const int code = decoder.decode(&handle);
  if (code == 0) return absl::OkStatus();
  return absl::Status(static_cast<absl::StatusCode>(code), handle.explanation);
}

absl::Status Prepare(const cellblock_decoder& decoder) {
  const int code = decoder.prepare == nullptr ? 0 : decoder.prepare();
  if (code == 0) return absl::OkStatus();
  return absl::InternalError("it returned " + std::to_string(code));
}

cellblock_output* Perform(Jail& jail, std::span<const uint8_t> input,
                          const cellblock::CallOptions& options) {
  auto output = std::make_unique<cellblock_output>();
  const absl::Status status = jail.CallInto(input, &output->bytes, options);
  if (status.ok()) return output.release();
  output->bytes.Clear();
  output->failure = cellblock::FailureOf(status).value_or(
      cellblock::CallFailure{.end = CallEnd::kNoWorker});
  output->message = std::string(status.message());
  return output.release();
}

}  // namespace

extern "C" {

const char* cellblock_end_name(int end) {
  return cellblock::Name(static_cast<CallEnd>(end));
}

const uint8_t* cellblock_call_input(const cellblock_call* call, size_t* bytes) {
  const std::span<const uint8_t> input = call->call->input();
  *bytes = input.size();
  return input.data();
}

void cellblock_call_write(cellblock_call* call, const void* bytes,
                          size_t count) {
  call->call->Write({static_cast<const uint8_t*>(bytes), count});
}

int cellblock_call_descriptor(const cellblock_call* call) {
  return call->call->descriptor();
}

void cellblock_call_explain(cellblock_call* call, const char* message) {
  call->explanation = message;
}

void cellblock_jail_init(int argc, char** argv,
                         const cellblock_decoder* decoders, size_t count) {
  std::vector<cellblock::NamedWork> work;
  for (const cellblock_decoder& decoder : std::span(decoders, count)) {
    work.push_back({decoder.name,
                    {.decode =
                         [&decoder](cellblock::JailedCall& call) {
                           return RunDecoder(decoder, call);
                         },
                     .prepare = [&decoder] { return Prepare(decoder); }}});
  }
  cellblock::InitWorker(argc, argv, work);
}

void cellblock_jail_options_init(cellblock_jail_options* options, size_t size) {
  const JailOptions defaults;
  const cellblock_jail_options all = {
      .size = std::min(size, sizeof(all)),
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
      .preset = nullptr,
      .allow = nullptr,
      .worker_binary = nullptr};
  memcpy(options, &all, all.size);
}

cellblock_jail* cellblock_jail_create(const cellblock_jail_options* options,
                                      const char* decoder,
                                      char why[CELLBLOCK_JAIL_WHY_BYTES]) {
  try {
    if (options->freshness < CELLBLOCK_FRESHNESS_REUSE ||
        options->freshness > CELLBLOCK_FRESHNESS_NEW_PROCESS) {
      Say(why, "freshness: " + std::to_string(options->freshness) +
                   ": is none of cellblock_freshness");
      return nullptr;
    }
    auto jail = Jail::Create(Translate(*options), decoder);
    if (jail.ok()) return new cellblock_jail{*std::move(jail)};
    Say(why, jail.status().message());
  } catch (const std::bad_alloc&) {
    Say(why, "malloc has nothing left");
  } catch (const std::exception& exception) {
    Say(why, exception.what());
  }
  return nullptr;
}

void cellblock_jail_destroy(cellblock_jail* jail) { delete jail; }

cellblock_output* cellblock_jail_call(cellblock_jail* jail, const void* input,
                                      size_t bytes) {
  return cellblock_jail_call_with(jail, input, bytes, 0, -1);
}

cellblock_output* cellblock_jail_call_with(cellblock_jail* jail,
                                           const void* input, size_t bytes,
                                           uint64_t deadline_ms,
                                           int descriptor) {
  try {
    return Perform(
        *jail->jail, {static_cast<const uint8_t*>(input), bytes},
        {.deadline = Milliseconds(deadline_ms), .descriptor = descriptor});
  } catch (const std::exception&) {
    return nullptr;
  }
}

int cellblock_jail_test_lock(cellblock_jail* jail, uint32_t number,
                             char why[CELLBLOCK_JAIL_WHY_BYTES]) {
  try {
    const absl::Status status = jail->jail->TestLock(number);
    if (status.ok()) return 0;
    Say(why, status.message());
  } catch (const std::exception& exception) {
    Say(why, exception.what());
  }
  return -1;
}

cellblock_end cellblock_output_end(const cellblock_output* output) {
  return static_cast<cellblock_end>(output->failure.end);
}

const char* cellblock_output_message(const cellblock_output* output) {
  return output->message.c_str();
}

const uint8_t* cellblock_output_bytes(const cellblock_output* output,
                                      size_t* bytes) {
  *bytes = output->bytes.size();
  return output->bytes.UnsafeUnvalidated().data();
}

void cellblock_output_failure(const cellblock_output* output,
                              cellblock_failure* failure) {
  const cellblock::CallFailure& from = output->failure;
  *failure = {.end = static_cast<int>(from.end),
              .code = from.code,
              .signal = from.signal,
              .exit_code = from.exit_code,
              .call_number = from.violation.number,
              .address = from.address,
              .asked = from.asked,
              .short_by = from.short_by,
              .in_use = from.in_use,
              .peak = from.peak};
}

void cellblock_output_free(cellblock_output* output) { delete output; }

}  // extern "C"
