// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "examples/service/request_check.h"

#include <algorithm>
#include <cctype>
#include <string>
#include <string_view>

namespace examples::service {
namespace {

struct Route {
  const char* path;
  std::string_view method;
  const char* name;
};
constexpr Route kRoutes[] = {
    {"/", "GET", "page"},           {"/page.js", "GET", "page"},
    {"/page.css", "GET", "page"},   {"/metrics", "GET", "metrics"},
    {"/healthz", "GET", "healthz"}, {"/decode", "POST", "decode"},
};

const Route* FindRoute(std::string_view path) {
  for (const Route& route : kRoutes) {
    if (path == route.path) return &route;
  }
  return nullptr;
}

bool BeginsWith(std::string_view text, std::string_view lower) {
  return text.size() >= lower.size() &&
         std::ranges::equal(
             text.substr(0, lower.size()), lower, [](char a, char b) {
               return tolower(static_cast<unsigned char>(a)) == b;
             });
}

// How long a body says it is, in the one form that cannot be read in two ways.
enum class Length : uint8_t { kNone, kEncoded, kGiven, kUnclear };

Length LengthOf(const httplib::Request& request, uint64_t* bytes) {
  const size_t lengths = request.headers.count("Content-Length");
  // cpp-httplib takes sizes of chunks by strtoul: " +5 junk", "0x5", "-5".
  if (request.has_header("Transfer-Encoding")) return Length::kEncoded;
  if (lengths == 0) return Length::kNone;
  if (lengths > 1) return Length::kUnclear;
  const std::string text = request.get_header_value("Content-Length");
  if (text.empty() || text.size() > 18) return Length::kUnclear;
  uint64_t number = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return Length::kUnclear;
    number = number * 10 + static_cast<uint64_t>(c - '0');
  }
  *bytes = number;
  return Length::kGiven;
}

}  // namespace

Checked CheckRequest(const httplib::Request& request, uint64_t most_bytes) {
  Checked checked;
  const auto refuse = [&](int status, const char* why) {
    checked.status = status;
    checked.why = why;
    return checked;
  };
  const Length length = LengthOf(request, &checked.body_bytes);
  const Route* const route = FindRoute(request.path);
  if (route != nullptr) checked.route = route->name;
  if (length == Length::kEncoded) {
    return refuse(411, "send the file whole, with its length, not in chunks");
  }
  if (length == Length::kUnclear) {
    return refuse(400, "it is not clear how long the body is");
  }
  if (route == nullptr) return refuse(404, "there is no such page");
  const bool is_get = route->method == "GET";
  if (request.method != route->method &&
      !(is_get && request.method == "HEAD")) {
    return refuse(405, "there is no such method here");
  }
  if (is_get) {
    return checked.body_bytes > 0 ? refuse(400, "no body is taken here")
                                  : checked;
  }
  if (length == Length::kNone) {
    return refuse(411, "give the length of the file");
  }
  if (checked.body_bytes > most_bytes) {
    return refuse(413, "the file is too long");
  }
  if (request.has_header("Content-Encoding")) {
    return refuse(415, "send the file as it is, not compressed");
  }
  if (BeginsWith(request.get_header_value("Content-Type"), "multipart/")) {
    return refuse(415, "send the file alone, not as a form");
  }
  return checked;
}

}  // namespace examples::service
