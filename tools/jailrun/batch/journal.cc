// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "tools/jailrun/batch/journal.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <nlohmann/json.hpp>
#include <utility>

#include "tools/jailrun/batch/input_list.h"
#include "tools/jailrun/divided_list.h"
#include "tools/jailrun/write_all.h"

namespace cellblock {
namespace {

using Json = nlohmann::ordered_json;

constexpr char kNoJournal[] = "it is no journal of jailrun batch";

std::string Dump(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

bool IsUtf8(const std::string& text) {
  try {
    (void)Json(text).dump();
    return true;
  } catch (const Json::exception&) {
    return false;
  }
}

std::string Hex(std::string_view bytes) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string hex;
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    hex += {kDigits[byte >> 4], kDigits[byte & 15]};
  }
  return hex;
}

// Throws iff it is no hexadecimal.
std::string FromHex(const std::string& hex) {
  std::string bytes;
  for (size_t i = 0; i + 1 < hex.size(); i += 2) {
    bytes.push_back(
        static_cast<char>(std::stoi(hex.substr(i, 2), nullptr, 16)));
  }
  return bytes;
}

template <typename T>
Json IfAny(const std::optional<T>& value) {
  return value ? Json(*value) : Json(nullptr);
}

Json IfAny(const std::string& text) {
  return text.empty() ? Json(nullptr) : Json(text);
}

std::string HeaderLine(std::string_view batch) {
  return Dump({{"jailrun_batch", 1}, {"batch", batch}});
}

}  // namespace

std::string VerdictLine(const FinalVerdict& verdict) {
  const Outcome& outcome = verdict.outcome;
  Json json = {{"input", verdict.input}};
  if (!IsUtf8(verdict.input)) json["input_hex"] = Hex(verdict.input);
  json.update({{"class", Name(outcome.verdict_class)},
               {"permanent", outcome.permanent},
               {"exit_code", outcome.exit_code},
               {"program_exit_code", IfAny(outcome.program_exit_code)},
               {"signal", IfAny(outcome.signal)},
               {"reason", IfAny(outcome.reason)},
               {"runs", verdict.runs},
               {"start", Name(outcome.started_by)},
               {"pool_bytes", outcome.pool_bytes},
               {"pool_peak_bytes", outcome.pool_peak_bytes},
               {"suggested_pool_bytes", nullptr},
               {"wall_us", outcome.wall_us},
               {"cpu_us", outcome.cpu_us},
               {"output", IfAny(verdict.output)},
               {"last_words", IfAny(verdict.last_words)}});
  if (outcome.suggested_pool_bytes != 0) {
    json["suggested_pool_bytes"] = outcome.suggested_pool_bytes;
  }
  return Dump(json);
}

std::string Journal::Open(const std::string& path, std::string_view batch) {
  file_ = UniqueFd(open(path.c_str(),
                        O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC | O_NONBLOCK,
                        0666));
  if (!file_.ok()) return strerror(errno);
  fd_ = file_.get();
  struct stat status;
  if (fstat(fd_, &status) != 0) return strerror(errno);
  if (!S_ISREG(status.st_mode)) {
    return "it is no regular file; without --journal, lines go to standard "
           "output";
  }
  // Jobs of a batch that was killed share its lock for a moment.
  constexpr int kMostTries = 100;
  for (int tries = 0; flock(fd_, LOCK_EX | LOCK_NB) < 0; ++tries) {
    if (errno != EWOULDBLOCK) return strerror(errno);
    if (tries == kMostTries) return "another batch is writing it";
    usleep(10'000);
  }
  return Read(batch);
}

void Journal::UseStream(int fd) { fd_ = fd; }

void Journal::LetGo() { file_.Close(); }

std::string Journal::Read(std::string_view batch) {
  std::string text;
  if (const int error = ReadToEnd(fd_, &text)) return strerror(error);
  const size_t whole = text.rfind('\n') + 1;  // npos + 1 is 0
  cut_off_bytes_ = text.size() - whole;
  // Somebody's file of another kind keeps its last line.
  if (cut_off_bytes_ > 0 && whole == 0 &&
      !HeaderLine(batch).starts_with(text)) {
    return kNoJournal;
  }
  text.resize(whole);
  if (std::string error = ReadLines(text, batch); !error.empty()) return error;
  size_ = static_cast<int64_t>(whole);
  if (cut_off_bytes_ > 0 && ftruncate(fd_, size_) < 0) {
    return strerror(errno);
  }
  return whole == 0 ? Append(HeaderLine(batch)) : std::string();
}

std::string Journal::ReadLines(std::string_view text, std::string_view batch) {
  size_t number = 0;
  for (const std::string& line : DivideList(text, '\n')) {
    ++number;
    try {
      const Json json = Json::parse(line);
      if (number == 1) {
        if (json.at("jailrun_batch") != 1) throw std::runtime_error("version");
        const auto theirs = json.at("batch").get<std::string>();
        if (line + "\n" != HeaderLine(batch)) {
          return "it is of another batch: " + theirs;
        }
        continue;
      }
      std::string input = json.contains("input_hex")
                              ? FromHex(json.at("input_hex"))
                              : json.at("input").get<std::string>();
      const auto verdict_class =
          FindVerdictClass(json.at("class").get<std::string>());
      known_[std::move(input)] = {verdict_class.value(),
                                  json.at("permanent").get<bool>()};
    } catch (const std::exception&) {
      return number == 1 ? kNoJournal
                         : "line " + std::to_string(number) +
                               " is no verdict of jailrun batch";
    }
  }
  if (number == 0 && !text.empty()) return kNoJournal;
  return {};
}

std::string Journal::Add(const FinalVerdict& verdict) {
  if (std::string error = Append(VerdictLine(verdict)); !error.empty()) {
    return error;
  }
  known_[verdict.input] = {verdict.outcome.verdict_class,
                           verdict.outcome.permanent};
  return {};
}

std::string Journal::Append(const std::string& line) {
  if (const int error = WriteAll(fd_, line)) {
    // What is there of it is of no use, and would spoil the next one. If it
    // stays all the same, the next Open takes it away.
    if (file_.ok()) (void)!ftruncate(fd_, size_);
    return strerror(error);
  }
  size_ += static_cast<int64_t>(line.size());
  return {};
}

}  // namespace cellblock
