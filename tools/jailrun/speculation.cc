// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "tools/jailrun/speculation.h"

#include <errno.h>
#include <string.h>

namespace cellblock {
namespace {

bool IsRestricted(const SpeculationResult& result) {
  return result.state != SpeculationState::kAllowed;
}

std::string Why(int error) {
  switch (error) {
    case 0:
      return "the kernel agreed to turn it off, and did not";
    case ENXIO:
      return "this processor or kernel does not let a process choose";
    case ENODEV:
    case EINVAL:
      return "this kernel knows no such choice";
    case EPERM:
      return "this kernel leaves it on for all, or another filter refuses the "
             "choice";
    default:
      return strerror(error);
  }
}

std::string Describe(const SpeculationResult& result) {
  switch (result.state) {
    case SpeculationState::kRestricted:
      return "off";
    case SpeculationState::kUnaffected:
      return "harmless on this processor";
    case SpeculationState::kAllowed:
      break;
  }
  return "on, since " + Why(result.error);
}

}  // namespace

bool IsRestricted(const SpeculationLayer& layer) {
  return IsRestricted(layer.store_bypass) &&
         IsRestricted(layer.indirect_branch);
}

std::string Describe(const SpeculationLayer& layer) {
  return "store bypass: " + Describe(layer.store_bypass) +
         "; branches trained by others: " + Describe(layer.indirect_branch);
}

}  // namespace cellblock
