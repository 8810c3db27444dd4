// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include <utility>

#include "tools/jailrun/policy_command/export_oci.h"
#include "tools/jailrun/policy_command/export_systemd.h"
#include "tools/jailrun/policy_command/export_toml.h"
#include "tools/jailrun/policy_command/policy_verbs.h"

namespace cellblock {
namespace {

// The bytes of the sock_filter array. There is no supervisor where it goes, so
// what one would refuse kills; and no process has the pid that stands in it, so
// that signals to the own process are refused too until somebody writes it in.
PolicyOutcome ExportBpf(const LoadedPolicy& loaded) {
  std::string error;
  const std::vector<sock_filter> filter =
      loaded.Filter(Notify::kNobody, &error);
  if (!error.empty()) return PolicyError(loaded.source() + ": " + error);
  return {.output = std::string(reinterpret_cast<const char*>(filter.data()),
                                filter.size() * sizeof(sock_filter))};
}

PolicyOutcome ExportTomlFile(const LoadedPolicy& loaded) {
  PolicyOutcome outcome;
  std::string error =
      ExportToml(loaded.policy(), loaded.preset(), &outcome.output);
  if (!error.empty()) return PolicyError(loaded.source() + ": " + error);
  return outcome;
}

}  // namespace

PolicyOutcome Export(const PolicyWords& words) {
  LoadedPolicy loaded;
  std::string error = loaded.Load(words.arguments[0], words.additions);
  if (!error.empty()) return PolicyError(std::move(error));
  switch (words.format) {
    case ExportFormat::kOci:
      return {.output = ExportOci(loaded.policy())};
    case ExportFormat::kSystemd:
      return {.output = ExportSystemd(loaded.policy())};
    case ExportFormat::kBpf:
      return ExportBpf(loaded);
    case ExportFormat::kToml:
      return ExportTomlFile(loaded);
  }
  return {};
}

}  // namespace cellblock
