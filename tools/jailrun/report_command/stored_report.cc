// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "tools/jailrun/report_command/stored_report.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include <string_view>
#include <utility>
#include <vector>

#include "jail/unique_fd.h"
#include "tools/jailrun/refusal.h"
#include "tools/jailrun/report_command/profile_check.h"
#include "tools/jailrun/report_command/report_reader.h"

namespace cellblock {
namespace {

// execve takes 6 MiB of arguments, of which JSON writes some bytes as six.
constexpr size_t kMostLineBytes = size_t{64} << 20;

// Keeps the document small enough for code that calls itself, and for objects
// that look their members up one by one.
class Limits {
 public:
  bool Passes(int depth, ReportJson::parse_event_t event) {
    using Event = ReportJson::parse_event_t;
    constexpr int kMostDepth = 16;
    constexpr size_t kMostMembers = 256;
    const auto level = static_cast<size_t>(depth);
    if (depth > kMostDepth) return Refuse("it nests too deep for a report");
    if (event == Event::object_start) {
      members_.resize(level + 2);
      members_[level + 1] = 0;
    }
    // An object's keys are a level below its braces.
    if (event == Event::key && ++members_[level] > kMostMembers) {
      return Refuse("an object has too many members for a report");
    }
    return true;
  }

  const char* refused() const { return refused_; }

 private:
  bool Refuse(const char* why) {
    refused_ = why;
    return false;
  }

  std::vector<size_t> members_ = std::vector<size_t>(2);
  const char* refused_ = nullptr;
};

// The lines of a file, one after the other.
class Lines {
 public:
  explicit Lines(const std::string& path)
      : opened_(path == "-" ? -1 : open(path.c_str(), O_RDONLY | O_CLOEXEC)),
        fd_(path == "-" ? STDIN_FILENO : opened_.get()) {
    if (fd_ < 0) error_ = WithErrno("it cannot be opened", errno);
  }

  const std::string& error() const { return error_; }
  uint64_t number() const { return number_; }  // of the line that was read last

  // False: there is none any more, or an error.
  bool Next(std::string* line) {
    while (error_.empty()) {
      const size_t end = ahead_.find('\n', searched_);
      if (end != std::string::npos) {
        Take(end, line);
        begin_ = searched_ = end + 1;
        return true;
      }
      ahead_.erase(0, std::exchange(begin_, 0));
      searched_ = ahead_.size();
      if (searched_ > kMostLineBytes) {
        ++number_;
        error_ = "the line has more than 64 MiB: it is no report";
      } else if (!Read()) {
        break;
      }
    }
    if (!error_.empty() || ahead_.empty()) return false;
    Take(ahead_.size(), line);
    ahead_.clear();
    searched_ = 0;
    return true;
  }

 private:
  bool Read() {
    char buffer[1 << 16];
    ssize_t got = 0;
    do {
      got = read(fd_, buffer, sizeof(buffer));
    } while (got < 0 && errno == EINTR);
    if (got < 0) error_ = WithErrno("it cannot be read", errno);
    if (got > 0) ahead_.append(buffer, static_cast<size_t>(got));
    return got > 0;
  }

  void Take(size_t end, std::string* line) {
    line->assign(ahead_, begin_, end - begin_);
    ++number_;
  }

  UniqueFd opened_;
  int fd_;
  std::string ahead_;
  size_t begin_ = 0;     // of the next line
  size_t searched_ = 0;  // no line ends between there and here
  uint64_t number_ = 0;
  std::string error_;
};

bool IsBlank(std::string_view text) {
  return text.find_first_not_of(" \t\r") == std::string_view::npos;
}

}  // namespace

std::string ParseReport(const std::string& text, StoredReport* stored) {
  Limits limits;
  try {
    stored->json = ReportJson::parse(
        text,
        [&limits](int depth, ReportJson::parse_event_t event,
                  const ReportJson&) { return limits.Passes(depth, event); });
  } catch (const ReportJson::parse_error& error) {
    return "it is no JSON, from byte " + std::to_string(error.byte) + " on";
  } catch (const ReportJson::exception&) {
    return "it is no JSON that can be read";
  }
  if (limits.refused() != nullptr) return limits.refused();
  if (!stored->json.is_object() || !stored->json.contains("jailrun")) {
    return "it is no report of jailrun, as --json-fd has them written";
  }
  std::string error;
  const JsonNode report(&stored->json, &error);
  stored->record = ReadReport(report);
  stored->profile = stored->json.value("profile", ReportJson());
  if (!stored->profile.is_null()) CheckProfile(report.At("profile"));
  return error;
}

std::string LoadReport(const std::string& path, std::optional<uint64_t> line,
                       StoredReport* stored) {
  const std::string name = path == "-" ? "standard input" : path;
  Lines lines(path);
  std::string text;
  uint64_t number = 0;
  for (std::string each; lines.Next(&each);) {
    if (IsBlank(each) || (line && lines.number() != *line)) continue;
    text = std::move(each);
    number = lines.number();
    if (line) break;
  }
  if (!lines.error().empty()) {
    return name +
           (lines.number() > 0 ? ":" + std::to_string(lines.number()) : "") +
           ": " + lines.error();
  }
  if (number == 0) {
    return name + (line ? ": it has no report on line " + std::to_string(*line)
                        : std::string(": it is empty"));
  }
  stored->source = name + ":" + std::to_string(number);
  const std::string error = ParseReport(text, stored);
  return error.empty() ? std::string() : stored->source + ": " + error;
}

}  // namespace cellblock
