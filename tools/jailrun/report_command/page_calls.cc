// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include <string.h>

#include <algorithm>
#include <string>
#include <vector>

#include "tools/jailrun/end_text.h"
#include "tools/jailrun/report_command/html_text.h"
#include "tools/jailrun/report_command/page_sections.h"
#include "tools/jailrun/syscall_name.h"

namespace cellblock {
namespace {

uint64_t CountOf(const ReportJson& call, const char* key) {
  const auto found = call.find(key);
  return found == call.end() || found->is_null() ? 0 : found->get<uint64_t>();
}

// The most frequent first.
std::string CallsTable(const ReportJson& calls) {
  std::vector<const ReportJson*> sorted;
  uint64_t most = 0;
  bool any_refused = false;
  for (const ReportJson& call : calls) {
    sorted.push_back(&call);
    most = std::max(most, CountOf(call, "count"));
    any_refused |= CountOf(call, "refused") > 0;
  }
  std::stable_sort(sorted.begin(), sorted.end(), [](auto* a, auto* b) {
    return CountOf(*a, "count") > CountOf(*b, "count");
  });
  HtmlTable table({"", "bar", "number", "number"},
                  {"call", "", "times", any_refused ? "refused" : ""});
  for (const ReportJson* call : sorted) {
    const uint64_t count = CountOf(*call, "count");
    const uint64_t refused = CountOf(*call, "refused");
    table.Add({Code(call->at("syscall").get<std::string>()),
               Bar(count, count, most), Grouped(count),
               refused > 0 ? Grouped(refused) : ""});
  }
  return table.Text();
}

std::string Side(const ReportJson& calls, const char* key, const char* title) {
  const ReportJson& side = calls.at(key);
  std::string html =
      "<div id=\"" + std::string(key) + "\"><h3>" + title + "</h3>\n";
  if (side.is_null()) {
    html += "<p class=\"soft\">not counted</p>\n";
  } else {
    html += side.empty() ? "<p class=\"soft\">none</p>\n" : CallsTable(side);
  }
  return html + "</div>\n";
}

std::string RefusedTable(const RunRecord& record) {
  HtmlTable table({"", "", "number", ""},
                  {"call", "answer", "times", "first for"});
  for (const RefusedCall& call : record.refused) {
    const char* const error = strerrorname_np(call.error);
    table.Add({Code(SyscallName(call.number)),
               error != nullptr ? error : std::to_string(call.error),
               Grouped(call.count), call.path.empty() ? "" : Code(call.path)});
  }
  return table.Text();
}

}  // namespace

std::string CallsSection(const StoredReport& stored) {
  const RunRecord& record = stored.record;
  std::string html;
  if (!stored.profile.is_null() && !stored.profile.at("calls").is_null()) {
    const ReportJson& calls = stored.profile.at("calls");
    html += "<div class=\"pair\">" +
            Side(calls, "before_lock", "Before the lock") +
            Side(calls, "after_lock", "After the lock") + "</div>\n";
    if (calls.at("missing").is_string()) {
      html += "<p class=\"soft\">Not counted: " +
              Html(calls.at("missing").get<std::string>()) + "</p>\n";
    }
  }
  if (record.counters.trapped > 0) {
    html += "<p class=\"note\">" + Grouped(record.counters.trapped) +
            " memory calls were trapped and answered from the pool.</p>\n";
  }
  if (!record.refused.empty()) {
    html += "<h3>Answered with an error</h3>\n" + RefusedTable(record);
  }
  for (const std::string& path : record.first_refused_paths) {
    html += "<p>Opening " + Code(path) + " was refused.</p>\n";
  }
  return html.empty() ? html : Section("calls", "System calls", html);
}

}  // namespace cellblock
