// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "tools/jailrun/env_command.h"

#include <deque>
#include <utility>

namespace cellblock {
namespace {

constexpr std::string_view kBlanks = " \t\n\v\f\r";

bool StartsName(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

bool IsInName(char c) { return StartsName(c) || (c >= '0' && c <= '9'); }

// The name in "{NAME}" at the start of `text`; empty iff that is not there.
std::string BracedName(std::string_view text) {
  if (text.size() < 3 || text[0] != '{' || !StartsName(text[1])) return {};
  size_t end = 2;
  while (end < text.size() && IsInName(text[end])) ++end;
  if (end == text.size() || text[end] != '}') return {};
  return std::string(text.substr(1, end - 1));
}

// Splits one string of -S.
class Splitter {
 public:
  Splitter(std::string_view text, const EnvLookup& lookup,
           std::vector<std::string>* words)
      : text_(text), lookup_(lookup), words_(words) {}

  std::string Split() {
    while (!text_.empty() && !ended_ && error_.empty()) Step(Next());
    if (error_.empty() && !ended_ && (single_ || double_)) {
      error_ = "its quotes are not closed";
    }
    return std::move(error_);
  }

 private:
  char Next() {
    const char c = text_[0];
    text_.remove_prefix(1);
    return c;
  }

  void Begin() {
    if (!between_) return;
    words_->emplace_back();
    between_ = false;
  }

  void Add(char c) {
    Begin();
    words_->back() += c;
  }

  void Step(char c) {
    if (c == '\'' && !double_) {
      single_ = !single_;
      return Begin();
    }
    if (c == '"' && !single_) {
      double_ = !double_;
      return Begin();
    }
    const bool quoted = single_ || double_;
    if (!quoted && kBlanks.find(c) != kBlanks.npos) {
      between_ = true;
      return;
    }
    if (c == '#' && between_) {
      ended_ = true;
      return;
    }
    if (c == '\\') return Escape();
    if (c == '$' && !single_) return Expand();
    Add(c);
  }

  void Escape() {
    // Within single quotes only these two are special.
    if (single_ && (text_.empty() || (text_[0] != '\\' && text_[0] != '\''))) {
      return Add('\\');
    }
    if (text_.empty()) {
      error_ = "a backslash stands at its end";
      return;
    }
    constexpr std::pair<char, char> kMeanings[] = {
        {'"', '"'},  {'#', '#'},  {'$', '$'},  {'\'', '\''}, {'\\', '\\'},
        {'f', '\f'}, {'n', '\n'}, {'r', '\r'}, {'t', '\t'},  {'v', '\v'}};
    const char c = Next();
    for (const auto& [letter, meaning] : kMeanings) {
      if (c == letter) return Add(meaning);
    }
    if (c == '_') {
      if (double_) return Add(' ');
      between_ = true;
    } else if (c == 'c' && !double_) {
      ended_ = true;
    } else {
      error_ = std::string("it has no such escape: \\") + c;
    }
  }

  void Expand() {
    const std::string name = BracedName(text_);
    if (name.empty()) {
      error_ = "a variable is written as ${NAME} in it";
      return;
    }
    text_.remove_prefix(name.size() + 2);
    const char* const value = lookup_(name);
    if (value == nullptr) return;
    Begin();
    words_->back() += value;
  }

  std::string_view text_;
  const EnvLookup& lookup_;
  std::vector<std::string>* const words_;
  std::string error_;
  bool single_ = false;
  bool double_ = false;
  bool between_ = true;  // of words: the next byte begins one
  bool ended_ = false;
};

// Reads the options in front of the words that are left.
class EnvOptions {
 public:
  EnvOptions(std::vector<std::string> words, const EnvLookup& lookup,
             EnvCommand* command)
      : words_(std::make_move_iterator(words.begin()),
               std::make_move_iterator(words.end())),
        lookup_(lookup),
        command_(command) {}

  std::string Read() {
    while (error_.empty() && !words_.empty()) {
      const std::string word = words_.front();
      if (word.size() < 2 || word[0] != '-') break;
      words_.pop_front();
      if (word == "--") break;
      if (word[1] == '-') {
        ReadLong(word);
      } else {
        ReadShort(word);
      }
    }
    if (error_.empty() && !words_.empty() && words_.front() == "-") {
      words_.pop_front();
      command_->start = EnvStart::kCleared;
    }
    return std::move(error_);
  }

  std::deque<std::string> TakeRest() { return std::move(words_); }

 private:
  // The value of an option that stands alone is the next word.
  std::string TakeValue(const std::string& option) {
    if (words_.empty()) {
      error_ = option + " lacks its value";
      return {};
    }
    std::string value = std::move(words_.front());
    words_.pop_front();
    return value;
  }

  void Split(const std::string& text) {
    std::vector<std::string> more;
    error_ = SplitEnvString(text, lookup_, &more);
    if (!error_.empty()) error_ = "in what -S is to split, " + error_;
    words_.insert(words_.begin(), more.begin(), more.end());
  }

  void Unset(const std::string& name) {
    if (name.empty() || name.find('=') != name.npos) {
      error_ = "-u takes a variable's name";
      return;
    }
    command_->unset.push_back(name);
  }

  void ReadLong(const std::string& word) {
    const size_t equals = word.find('=');
    const std::string name = word.substr(0, equals);
    const bool alone = equals == word.npos;
    const auto value = [&] {
      return alone ? TakeValue(name) : word.substr(equals + 1);
    };
    if (name == "--ignore-environment" && alone) {
      command_->start = EnvStart::kCleared;
    } else if (name == "--unset") {
      const std::string variable = value();
      if (error_.empty()) Unset(variable);
    } else if (name == "--split-string") {
      const std::string text = value();
      if (error_.empty()) Split(text);
    } else {
      error_ = "its option " + name + " is not one that jailrun carries out";
    }
  }

  // "-iS'a b'": letters, of which the last may have a value behind it.
  void ReadShort(const std::string& word) {
    for (size_t i = 1; i < word.size() && error_.empty(); ++i) {
      const char letter = word[i];
      if (letter == 'i') {
        command_->start = EnvStart::kCleared;
        continue;
      }
      const std::string option = std::string("-") + letter;
      if (letter != 'u' && letter != 'S') {
        error_ =
            "its option " + option + " is not one that jailrun carries out";
        return;
      }
      const std::string value =
          i + 1 < word.size() ? word.substr(i + 1) : TakeValue(option);
      if (!error_.empty()) return;
      return letter == 'u' ? Unset(value) : Split(value);
    }
  }

  std::deque<std::string> words_;
  const EnvLookup& lookup_;
  EnvCommand* const command_;
  std::string error_;
};

}  // namespace

bool IsEnv(std::string_view interpreter) {
  return interpreter == "/usr/bin/env" || interpreter == "/bin/env";
}

std::string SplitEnvString(std::string_view text, const EnvLookup& lookup,
                           std::vector<std::string>* words) {
  return Splitter(text, lookup, words).Split();
}

std::string ParseEnvCommand(std::vector<std::string> words,
                            const EnvLookup& lookup, EnvCommand* command) {
  *command = {};
  EnvOptions options(std::move(words), lookup, command);
  if (std::string error = options.Read(); !error.empty()) return error;
  std::deque<std::string> rest = options.TakeRest();
  while (!rest.empty() && rest.front().find('=') != std::string::npos) {
    command->set.push_back(std::move(rest.front()));
    rest.pop_front();
  }
  if (rest.empty()) return "no program is named";
  command->arguments.assign(std::make_move_iterator(rest.begin()),
                            std::make_move_iterator(rest.end()));
  return {};
}

}  // namespace cellblock
