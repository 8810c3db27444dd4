// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "tools/jailrun/load_outcome.h"

#include <string.h>

#include <algorithm>
#include <string>

#include "tools/jailrun/end_words.h"

namespace cellblock {
namespace {

std::string PathAt(const LoadList& list, uint32_t index) {
  return index < list.libraries.size() ? list.libraries[index].path
                                       : "a library";
}

// dlerror's words begin with the path, of this library or of one that it needs.
std::string Reason(const LoadArea& area, const std::string& path) {
  std::string reason(area.reason, strnlen(area.reason, sizeof(area.reason)));
  const std::string start = path + ": ";
  return reason.starts_with(start) ? reason.substr(start.size()) : reason;
}

void FailSetup(std::string reason, std::string advice, RunRecord* record) {
  record->verdict = {.verdict_class = VerdictClass::kSetupFailed,
                     .exit_code = static_cast<int>(ExitCode::kSetupFailed),
                     .permanent = true};
  record->reason = std::move(reason);
  record->advice = std::move(advice);
}

}  // namespace

void TakeLoadOutcome(const LoadArea* area, const LoadList& list,
                     RunRecord* record) {
  LoadedLibraries& loaded = record->loaded;
  loaded.passed_over = list.passed_over;
  loaded.first_passed_over = list.first_passed_over;
  loaded.why_passed_over = list.why_passed_over;
  if (area == nullptr) return;
  const auto most = static_cast<uint32_t>(list.libraries.size());
  loaded.loaded = std::min(area->loaded, most);
  const uint32_t passed_over = std::min(area->passed_over, most);
  if (passed_over > 0 && loaded.passed_over == 0) {
    loaded.first_passed_over = PathAt(list, area->first_passed_over);
    loaded.why_passed_over = Reason(*area, loaded.first_passed_over);
  }
  loaded.passed_over += passed_over;
  const std::string at = PathAt(list, area->index);
  switch (area->state.load(std::memory_order_acquire)) {
    case LoadState::kFailed:
      return FailSetup("--load=" + at + ": " + Reason(*area, at),
                       "leave it out, or load first what it needs of others; a "
                       "glob or a preset passes over what cannot be loaded",
                       record);
    case LoadState::kLoading:
      if (record->evidence.timed_out) return;
      return FailSetup(
          "--load: while " + at + " was loaded, " +
              (record->reason.empty() ? EndWords(record->evidence.end)
                                      : record->reason),
          "a constructor of it, or of what it needs, did that: leave it out",
          record);
    case LoadState::kWaiting:
    case LoadState::kDone:
      return;
  }
}

}  // namespace cellblock
