// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
#ifndef CELLBLOCK_TESTS_EXAMPLES_JAILED_RUN_H_
#define CELLBLOCK_TESTS_EXAMPLES_JAILED_RUN_H_

#include <chrono>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "absl/status/statusor.h"
#include "jail/jail.h"
#include "tests/examples/outcome.h"
#include "tests/examples/subjects.h"

namespace examples {

// What a late answer may be late by, on a machine that does other work too.
inline constexpr std::chrono::milliseconds kGrace{2000};

// A decoder in a jail, with a process for each input.
class JailedRun {
 public:
  static absl::StatusOr<std::unique_ptr<JailedRun>> Create(
      const Subject& subject, uint64_t pool_bytes,
      std::chrono::milliseconds deadline);

  Outcome Decode(std::span<const uint8_t> input);

  // Of the last one: what is wrong in itself, whatever it would be without a
  // jail; empty iff nothing is.
  const std::string& complaint() const { return complaint_; }

  // Empty iff the last one was the same without a jail: `other`.
  std::string Difference(const Outcome& other) const;

 private:
  JailedRun(uint64_t pool_bytes, std::chrono::milliseconds deadline,
            std::unique_ptr<cellblock::Jail> jail)
      : pool_bytes_(pool_bytes), deadline_(deadline), jail_(std::move(jail)) {}

  void Complain(const cellblock::CallFailure& failure);

  const uint64_t pool_bytes_;
  const std::chrono::milliseconds deadline_;
  const std::unique_ptr<cellblock::Jail> jail_;
  cellblock::UntrustedBytes output_;
  absl::Status status_;
  Outcome outcome_;
  std::string complaint_;
};

}  // namespace examples

#endif  // CELLBLOCK_TESTS_EXAMPLES_JAILED_RUN_H_
