// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

// Configuration files.

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include <string_view>
#include <utility>

#include "jail/unique_fd.h"
#include "tools/jailrun/flag_sources.h"
#include "tools/jailrun/refusal.h"

#define TOML_HEADER_ONLY 1
#define TOML_EXCEPTIONS 0
#include <toml++/toml.h>

namespace cellblock {
namespace {

constexpr size_t kMostBytes = 256 << 10;

std::string ReadText(const std::string& path, std::string* text) {
  const UniqueFd fd(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd.ok()) return WithErrno(path, errno);
  char part[4096];
  ssize_t got;
  while ((got = read(fd.get(), part, sizeof(part))) > 0) {
    text->append(part, static_cast<size_t>(got));
    if (text->size() > kMostBytes) return path + ": is longer than 256 KiB";
  }
  return got < 0 ? WithErrno(path, errno) : std::string();
}

class ConfigReader {
 public:
  ConfigReader(const std::string& path, std::vector<GivenFlag>* given)
      : path_(path), given_(given) {}

  std::string Read(std::string_view text) {
    // On some other characters toml++ 3.3 runs into undefined behaviour.
    size_t at_line = 1;
    for (const char c : text) {
      if (static_cast<unsigned char>(c) >= 0x80) {
        return At(at_line) + "is not ASCII; write \\u00e4 and the like for it";
      }
      if (c == '\n') ++at_line;
    }
    const toml::parse_result parsed = toml::parse(text, path_);
    if (!parsed) {
      const toml::parse_error& error = parsed.error();
      return At(error.source().begin.line) + std::string(error.description());
    }
    std::string first;
    for (const auto& [key, value] : parsed.table()) {
      const size_t line = key.source().begin.line;
      const std::string error = ReadKey(std::string(key.str()), line, value);
      if (first.empty() && !error.empty()) first = At(line) + error;
    }
    return first;
  }

 private:
  std::string Place(size_t line) const {
    return path_ + ", line " + std::to_string(line);
  }
  std::string At(size_t line) const { return Place(line) + ": "; }

  std::string ReadKey(const std::string& key, size_t line,
                      const toml::node& value) {
    const Flag* const flag = FindFlag(key);
    if (flag == nullptr) {
      return key + ": jailrun has no such option; see jailrun --help";
    }
    if (flag->places != FlagPlaces::kEverywhere) {
      return key + ": a configuration file does not give --" + key;
    }
    std::vector<std::string> words;
    if (const toml::array* list = value.as_array()) {
      if (!flag->is_list()) return key + ": give one value, not a list";
      for (const toml::node& each : *list) {
        if (!AddWord(each, &words)) return key + ": " + WhatToGive(*flag);
      }
      // As if it were not there.
      if (words.empty()) return {};
    } else if (!AddWord(value, &words) ||
               flag->is_switch() != value.is_boolean()) {
      return key + ": " + WhatToGive(*flag);
    }
    // A path would end there, and a jail have more than was written down.
    for (const std::string& word : words) {
      if (word.find('\0') != word.npos) {
        return key + ": a value has no NUL character";
      }
    }
    given_->push_back({flag, std::move(words), Place(line)});
    return {};
  }

  static std::string WhatToGive(const Flag& flag) {
    if (flag.is_switch()) return "give true or false";
    const std::string value = std::string("\"") + flag.value + "\"";
    return "give " + value +
           (flag.is_list() ? " or a list of such in [ ]" : " in quotes");
  }

  static bool AddWord(const toml::node& node, std::vector<std::string>* words) {
    if (const auto* text = node.as_string()) {
      words->push_back(**text);
    } else if (const auto* number = node.as_integer()) {
      words->push_back(std::to_string(**number));
    } else if (const auto* is = node.as_boolean()) {
      words->push_back(**is ? "true" : "false");
    } else {
      return false;
    }
    return true;
  }

  const std::string path_;
  std::vector<GivenFlag>* const given_;
};

}  // namespace

std::string ReadConfigFile(const std::string& path,
                           std::vector<GivenFlag>* given) {
  std::string text;
  if (std::string error = ReadText(path, &text); !error.empty()) {
    return "--config: " + error;
  }
  const std::string error = ConfigReader(path, given).Read(text);
  return error.empty() ? error : "--config: " + error;
}

}  // namespace cellblock
