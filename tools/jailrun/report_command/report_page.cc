// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "tools/jailrun/report_command/report_page.h"

#include <string>

#include "tools/jailrun/report_command/html_text.h"
#include "tools/jailrun/report_command/page_assets.h"
#include "tools/jailrun/report_command/page_sections.h"
#include "tools/jailrun/report_text.h"

namespace cellblock {
namespace {

std::string SecurityPolicy() {
  return std::string("default-src 'none'; script-src '") + kPageLibraryHash +
         "' '" + kPageScriptHash + "'; style-src '" + kPageStyleHash +
         "'; base-uri 'none'; form-action 'none'";
}

std::string Head(const RunRecord& record) {
  return "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta "
         "charset=\"utf-8\">\n<meta http-equiv=\"Content-Security-Policy\" "
         "content=\"" +
         SecurityPolicy() +
         "\">\n<meta name=\"viewport\" content=\"width=device-width, "
         "initial-scale=1\">\n<meta name=\"referrer\" "
         "content=\"no-referrer\">\n<title>" +
         Html(ProgramName(record)) + ": " +
         Html(Name(record.verdict.verdict_class)) + "</title>\n<style>" +
         kPageStyle + "</style>\n</head>\n";
}

std::string Scripts(const StoredReport& stored) {
  const ReportJson data = {{"pool_bytes", stored.record.options.pool_bytes},
                           {"profile", stored.profile}};
  return "<script type=\"application/json\" id=\"report\">" +
         JsonForScript(data) + "</script>\n<script>" + kPageLibrary +
         "</script>\n<script>" + kPageScript + "</script>\n";
}

}  // namespace

std::string ReportPage(const StoredReport& stored) {
  const RunRecord& record = stored.record;
  return Head(record) + "<body>\n<main>\n" + HeadSection(record) +
         CauseSections(record) + ProfileSections(stored) +
         CallsSection(stored) + PostureSection(record) +
         "<section id=\"text\"><details><summary>The report in "
         "words</summary>\n"
         "<pre tabindex=\"0\">" +
         Html(TextReport(record)) +
         "</pre></details></section>\n"
         "<footer><p>jailrun " +
         Html(stored.json.value("jailrun", std::string())) +
         ". Figures of the pool and names of functions are what the program "
         "itself wrote; the verdict is not. Charts by D3.</p></footer>\n"
         "</main>\n" +
         (stored.profile.is_null() ? "" : Scripts(stored)) +
         "</body>\n</html>\n";
}

std::string ReportPage(const std::string& json, ExitMap exit_map) {
  StoredReport stored;
  const std::string error = ParseReport(json, &stored);
  stored.record.options.exit_map = exit_map;
  if (error.empty()) return ReportPage(stored);
  // The program wrote most of the profile, and may have written what no page
  // can show; the rest of the report is shown all the same.
  StoredReport rest;
  ReportJson without = stored.json;
  if (without.is_object()) without["profile"] = nullptr;
  const std::string other = ParseReport(without.dump(), &rest);
  if (!other.empty()) return "<!DOCTYPE html>\n" + Html(other) + "\n";
  rest.record.options.exit_map = exit_map;
  rest.profile_missing = error;
  return ReportPage(rest);
}

}  // namespace cellblock
