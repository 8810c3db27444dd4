// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "tools/jailrun/reserve_text.h"

#include "tools/jailrun/byte_size.h"

namespace cellblock {

std::string ReserveText(const RunRecord& record) {
  return "reserve: " + SizeArgument(record.options.reserve_bytes) + ", peak " +
         ExactBytes(record.reserve_peak_bytes);
}

std::string RefusedReservationText(const RunRecord& record) {
  const uint64_t refused = record.counters.refused_reservation;
  const uint64_t enough = ReserveFor(record.reserve_peak_bytes, refused);
  return "a mapping without access, of " + ExactBytes(refused) +
         ", found no room" +
         (enough == 0
              ? ""
              : "; --reserve=" + SizeArgument(enough) + " gives it some");
}

uint64_t ReserveFor(uint64_t in_use, uint64_t refused) {
  constexpr uint64_t kStep = uint64_t{1} << 20;
  if (refused > kMostPoolBytes || in_use > kMostPoolBytes - refused) return 0;
  return (in_use + refused + kStep - 1) / kStep * kStep;
}

}  // namespace cellblock
