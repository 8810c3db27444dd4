// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include <string>

#include "tools/jailrun/byte_size.h"
#include "tools/jailrun/end_text.h"
#include "tools/jailrun/refusal.h"
#include "tools/jailrun/report_command/html_text.h"
#include "tools/jailrun/report_command/page_sections.h"
#include "tools/jailrun/scene_text.h"

namespace cellblock {
namespace {

std::string Place(const CodePlace& place) {
  std::string html =
      Code(place.function.empty() ? HexText(place.address) : place.function);
  if (!place.file.empty()) {
    html += " <span class=\"soft\">" + Html(place.file);
    if (place.line != 0) html += ":" + std::to_string(place.line);
    html += "</span>";
  } else if (!place.module.empty()) {
    html += " <span class=\"soft\">" + Html(place.module) + "+" +
            HexText(place.offset) + "</span>";
  }
  if (!place.certain) {
    html +=
        " <span class=\"soft\">found by searching the stack, so perhaps "
        "wrong</span>";
  }
  return html;
}

std::string Places(const CallScene& scene) {
  std::string html;
  if (!scene.backtrace.empty()) {
    html += "<ol class=\"places\">\n";
    for (const CodePlace& place : scene.backtrace) {
      html += "<li>" + Place(place) + "</li>\n";
    }
    html += "</ol>\n";
  }
  if (!scene.missing.empty()) {
    html += "<p class=\"soft\">not known: " + Html(scene.missing) + "</p>\n";
  }
  return html;
}

// "socket(AF_INET, SOCK_STREAM, 0)", or with its registers as they were.
std::string CallOf(const ViolationReport& violation) {
  if (violation.scene.arguments.empty()) return violation.text;
  std::string text = violation.name + "(";
  for (const std::string& argument : violation.scene.arguments) {
    if (text.back() != '(') text += ", ";
    text += argument;
  }
  return text + ")";
}

std::string ViolationCard(const ViolationReport& violation,
                          const std::string& id, const std::string& title) {
  std::string html = "<section class=\"call\" id=\"" + id + "\"><h2>" + title +
                     "</h2>\n<p class=\"what\">" + Html(CallOf(violation)) +
                     "</p>\n<p>It " + Html(violation.reason) + ".</p>\n" +
                     "<p class=\"advice\">" + Html(violation.advice);
  if (!violation.cost.empty()) html += ": " + Html(violation.cost);
  html += "</p>\n";
  if (violation.scene.thread.id != 0) {
    html += "<h3>Where</h3>\n<p class=\"soft\">in " +
            Html(ThreadText(violation.scene.thread)) + "</p>\n";
  }
  return html + Places(violation.scene) + "</section>\n";
}

std::string ExhaustionCard(const RunRecord& record) {
  const Exhaustion& last = record.heap.last_exhaustion;
  const RefusedAllocation& refused = record.refused_allocation;
  HtmlTable table({"", "number"}, {});
  for (const auto& [name, bytes] : {std::pair("asked", last.asked),
                                    {"in use then", last.in_use},
                                    {"largest free piece", last.largest_free},
                                    {"short by", last.short_by},
                                    {"peak", last.peak}}) {
    table.Add({name, ExactBytes(bytes)});
  }
  std::string html =
      "<section class=\"call short\" id=\"exhaustion\"><h2>The pool was "
      "exhausted</h2>\n<p class=\"what\">" +
      FormatBytes(last.asked) + " refused, alignment " +
      std::to_string(last.alignment) + "</p>\n<p class=\"advice\">" +
      (record.suggested_pool_bytes != 0
           ? "as far as seen, " +
                 Code("--pool=" + SizeArgument(record.suggested_pool_bytes)) +
                 " would have been enough"
           : std::string("no pool is large enough for that")) +
      "</p>\n" + table.Text();
  html += "<h3>Who asked</h3>\n";
  if (refused.number == 0) {
    return html +
           "<p class=\"soft\">not known: " + Html(refused.scene.missing) +
           "</p></section>\n";
  }
  return html + "<p class=\"soft\">" + Html(ThreadText(refused.scene.thread)) +
         ", refusal " + std::to_string(refused.number) + " of " +
         std::to_string(record.heap.exhausted) + "</p>\n" +
         Places(refused.scene) + "</section>\n";
}

}  // namespace

std::string CauseSections(const RunRecord& record) {
  std::string html;
  if (record.violation) {
    html += ViolationCard(*record.violation, "violation", "Forbidden call");
  }
  if (record.heap.exhausted > 0) html += ExhaustionCard(record);
  const char* const what = record.options.on_violation == OnViolation::kLog
                               ? "Forbidden call, carried out "
                               : "Forbidden call, refused with EPERM ";
  for (size_t i = 0; i < record.tolerated.size(); ++i) {
    html += ViolationCard(record.tolerated[i].report,
                          "tolerated-" + std::to_string(i),
                          what + Times(record.tolerated[i].count));
  }
  return html;
}

}  // namespace cellblock
