// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include <algorithm>
#include <string>
#include <vector>

#include "tools/jailrun/byte_size.h"
#include "tools/jailrun/end_text.h"
#include "tools/jailrun/report_command/html_text.h"
#include "tools/jailrun/report_command/page_sections.h"

namespace cellblock {
namespace {

uint64_t NumberOf(const ReportJson& json, const char* key) {
  const ReportJson& value = json.at(key);
  return value.is_null() ? 0 : value.get<uint64_t>();
}

std::string BytesCell(const ReportJson& json, const char* key) {
  return json.at(key).is_null() ? "not known"
                                : FormatBytes(NumberOf(json, key));
}

std::string TimeCell(const ReportJson& json) {
  return Milliseconds(static_cast<int64_t>(NumberOf(json, "at_us")));
}

std::string Details(const std::string& summary, const std::string& content) {
  return "<details><summary>" + summary + "</summary>\n<div class=\"scroll\">" +
         content + "</div></details>\n";
}

// Some of the samples, evenly, with the first and the last.
std::string SamplesTable(const ReportJson& samples) {
  constexpr size_t kMostRows = 25;
  HtmlTable table({"number", "number", "number", "number"},
                  {"after the lock", "in use", "blocks up to", "largest free"});
  const size_t rows = std::min(samples.size(), kMostRows);
  for (size_t i = 0; i < rows; ++i) {
    const size_t at = rows == 1 ? 0 : i * (samples.size() - 1) / (rows - 1);
    const ReportJson& sample = samples[at];
    table.Add({TimeCell(sample), BytesCell(sample, "in_use_bytes"),
               BytesCell(sample, "high_water_bytes"),
               BytesCell(sample, "largest_free_bytes")});
  }
  return table.Text();
}

std::string PoolSection(const ReportJson& samples) {
  if (samples.empty()) return {};
  return Section(
      "pool", "The pool over time",
      "<ul class=\"legend\"><li><i class=\"in-use\"></i>in use</li><li><i "
      "class=\"high-water\"></i>end of the highest block</li><li "
      "id=\"free-legend\"><i class=\"free\"></i>largest free piece</li></ul>\n"
      "<div id=\"pool-chart\" class=\"chart pool\" data-hint=\"Point at the "
      "chart, or use the arrow keys.\"></div>\n" +
          Details("As a table", SamplesTable(samples)));
}

std::string StripsSection(const ReportJson& strips) {
  std::string html;
  for (size_t i = 0; i < strips.size(); ++i) {
    const ReportJson& strip = strips[i];
    const ReportJson& cells = strip.at("used_permille");
    if (cells.empty()) continue;
    size_t touched = 0;
    for (const ReportJson& cell : cells) touched += cell.get<int>() > 0;
    html += "<h3>At the " + Html(strip.at("when").get<std::string>()) + ", " +
            TimeCell(strip) + " after the lock</h3>\n<p class=\"note\">" +
            std::to_string(touched) + " of " + std::to_string(cells.size()) +
            " cells of " + BytesCell(strip, "cell_bytes") +
            " have something in use</p>\n<div id=\"strip-" + std::to_string(i) +
            "\" class=\"chart strip\" data-hint=\"From the start of the pool; "
            "as high as a cell is full.\"></div>\n";
  }
  return html.empty() ? html : Section("strips", "The pool in memory", html);
}

std::string SizesSection(const ReportJson& sizes) {
  if (sizes.empty()) return {};
  uint64_t most = 0;
  for (const ReportJson& size : sizes) {
    most = std::max(most, NumberOf(size, "allocations"));
  }
  HtmlTable table({"number", "bar", "number", "number", "number wide"},
                  {"size", "", "allocations", "live at the end", "asked"});
  for (const ReportJson& size : sizes) {
    const uint64_t allocations = NumberOf(size, "allocations");
    if (allocations == 0) continue;
    const uint64_t frees = std::min(NumberOf(size, "frees"), allocations);
    table.Add({"to " + BytesCell(size, "to_bytes"),
               Bar(allocations, allocations - frees, most),
               Grouped(allocations), Grouped(allocations - frees),
               BytesCell(size, "bytes_asked")});
  }
  if (table.empty()) return {};
  return Section(
      "sizes", "Allocations by size",
      "<p class=\"note\">Dark: what was never freed.</p>\n" + table.Text());
}

std::string FrameText(const ReportJson& frame) {
  for (const char* key : {"function", "module"}) {
    if (frame.at(key).is_string()) return frame.at(key).get<std::string>();
  }
  return "not known";
}

std::string StacksTable(const ReportJson& stacks) {
  constexpr size_t kMostRows = 25;
  std::vector<const ReportJson*> sorted;
  for (const ReportJson& stack : stacks) sorted.push_back(&stack);
  std::stable_sort(sorted.begin(), sorted.end(), [](auto* a, auto* b) {
    return NumberOf(*a, "bytes") > NumberOf(*b, "bytes");
  });
  sorted.resize(std::min(sorted.size(), kMostRows));
  HtmlTable table({"number", "number", ""}, {"live", "blocks", "asked by"});
  for (const ReportJson* stack : sorted) {
    std::string places;
    for (const ReportJson& frame : stack->at("frames")) {
      places += (places.empty() ? "" : " &larr; ") + Code(FrameText(frame));
    }
    table.Add({BytesCell(*stack, "bytes"), Grouped(NumberOf(*stack, "count")),
               places.empty() ? "not known" : places});
  }
  return table.Text();
}

std::string PeakSection(const ReportJson& peak) {
  if (peak.is_null() || peak.at("stacks").empty()) return {};
  std::string note = BytesCell(peak, "in_use_bytes") + " in use " +
                     TimeCell(peak) + " after the lock";
  if (const uint64_t every = NumberOf(peak, "sample_every_bytes"); every > 1) {
    note += "; one request was looked at in every " + FormatBytes(every);
  }
  if (const uint64_t dropped = NumberOf(peak, "dropped"); dropped > 0) {
    note += "; " + Grouped(dropped) + " found no room in the record";
  }
  return Section(
      "peak", "What was live at the peak",
      "<p class=\"note\">" + note +
          "</p>\n<div id=\"flame\" class=\"chart flame\" data-hint=\"Callers "
          "stand above those they call. Click or press Enter to look closer, "
          "Escape to look at all; arrow keys walk.\"></div>\n" +
          Details("As a table", StacksTable(peak.at("stacks"))));
}

}  // namespace

std::string ProfileSections(const StoredReport& stored) {
  const ReportJson& profile = stored.profile;
  if (!stored.profile_missing.empty()) {
    return Section("no-profile", "Charts",
                   "<p>What the program recorded cannot be shown: " +
                       Html(stored.profile_missing) + "</p>\n");
  }
  if (profile.is_null()) {
    if (!Ran(stored.record)) return {};
    return Section(
        "no-profile", "Charts",
        "<p>This run was not profiled. With <code>--profile</code> the page "
        "has charts of the pool over time and in memory, of allocations by "
        "size and of what was live at the peak, and the calls before and "
        "after the lock:</p>\n<pre>jailrun --profile --html=page.html -- "
        "PROGRAM ARGUMENTS</pre>\n");
  }
  return PoolSection(profile.at("samples")) +
         StripsSection(profile.at("strips")) +
         SizesSection(profile.at("sizes")) + PeakSection(profile.at("peak"));
}

}  // namespace cellblock
