// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_EXAMPLES_SERVICE_BODY_H_
#define CELLBLOCK_EXAMPLES_SERVICE_BODY_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "examples/service/byte_budget.h"

namespace examples::service {

// A file as it comes, in pieces. It takes of the budget what has come and not
// what was said to come, so that a client which sends little holds little.
//
// Errors: Append: false iff the budget is used up; what came before stays.
// Ownership: its pieces. Threads: one. Syscalls: those of memory.
class Body {
 public:
  static constexpr size_t kPieceBytes = size_t{64} << 10;

  explicit Body(ByteBudget* budget) : hold_(budget) {}

  [[nodiscard]] bool Append(std::string_view bytes);
  size_t size() const { return size_; }

  // `to` has at least size() bytes.
  void CopyTo(std::span<uint8_t> to) const;

  // Gives all back, and is empty.
  void Clear();

 private:
  ByteBudget::Hold hold_;
  std::vector<std::unique_ptr<char[]>> pieces_;  // full, but for the last
  size_t size_ = 0;
};

}  // namespace examples::service

#endif  // CELLBLOCK_EXAMPLES_SERVICE_BODY_H_
