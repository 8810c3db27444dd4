// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "jail/cellblock_jail.h"

#include <string.h>
#include <unistd.h>

#include <algorithm>
#include <iterator>
#include <memory>
#include <new>
#include <span>
#include <string>
#include <vector>

#include "jail/call/init.h"
#include "jail/cellblock_jail_options.h"
#include "jail/exit_code.h"
#include "jail/jail.h"

// Its words have a place of their own: a pool that is exhausted has none.
struct cellblock_call {
  cellblock::JailedCall* call;
  char explanation[cellblock::kShownDetailBytes];
  size_t explanation_bytes;
};

struct cellblock_jail {
  std::unique_ptr<cellblock::Jail> jail;
};

struct cellblock_output {
  cellblock::UntrustedBytes bytes;
  cellblock_failure failure;
  std::string message;
  std::string messages;
};

namespace {

using cellblock::CallEnd;
using cellblock::CallFailure;
using cellblock::Jail;

static_assert(static_cast<int>(CallEnd::kClean) == CELLBLOCK_END_CLEAN);
static_assert(static_cast<int>(CallEnd::kMisuse) == CELLBLOCK_END_MISUSE);

void Say(char* why, absl::string_view reason) {
  if (why == nullptr) return;
  const size_t length =
      std::min<size_t>(reason.size(), CELLBLOCK_JAIL_WHY_BYTES - 1);
  memcpy(why, reason.data(), length);
  why[length] = '\0';
}

absl::Status RunDecoder(const cellblock_decoder& decoder,
                        cellblock::JailedCall& call) {
  cellblock_call handle = {&call, {}, 0};
  const int code = decoder.decode(&handle);
  if (code == 0) return absl::OkStatus();
  return absl::Status(static_cast<absl::StatusCode>(code),
                      {handle.explanation, handle.explanation_bytes});
}

absl::Status Prepare(const cellblock_decoder& decoder) {
  const int code = decoder.prepare == nullptr ? 0 : decoder.prepare();
  if (code == 0) return absl::OkStatus();
  return absl::InternalError("it returned " + std::to_string(code));
}

cellblock_failure Figures(const CallFailure& from) {
  cellblock_failure to = {
      .end = static_cast<int>(from.end),
      .code = from.code,
      .signal = from.signal,
      .exit_code = from.exit_code,
      .worker = from.worker,
      .address = from.address,
      .asked = from.asked,
      .short_by = from.short_by,
      .in_use = from.in_use,
      .peak = from.peak,
      .largest_free = from.largest_free,
      .pool = from.pool,
      .time_limit_ms = static_cast<uint64_t>(from.time_limit.count()),
      .output_limit = from.output_limit,
      .call_number = from.violation.number,
      .call_arch = from.violation.arch,
      .call_instruction = from.violation.instruction,
      .call_arguments = {}};
  std::copy(std::begin(from.violation.args), std::end(from.violation.args),
            std::begin(to.call_arguments));
  return to;
}

cellblock_output* Perform(Jail& jail, std::span<const uint8_t> input,
                          const cellblock::CallOptions& options) {
  auto output = std::make_unique<cellblock_output>();
  const absl::Status status =
      input.data() == nullptr && !input.empty()
          ? cellblock::ToStatus({.end = CallEnd::kMisuse},
                                "the input is NULL; mend the caller")
          : jail.CallInto(input, &output->bytes, options);
  if (status.ok()) return output.release();
  output->bytes.Clear();
  CallFailure failure = cellblock::FailureOf(status).value_or(
      CallFailure{.end = CallEnd::kNoWorker});
  output->failure = Figures(failure);
  output->message = std::string(status.message());
  output->messages = std::move(failure.messages);
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

uint8_t* cellblock_call_room(cellblock_call* call, size_t* bytes) {
  const std::span<uint8_t> room = call->call->room();
  *bytes = room.size();
  return room.data();
}

void cellblock_call_commit(cellblock_call* call, size_t bytes) {
  call->call->Commit(bytes);
}

int cellblock_call_descriptor(const cellblock_call* call) {
  return call->call->descriptor();
}

void cellblock_call_explain(cellblock_call* call, const char* message) {
  if (message == nullptr) message = "";
  call->explanation_bytes = strnlen(message, sizeof(call->explanation));
  memcpy(call->explanation, message, call->explanation_bytes);
}

void cellblock_jail_init(int argc, char** argv,
                         const cellblock_decoder* decoders, size_t count) try {
  std::vector<cellblock::NamedWork> work;
  for (const cellblock_decoder& decoder : std::span(decoders, count)) {
    work.push_back({decoder.name,
                    {.decode =
                         [&decoder](cellblock::JailedCall& call) {
                           return RunDecoder(decoder, call);
                         },
                     .prepare = [&decoder] { return Prepare(decoder); },
                     .entry = reinterpret_cast<const void*>(decoder.decode)}});
  }
  cellblock::InitWorker(argc, argv, work);
} catch (const std::bad_alloc&) {
  _exit(static_cast<int>(cellblock::ExitCode::kSetupFailed));
}

cellblock_jail* cellblock_jail_create(const cellblock_jail_options* options,
                                      const char* decoder,
                                      char why[CELLBLOCK_JAIL_WHY_BYTES]) {
  try {
    if (decoder == nullptr) {
      Say(why, "decoder: NULL: name one of those that the worker has");
      return nullptr;
    }
    auto from = cellblock::OptionsFromC(options);
    auto jail =
        from.ok() ? Jail::Create(*std::move(from), decoder) : from.status();
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
    return Perform(*jail->jail, {static_cast<const uint8_t*>(input), bytes},
                   {.deadline = cellblock::MillisecondsFromC(deadline_ms),
                    .descriptor = descriptor});
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

int cellblock_jail_posture(const cellblock_jail* jail, cellblock_layer_fn* see,
                           void* context) {
  try {
    for (const cellblock::JailLayer& layer : jail->jail->posture()) {
      see(context, layer.name.c_str(), layer.state.c_str(),
          layer.reason.c_str());
    }
    return 0;
  } catch (const std::bad_alloc&) {
    return -1;
  }
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

const char* cellblock_output_messages(const cellblock_output* output,
                                      size_t* bytes) {
  *bytes = output->messages.size();
  return output->messages.data();
}

const cellblock_failure* cellblock_output_failure(
    const cellblock_output* output) {
  return &output->failure;
}

void cellblock_output_free(cellblock_output* output) { delete output; }

}  // extern "C"
