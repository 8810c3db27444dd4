// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "tools/jailrun/batch/command_template.h"

#include <algorithm>
#include <cstddef>
#include <utility>

namespace cellblock {
namespace {

struct Placeholder {
  std::string_view text;
  bool last_part;
  bool without_suffix;
};

constexpr Placeholder kPlaceholders[] = {{"{}", false, false},
                                         {"{.}", false, true},
                                         {"{/}", true, false},
                                         {"{/.}", true, true}};

std::string_view LastPart(std::string_view path) {
  return path.substr(path.rfind('/') + 1);  // npos + 1 is 0
}

// A dot that begins a name begins no suffix.
std::string_view WithoutSuffix(std::string_view path) {
  const std::string_view name = LastPart(path);
  const size_t dot = name.rfind('.');
  if (dot == name.npos || dot == 0) return path;
  return path.substr(0, path.size() - (name.size() - dot));
}

std::string_view ValueOf(const Placeholder& placeholder,
                         std::string_view input) {
  if (placeholder.last_part) input = LastPart(input);
  return placeholder.without_suffix ? WithoutSuffix(input) : input;
}

// The one that stands at `at`; null iff none does.
const Placeholder* PlaceholderAt(std::string_view text, size_t at) {
  for (const Placeholder& placeholder : kPlaceholders) {
    if (text.substr(at).starts_with(placeholder.text)) return &placeholder;
  }
  return nullptr;
}

bool IsBlank(char c) { return c == ' ' || c == '\t' || c == '\n'; }

// Takes words from the front of a text.
class WordReader {
 public:
  explicit WordReader(std::string_view text) : text_(text) {}

  // False iff there is none left, or `error` says what is wrong.
  bool Next(std::string* word, std::string* error) {
    while (at_ < text_.size() && IsBlank(text_[at_])) ++at_;
    if (at_ == text_.size()) return false;
    word->clear();
    for (; at_ < text_.size() && !IsBlank(text_[at_]); ++at_) {
      if (!Take(word, error)) return false;
    }
    return true;
  }

 private:
  // One character, or all between two quotes; `at_` is left on the last of it.
  bool Take(std::string* word, std::string* error) {
    const char c = text_[at_];
    if (c == '\\') {
      if (++at_ == text_.size()) return Fail(error, "it ends in a backslash");
      word->push_back(text_[at_]);
      return true;
    }
    if (c != '\'' && c != '"') {
      word->push_back(c);
      return true;
    }
    for (++at_; at_ < text_.size() && text_[at_] != c; ++at_) {
      const bool escapes = c == '"' && text_[at_] == '\\' &&
                           at_ + 1 < text_.size() &&
                           (text_[at_ + 1] == '"' || text_[at_ + 1] == '\\');
      if (escapes) ++at_;
      word->push_back(text_[at_]);
    }
    if (at_ == text_.size()) return Fail(error, "a quote has no end");
    return true;
  }

  static bool Fail(std::string* error, const char* what) {
    *error = what;
    return false;
  }

  std::string_view text_;
  size_t at_ = 0;
};

}  // namespace

size_t FirstPlaceholder(std::string_view text) {
  for (size_t at = 0; at < text.size(); ++at) {
    if (PlaceholderAt(text, at) != nullptr) return at;
  }
  return text.npos;
}

bool HasPlaceholder(std::string_view text) {
  return FirstPlaceholder(text) != text.npos;
}

std::string FillIn(std::string_view text, const std::string& input) {
  std::string filled;
  for (size_t at = 0; at < text.size();) {
    if (const Placeholder* placeholder = PlaceholderAt(text, at)) {
      filled += ValueOf(*placeholder, input);
      at += placeholder->text.size();
    } else {
      filled += text[at++];
    }
  }
  return filled;
}

std::optional<CommandTemplate> CommandTemplate::Parse(std::string_view text,
                                                      std::string* error) {
  CommandTemplate command;
  WordReader reader(text);
  std::string word;
  error->clear();
  while (reader.Next(&word, error)) command.words_.push_back(word);
  if (!error->empty()) return {};
  std::vector<std::string>& words = command.words_;
  if (words.empty()) {
    *error = "it names no program";
  } else if (HasPlaceholder(words[0])) {
    *error = "an input cannot be the program";
  }
  if (!error->empty()) return {};
  if (std::none_of(words.begin(), words.end(),
                   [](const auto& one) { return HasPlaceholder(one); })) {
    words.emplace_back("{}");
  }
  return command;
}

std::vector<std::string> CommandTemplate::For(const std::string& input) const {
  std::vector<std::string> filled;
  filled.reserve(words_.size());
  for (const std::string& word : words_) {
    std::string text = FillIn(word, input);
    const bool is_input = text.starts_with('-') && word.starts_with('{');
    filled.push_back(is_input ? "./" + text : std::move(text));
  }
  return filled;
}

}  // namespace cellblock
