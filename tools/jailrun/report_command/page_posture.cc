// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include <algorithm>
#include <string>
#include <vector>

#include "tools/jailrun/byte_size.h"
#include "tools/jailrun/end_text.h"
#include "tools/jailrun/late_load_text.h"
#include "tools/jailrun/report_command/html_text.h"
#include "tools/jailrun/report_command/page_sections.h"
#include "tools/jailrun/thread_text.h"

namespace cellblock {
namespace {

const char* Tone(LayerState state) {
  switch (state) {
    case LayerState::kEnforced:
      return "good";
    case LayerState::kUnsupported:
      return "warn";
    case LayerState::kOff:
      break;
  }
  return "none";
}

std::string LayersTable(const RunRecord& record) {
  HtmlTable table({"name", "", ""}, {"layer", "state", "detail"});
  for (const Layer& layer : record.posture) {
    table.Add({Html(Words(layer.name)),
               "<span class=\"state " + std::string(Tone(layer.state)) + "\">" +
                   Name(layer.state) + "</span>",
               Html(layer.detail)});
  }
  return table.Text();
}

std::string Listed(const std::vector<std::string>& words) {
  std::string html;
  for (const std::string& word : words) {
    html += (html.empty() ? "" : " ") + Code(word);
  }
  return html;
}

std::string GivenTable(const RunRecord& record) {
  const Options& options = record.options;
  HtmlTable table({"name", ""}, {});
  const auto add = [&table](const char* name, const std::string& html) {
    if (!html.empty()) table.Add({name, html});
  };
  add("program", Code(record.program));
  add("run by", Listed(record.interpreters));
  add("pool",
      SizeArgument(options.pool_bytes) +
          (options.pool_bytes == kDefaultPoolBytes ? ", the default" : ""));
  if (options.reserve_bytes > 0) {
    add("reserve", SizeArgument(options.reserve_bytes) + ", peak " +
                       FormatBytes(record.reserve_peak_bytes));
  }
  add("preset", Html(options.preset));
  if (!options.policy_file.empty()) add("policy", Code(options.policy_file));
  add("allowed beside it", Listed(options.allowed));
  add("filter", std::to_string(record.filter_length) + " instructions");
  add("readable, by the arguments", Listed(record.named_paths));
  add("readable, by --ro", Listed(options.readable));
  add("writable, by --rw", Listed(options.writable));
  add("loaded before the lock", Listed(options.loads));
  for (const LateLoad& late : LateLoadsOf(record)) {
    add("refused after the lock",
        Code(late.path) +
            (late.option.empty() ? "" : "; add " + Code(late.option)));
  }
  add("threads", Html(ThreadsText(record).substr(sizeof("threads:"))));
  if (options.timeout) {
    add("timeout",
        Milliseconds(std::chrono::duration_cast<std::chrono::microseconds>(
                         *options.timeout)
                         .count()));
  }
  if (options.cpu_time) {
    add("CPU time", std::to_string(options.cpu_time->count()) + " s");
  }
  if (options.output_bytes) add("output", FormatBytes(*options.output_bytes));
  if (options.file_bytes) add("files", FormatBytes(*options.file_bytes));
  if (options.stack_bytes) add("stack", FormatBytes(*options.stack_bytes));
  return table.Text();
}

}  // namespace

std::string PostureSection(const RunRecord& record) {
  const std::string layers =
      record.posture.empty()
          ? std::string()
          : Section("posture", "The jail, layer by layer",
                    "<p class=\"note\">" +
                        std::string(record.evidence.locked
                                        ? "Locked, as seen from outside."
                                        : "It was never locked.") +
                        "</p>\n" + LayersTable(record));
  return layers + Section("given", "What it was given", GivenTable(record));
}

}  // namespace cellblock
