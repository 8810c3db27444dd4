// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "tools/jailrun/report_command/run_diff.h"

#include <cstdio>
#include <map>
#include <utility>

#include "tools/jailrun/policy_command/text_table.h"
#include "tools/jailrun/refusal.h"
#include "tools/jailrun/report_command/run_facts.h"

namespace cellblock {
namespace {

// By how much a number has changed; empty where nothing was before.
std::string ChangeText(const RunFact& a, const RunFact& b) {
  if (!a.number || !b.number || *a.number == 0) return {};
  const double before = static_cast<double>(*a.number);
  const double percent =
      100 * (static_cast<double>(*b.number) - before) / before;
  char text[64];
  snprintf(text, sizeof(text), percent < 1000 ? "%+.1f %%" : "%+.0f %%",
           percent);
  return text;
}

// Numbers that are shown the same, rounded, are shown in full.
std::pair<std::string, std::string> Shown(const RunFact& a, const RunFact& b) {
  if (a.text != b.text || !a.number || !b.number) return {a.text, b.text};
  return {a.text + " (" + std::to_string(*a.number) + ")",
          b.text + " (" + std::to_string(*b.number) + ")"};
}

bool Same(const RunFact& a, const RunFact& b) {
  return a.text == b.text && a.number == b.number;
}

// On one line of a terminal.
std::string Short(const std::string& text) {
  constexpr size_t kMost = 120;
  const std::string escaped = Escaped(text);
  if (escaped.size() <= kMost) return escaped;
  size_t end = kMost;
  // No character of UTF-8 is cut in two.
  while (end > 0 && (escaped[end] & 0xc0) == 0x80) --end;
  return escaped.substr(0, end) + "...";
}

ReportJson Value(const std::string& text,
                 const std::optional<uint64_t>& number) {
  return number ? ReportJson(*number) : ReportJson(text);
}

ReportJson Json(const RunDifference& difference) {
  return {{"what", difference.what},
          {"a", Value(difference.a, difference.number_a)},
          {"b", Value(difference.b, difference.number_b)},
          {"counts", difference.weight == Weight::kCounts}};
}

}  // namespace

RunDiff CompareRuns(const StoredReport& a, const StoredReport& b) {
  RunDiff diff = {.source_a = a.source,
                  .source_b = b.source,
                  .differences = {},
                  .differ = false};
  const RunFact none = {.text = "none", .number = {}};
  const RunFacts facts_a = FactsOf(a);
  const RunFacts facts_b = FactsOf(b);
  std::map<std::string, const RunFact*> known_b;
  for (const auto& [name, fact] : facts_b) known_b[name] = &fact;
  const auto add = [&](const std::string& name, const RunFact& of_a,
                       const RunFact& of_b, Weight weight) {
    if (Same(of_a, of_b)) return;
    const auto [shown_a, shown_b] = Shown(of_a, of_b);
    diff.differences.push_back({name, shown_a, shown_b, of_a.number,
                                of_b.number, ChangeText(of_a, of_b), weight});
    diff.differ |= weight == Weight::kCounts;
  };
  std::map<std::string, bool> seen;
  for (const auto& [name, fact] : facts_a) {
    seen[name] = true;
    const auto other = known_b.find(name);
    add(name, fact, other == known_b.end() ? none : *other->second,
        fact.weight);
  }
  for (const auto& [name, fact] : facts_b) {
    if (!seen.contains(name)) add(name, none, fact, fact.weight);
  }
  return diff;
}

std::string TextOf(const RunDiff& diff) {
  std::string text =
      "a: " + Short(diff.source_a) + "\nb: " + Short(diff.source_b) + "\n";
  for (const Weight weight : {Weight::kCounts, Weight::kShown}) {
    TextTable table;
    bool any = false;
    for (const RunDifference& difference : diff.differences) {
      if (difference.weight != weight) continue;
      table.Add({Short(difference.what), Short(difference.a), "->",
                 Short(difference.b), difference.change});
      any = true;
    }
    if (any && weight == Weight::kShown) {
      text += "of each run its own, and no difference:\n";
    }
    text += table.Text("  ");
  }
  return text + (diff.differ ? "the runs differ\n" : "the runs are the same\n");
}

std::string JsonOf(const RunDiff& diff) {
  ReportJson differences = ReportJson::array();
  for (const RunDifference& difference : diff.differences) {
    differences.push_back(Json(difference));
  }
  const ReportJson json = {{"a", diff.source_a},
                           {"b", diff.source_b},
                           {"differ", diff.differ},
                           {"differences", std::move(differences)}};
  return json.dump(-1, ' ', false, ReportJson::error_handler_t::replace) + "\n";
}

}  // namespace cellblock
