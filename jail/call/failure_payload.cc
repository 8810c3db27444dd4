// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "jail/call/failure_payload.h"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <type_traits>

namespace cellblock {
namespace {

constexpr std::string_view kMagic = "CELLFAIL";
constexpr uint32_t kVersion = 1;

class Writer {
 public:
  explicit Writer(std::string* bytes) : bytes_(bytes) {}

  template <typename T>
  void operator()(const T& number) {
    const auto bits = static_cast<uint64_t>(number);
    for (size_t i = 0; i < sizeof(T); ++i) {
      *bytes_ += static_cast<char>(bits >> (8 * i));
    }
  }
  void operator()(const std::chrono::milliseconds& time) {
    operator()(static_cast<int64_t>(time.count()));
  }

 private:
  std::string* bytes_;
};

class Reader {
 public:
  explicit Reader(std::string_view bytes) : rest_(bytes) {}

  template <typename T>
  void operator()(T& number) {
    static_assert(std::is_integral_v<T> || std::is_enum_v<T>);
    if (rest_.size() < sizeof(T)) {
      complete_ = false;
      return;
    }
    uint64_t bits = 0;
    for (size_t i = 0; i < sizeof(T); ++i) {
      bits |= uint64_t{static_cast<unsigned char>(rest_[i])} << (8 * i);
    }
    number = static_cast<T>(bits);
    rest_.remove_prefix(sizeof(T));
  }
  void operator()(std::chrono::milliseconds& time) {
    int64_t count = 0;
    operator()(count);
    time = std::chrono::milliseconds(count);
  }

  bool complete() const { return complete_; }
  std::string_view rest() const { return rest_; }

 private:
  std::string_view rest_;
  bool complete_ = true;
};

// All of a failure but its messages, in the order of the payload.
template <typename Failure, typename Visitor>
void VisitNumbers(Failure& failure, Visitor& visit) {
  visit(failure.end);
  visit(failure.worker);
  visit(failure.code);
  visit(failure.asked);
  visit(failure.short_by);
  visit(failure.in_use);
  visit(failure.peak);
  visit(failure.largest_free);
  visit(failure.pool);
  visit(failure.violation.number);
  visit(failure.violation.arch);
  visit(failure.violation.instruction);
  for (auto& argument : failure.violation.args) visit(argument);
  visit(failure.time_limit);
  visit(failure.output_limit);
  visit(failure.signal);
  visit(failure.address);
  visit(failure.exit_code);
}

bool IsFailure(CallEnd end) {
  return end > CallEnd::kClean && end <= CallEnd::kMisuse;
}

}  // namespace

std::string EncodeFailure(const CallFailure& failure) {
  std::string payload(kMagic);
  Writer write(&payload);
  write(kVersion);
  VisitNumbers(failure, write);
  const size_t kept = std::min(failure.messages.size(), kKeptMessagesBytes);
  write(static_cast<uint32_t>(kept));
  payload.append(failure.messages, failure.messages.size() - kept, kept);
  return payload;
}

std::optional<CallFailure> DecodeFailure(std::string_view payload) {
  if (!payload.starts_with(kMagic)) return std::nullopt;
  Reader read(payload.substr(kMagic.size()));
  uint32_t version = 0;
  read(version);
  if (version != kVersion) return std::nullopt;
  CallFailure failure;
  uint32_t kept = 0;
  VisitNumbers(failure, read);
  read(kept);
  if (!read.complete() || !IsFailure(failure.end) ||
      kept > kKeptMessagesBytes || read.rest().size() != kept) {
    return std::nullopt;
  }
  failure.messages = read.rest();
  return failure;
}

}  // namespace cellblock
