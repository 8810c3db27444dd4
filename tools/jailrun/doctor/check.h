// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_TOOLS_JAILRUN_DOCTOR_CHECK_H_
#define CELLBLOCK_TOOLS_JAILRUN_DOCTOR_CHECK_H_

#include <cstdint>
#include <string>
#include <utility>

namespace cellblock {

enum class CheckState : uint8_t {
  kOk,
  kLimited,  // a run works, with less of it
  kMissing,
  kUnknown,  // what has to come before it failed, or it hung
};

// What a default run does where a check is not ok.
enum class Need : uint8_t {
  kRequired,     // it ends before main, with exit code 125
  kOptional,     // it goes on without that layer
  kInformation,  // nothing of the jail depends on it
};

// What a check saw. `detail` is one line; for kOk it says what a run has of it.
struct Finding {
  CheckState state = CheckState::kOk;
  std::string detail;
};

enum class Place : uint8_t {
  kChild,
  kHere,  // it starts what it needs itself, and changes nothing here
};

// One question to this kernel and container.
struct Check {
  const char* name;  // a JSON value too
  Need need;
  // Tries it for real, in a process that is given up.
  Finding (*look)();
  // For all states but kOk.
  const char* consequence;
  const char* fix;
  int seconds = 5;  // in a child, after which it counts as hanging
  Place place = Place::kChild;
};

inline Finding Ok(std::string detail) {
  return {CheckState::kOk, std::move(detail)};
}
inline Finding Limited(std::string detail) {
  return {CheckState::kLimited, std::move(detail)};
}
inline Finding Missing(std::string detail) {
  return {CheckState::kMissing, std::move(detail)};
}
inline Finding Unknown(std::string detail) {
  return {CheckState::kUnknown, std::move(detail)};
}

}  // namespace cellblock

#endif  // CELLBLOCK_TOOLS_JAILRUN_DOCTOR_CHECK_H_
