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
#include "tools/jailrun/refusal.h"
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

// With its exact bytes beside it, if it is not UTF-8.
void Put(Json* json, const std::string& key, const std::string& text) {
  (*json)[key] = IfAny(text);
  if (!IsUtf8(text)) (*json)[key + "_hex"] = Hex(text);
}

// What Put has put; empty iff there is none. Throws iff it is no text.
std::string TextOf(const Json& json, const std::string& key) {
  if (json.contains(key + "_hex")) return FromHex(json.at(key + "_hex"));
  if (!json.contains(key) || json.at(key).is_null()) return {};
  return json.at(key).get<std::string>();
}

std::string HeaderLine(const BatchIdentity& batch) {
  Json json = {{"jailrun_batch", 1}};
  Put(&json, "batch", batch.command);
  Put(&json, "output", batch.output);
  Put(&json, "directory", batch.directory);
  if (batch.started_in != batch.directory) {
    Put(&json, "started_in", batch.started_in);
  }
  return Dump(json);
}

std::string Differing(const char* what, const std::string& theirs,
                      const std::string& ours) {
  const auto name = [](const std::string& text) {
    return text.empty() ? std::string("none") : Quoted(text);
  };
  return std::string("it is of a batch with another ") + what + ", " +
         name(theirs) + "; here it is " + name(ours) +
         ": take another journal, or the same as there";
}

// How a header that is not that of `batch` differs.
std::string WhoseHeader(const Json& header, const BatchIdentity& batch) {
  const std::string command = TextOf(header, "batch");
  if (command != batch.command) return "it is of another batch: " + command;
  const std::string output = TextOf(header, "output");
  if (output != batch.output)
    return Differing("--output", output, batch.output);
  const std::string directory = TextOf(header, "directory");
  if (directory != batch.directory) {
    return Differing("directory of the inputs", directory, batch.directory);
  }
  return Differing("directory that --output is meant from",
                   TextOf(header, "started_in"), batch.started_in);
}

// As UTF-8, its end.
std::string LastWords(const std::string& text) {
  std::string words = Json::parse(Dump(text)).get<std::string>();
  if (words.size() <= kMostLastWords) return words;
  size_t begin = words.size() - kMostLastWords;
  while (begin < words.size() && (words[begin] & 0xc0) == 0x80) ++begin;
  return words.substr(begin);
}

}  // namespace

std::string VerdictLine(const FinalVerdict& verdict) {
  const Outcome& outcome = verdict.outcome;
  Json json = Json::object();
  Put(&json, "input", verdict.input);
  if (verdict.input.empty()) json["input"] = "";
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
               {"cpu_us", outcome.cpu_us}});
  Put(&json, "output", verdict.output);
  json["last_words"] = IfAny(LastWords(verdict.last_words));
  if (outcome.suggested_pool_bytes != 0) {
    json["suggested_pool_bytes"] = outcome.suggested_pool_bytes;
  }
  return Dump(json);
}

std::string Journal::Open(const std::string& path, const BatchIdentity& batch) {
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

std::string Journal::Read(const BatchIdentity& batch) {
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

std::string Journal::ReadLines(std::string_view text,
                               const BatchIdentity& batch) {
  size_t number = 0;
  for (const std::string& line : DivideList(text, '\n')) {
    ++number;
    try {
      const Json json = Json::parse(line);
      if (number == 1) {
        if (json.at("jailrun_batch") != 1) throw std::runtime_error("version");
        (void)json.at("batch");
        if (line + "\n" != HeaderLine(batch)) return WhoseHeader(json, batch);
        continue;
      }
      (void)json.at("input");
      std::string input = TextOf(json, "input");
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
  write_error_ = WriteAll(fd_, line);
  if (write_error_ != 0) {
    // What is there of it is of no use, and would spoil the next one. If it
    // stays all the same, the next Open takes it away.
    if (file_.ok()) (void)!ftruncate(fd_, size_);
    return strerror(write_error_);
  }
  size_ += static_cast<int64_t>(line.size());
  return {};
}

}  // namespace cellblock
