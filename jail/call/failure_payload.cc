// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "jail/call/failure_payload.h"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <system_error>
#include <type_traits>

namespace cellblock {
namespace {

// The format, and its version.
constexpr std::string_view kHead = "call-failure/1 ";

// As decimal numbers, since a status that is printed shows its payload.
class Writer {
 public:
  explicit Writer(std::string* text) : text_(text) {}

  template <typename T>
  void operator()(const T& number) {
    if constexpr (std::is_enum_v<T>) {
      operator()(static_cast<std::underlying_type_t<T>>(number));
    } else {
      *text_ += std::to_string(number);
      *text_ += ' ';
    }
  }
  void operator()(const std::chrono::milliseconds& time) {
    operator()(time.count());
  }

 private:
  std::string* text_;
};

class Reader {
 public:
  explicit Reader(std::string_view text) : rest_(text) {}

  template <typename T>
  void operator()(T& number) {
    if constexpr (std::is_enum_v<T>) {
      std::underlying_type_t<T> value = {};
      operator()(value);
      number = static_cast<T>(value);
    } else {
      const char* const end = rest_.data() + rest_.size();
      const auto [after, error] = std::from_chars(rest_.data(), end, number);
      is_complete_ =
          is_complete_ && error == std::errc() && after != end && *after == ' ';
      if (!is_complete_) return;
      rest_.remove_prefix(static_cast<size_t>(after - rest_.data()) + 1);
    }
  }
  void operator()(std::chrono::milliseconds& time) {
    std::chrono::milliseconds::rep count = 0;
    operator()(count);
    time = std::chrono::milliseconds(count);
  }

  bool is_complete() const { return is_complete_; }
  std::string_view rest() const { return rest_; }

 private:
  std::string_view rest_;
  bool is_complete_ = true;
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
  std::string payload(kHead);
  Writer write(&payload);
  VisitNumbers(failure, write);
  const size_t kept = std::min(failure.messages.size(), kKeptMessagesBytes);
  write(kept);
  payload.append(failure.messages, failure.messages.size() - kept, kept);
  return payload;
}

std::optional<CallFailure> DecodeFailure(std::string_view payload) {
  if (!payload.starts_with(kHead)) return std::nullopt;
  Reader read(payload.substr(kHead.size()));
  CallFailure failure;
  size_t kept = 0;
  VisitNumbers(failure, read);
  read(kept);
  if (!read.is_complete() || !IsFailure(failure.end) ||
      kept > kKeptMessagesBytes || read.rest().size() != kept) {
    return std::nullopt;
  }
  failure.messages = read.rest();
  // There is one way to write each failure.
  if (EncodeFailure(failure) != payload) return std::nullopt;
  return failure;
}

}  // namespace cellblock
