// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_JAIL_TYPED_JAIL_H_
#define CELLBLOCK_JAIL_TYPED_JAIL_H_

// Calls plain functions in a jail, with their own arguments and results:
//
//   int Add(int a, int b);
//   absl::StatusOr<std::vector<uint8_t>> Inflate(std::span<const uint8_t> file,
//                                                uint32_t limit);
//   constexpr cellblock::Decoder kDecoders[] = {
//       cellblock::Wrap<Add>("add"), cellblock::Wrap<Inflate>("inflate")};
//
//   auto add = cellblock::TypedJail<Add>::Create({}, "add");
//   if (!add.ok()) ...
//   absl::StatusOr<cellblock::Untrusted<int>> sum = (*add)->Call(1, 2);
//
// Parameters: bool, numbers, enums with a fixed underlying type, std::array and
// structs of these, by value or by const&; and std::span<const uint8_t>,
// std::string_view, std::string. Results: the same values,
// std::vector<uint8_t>, std::string, nothing; and absl::StatusOr of these, or
// absl::Status. What is none of them does not compile.

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <span>
#include <string_view>
#include <type_traits>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "jail/call/packing.h"
#include "jail/call/reply.h"
#include "jail/call/signature.h"
#include "jail/call/wrapped_function.h"
#include "jail/jail.h"

namespace cellblock {

namespace typed_internal {

template <typename Parameter>
struct HostArgument {
  using Type = const ArgumentValue<Parameter>&;
};
template <typename Parameter>
requires kTakesBytes<ArgumentValue<Parameter>>
struct HostArgument<Parameter> {
  using Type = std::conditional_t<
      std::is_same_v<ArgumentValue<Parameter>, std::span<const uint8_t>>,
      std::span<const uint8_t>, std::string_view>;
};

template <typename T>
size_t InputBytes(const T& argument) {
  if constexpr (kTakesBytes<T>) {
    return sizeof(uint64_t) + argument.size();
  } else {
    return PackedBytes<T>();
  }
}

template <typename T>
uint8_t* Pack(const T& argument, uint8_t* to) {
  if constexpr (kTakesBytes<T>) {
    to = PackValue(uint64_t{argument.size()}, to);
    if (!argument.empty()) memcpy(to, argument.data(), argument.size());
    return to + argument.size();
  } else {
    return PackValue(argument, to);
  }
}

template <typename Function>
class Caller;

template <typename Result, typename... Parameters>
class Caller<Result (*)(Parameters...)> {
 public:
  explicit Caller(std::unique_ptr<Jail> jail) : jail_(std::move(jail)) {}

  HostResult<Result> Call(
      typename HostArgument<Parameters>::Type... arguments) {
    return CallWith({}, arguments...);
  }

  HostResult<Result> CallWith(
      const CallOptions& options,
      typename HostArgument<Parameters>::Type... arguments) {
    constexpr uint32_t kKind = SignatureKind<Result, Parameters...>();
    Reply<ResultValue<Result>> reply;
    const absl::Status status = jail_->CallInPlace(
        (sizeof(kKind) + ... + InputBytes(arguments)),
        [&](std::span<uint8_t> input) {
          [[maybe_unused]] uint8_t* to = PackValue(kKind, input.data());
          ((to = Pack(arguments, to)), ...);
        },
        [&reply](UntrustedView part) { return reply.Add(part); }, options);
    if (!status.ok()) return status;
    return reply.Finish();
  }

  Jail& jail() { return *jail_; }

 private:
  const std::unique_ptr<Jail> jail_;
};

template <typename Result, typename... Parameters>
class Caller<Result (*)(Parameters...) noexcept>
    : public Caller<Result (*)(Parameters...)> {
 public:
  using Caller<Result (*)(Parameters...)>::Caller;
};

}  // namespace typed_internal

// A jail for one function.
//
// Call(arguments...), and CallWith(options, arguments...), run it in the jail.
// Lifecycle, Ownership, Threads, Syscalls: as of Jail (jail/jail.h), which
//   jail() is. Arguments are packed into what the worker reads; results are
//   copied once.
// Errors: those of Jail::CallInPlace. The function's own error is kRefused. A
//   result that its type cannot have is kLied: too many bytes end the worker,
//   too few do not.
template <auto kFunction>
class TypedJail : public typed_internal::Caller<decltype(kFunction)> {
 public:
  // `decoder` is the name that Wrap<kFunction> was given. Errors: as
  // Jail::Create.
  static absl::StatusOr<std::unique_ptr<TypedJail>> Create(
      JailOptions options, std::string_view decoder) {
    auto jail = Jail::Create(std::move(options), decoder);
    if (!jail.ok()) return jail.status();
    return std::make_unique<TypedJail>(*std::move(jail));
  }

  // `jail` runs Wrap<kFunction>.
  explicit TypedJail(std::unique_ptr<Jail> jail)
      : typed_internal::Caller<decltype(kFunction)>(std::move(jail)) {}
};

}  // namespace cellblock

#endif  // CELLBLOCK_JAIL_TYPED_JAIL_H_
