// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "tools/jailrun/plan_text.h"

#include <string>

#include "tools/jailrun/byte_size.h"
#include "tools/jailrun/late_load_text.h"
#include "tools/jailrun/script_text.h"
#include "tools/jailrun/thread_text.h"

namespace cellblock {

void AddPlan(const RunRecord& record, ReportLines* lines) {
  lines->Add("dry run: nothing was started");
  lines->Add("program: " + record.program);
  if (const std::string script = ScriptText(record); !script.empty()) {
    lines->Add("script: " + script);
  }
  lines->Add(
      "pool: " + SizeArgument(record.options.pool_bytes) +
      (record.options.pool_bytes == kDefaultPoolBytes ? " (the default)" : ""));
  if (record.options.reserve_bytes > 0) {
    lines->Add("reserve: " + SizeArgument(record.options.reserve_bytes) +
               " of address space");
  }
  lines->Add("threads: " + PlannedThreads(record));
  if (!record.options.policy_file.empty()) {
    lines->Add("policy: " + record.options.policy_file);
  }
  lines->Add("preset: " + record.options.preset + ", " +
             std::to_string(record.filter_length) +
             " instructions, proved equal to its table");
  if (const std::string loaded = LoadedText(record); !loaded.empty()) {
    lines->Add(loaded);
  }
  for (const std::string& path : record.options.readable) {
    lines->Add("reads below: " + path);
  }
  for (const std::string& path : record.options.writable) {
    lines->Add("reads and writes below: " + path);
  }
  if (record.options.on_violation != OnViolation::kKill) {
    lines->Add(std::string("forbidden calls: ") +
               (record.options.on_violation == OnViolation::kLog
                    ? "carried out: a diagnosis, no jail"
                    : "refused with EPERM"));
  }
}

}  // namespace cellblock
