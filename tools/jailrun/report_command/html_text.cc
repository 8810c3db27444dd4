// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "tools/jailrun/report_command/html_text.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>

#include "tools/jailrun/turning_character.h"

namespace cellblock {
namespace {

void AddByte(unsigned char byte, std::string* html) {
  char text[8];
  snprintf(text, sizeof(text), "\\x%02x", byte);
  *html += text;
}

}  // namespace

std::string Html(std::string_view text) {
  std::string html;
  for (size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    const TurningCharacter turning = TurningCharacterOf(text.substr(i));
    if (turning.bytes > 0) {
      char name[16];
      snprintf(name, sizeof(name), "\\u%04x", turning.character);
      html += name;
      i += turning.bytes - 1;
    } else if (byte == '&') {
      html += "&amp;";
    } else if (byte == '<') {
      html += "&lt;";
    } else if (byte == '>') {
      html += "&gt;";
    } else if (byte == '"') {
      html += "&quot;";
    } else if (byte == '\'') {
      html += "&#39;";
    } else if ((byte < 0x20 && byte != '\n') || byte == 0x7f) {
      AddByte(byte, &html);
    } else if (byte == 0xc2 && i + 1 < text.size() &&
               static_cast<unsigned char>(text[i + 1]) < 0xa0) {
      AddByte(static_cast<unsigned char>(text[++i]), &html);  // of C1
    } else {
      html += text[i];
    }
  }
  return html;
}

std::string Code(std::string_view text) {
  return "<code>" + Html(text) + "</code>";
}

std::string JsonForScript(const ReportJson& json) {
  // In ASCII, so that no line separator of Unicode is in it either.
  const std::string text =
      json.dump(-1, ' ', true, ReportJson::error_handler_t::replace);
  std::string safe;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '\\') {
      // What would turn the direction of writing is shown by its number.
      if (text[i + 1] == 'u' &&
          IsTurning(static_cast<uint32_t>(
              strtoul(text.substr(i + 2, 4).c_str(), nullptr, 16)))) {
        safe += '\\';
      }
      safe += c;
      safe += text[++i];
    } else if (c == '<') {
      safe += "\\u003c";
    } else if (c == '>') {
      safe += "\\u003e";
    } else if (c == '&') {
      safe += "\\u0026";
    } else {
      safe += c;
    }
  }
  return safe;
}

std::string HtmlTable::Row(const char* tag,
                           const std::vector<std::string>& cells) const {
  std::string row = "<tr>";
  for (size_t i = 0; i < cells.size(); ++i) {
    const std::string& name = classes_[i];
    row += "<" + std::string(tag) +
           (name.empty() ? "" : " class=\"" + name + "\"") + ">" + cells[i] +
           "</" + tag + ">";
  }
  return row + "</tr>\n";
}

std::string HtmlTable::Text() const {
  std::string text = "<table>\n";
  if (!heads_.empty()) {
    text += "<thead>" + Row("th", heads_) + "</thead>\n";
  }
  text += "<tbody>\n";
  for (const std::vector<std::string>& row : rows_) text += Row("td", row);
  return text + "</tbody></table>\n";
}

std::string Bar(uint64_t all, uint64_t part, uint64_t most) {
  // Of 1000; what there is any of is seen.
  const auto width = [most](uint64_t value) {
    if (value == 0 || most == 0) return 0;
    const double share = static_cast<double>(value) / static_cast<double>(most);
    return std::clamp(static_cast<int>(1000 * share + 0.5), 4, 1000);
  };
  std::string svg =
      "<svg viewBox=\"0 0 1000 10\" preserveAspectRatio=\"none\" "
      "aria-hidden=\"true\">";
  for (const auto& [name, value] : {std::pair("all", all), {"part", part}}) {
    svg += "<rect class=\"" + std::string(name) + "\" width=\"" +
           std::to_string(width(value)) + "\" height=\"10\"/>";
  }
  return svg + "</svg>";
}

std::string Words(std::string name) {
  std::replace(name.begin(), name.end(), '_', ' ');
  return name;
}

std::string Grouped(uint64_t number) {
  std::string text = std::to_string(number);
  // A narrow space that does not break, as SI has it.
  for (size_t at = text.size(); at > 3;) {
    at -= 3;
    text.insert(at, "\u202f");
  }
  return text;
}

}  // namespace cellblock
