// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_TOOLS_JAILRUN_REPORT_COMMAND_JSON_NODE_H_
#define CELLBLOCK_TOOLS_JAILRUN_REPORT_COMMAND_JSON_NODE_H_

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace cellblock {

// As jailrun writes reports: members stay in their order.
using ReportJson = nlohmann::ordered_json;

// One value of a JSON document that may hold anything, with where it stands.
//
// What is missing, of another type or out of range is written to the error that
// all nodes of a document share, unless one is there already; what is returned
// is then 0, empty or false, so that a reader looks at the error once, at its
// end.
//
// Units: numbers are whole; Number() takes those of 64 bits without a sign.
// Ownership: borrows the document and the error.
// Threads: one.
// Syscalls: none.
class JsonNode {
 public:
  // Several times what jailrun writes into any list.
  static constexpr size_t kMostItems = 1 << 20;

  JsonNode(const ReportJson* json, std::string* error)
      : json_(json), error_(error) {}

  JsonNode At(const std::string& key) const;
  std::vector<JsonNode> Items(size_t most = kMostItems) const;  // of a list
  std::vector<std::pair<std::string, JsonNode>> Members()
      const;  // of an object

  bool IsNull() const { return json_ != nullptr && json_->is_null(); }
  bool IsText() const { return json_ != nullptr && json_->is_string(); }
  bool IsObject() const { return json_ != nullptr && json_->is_object(); }

  uint64_t Number(uint64_t most = UINT64_MAX) const;
  bool Flag() const;
  std::string Text() const;

  // Of null they are nothing.
  std::optional<uint64_t> NumberIfAny(uint64_t most = UINT64_MAX) const;
  std::string TextIfAny() const;

  std::vector<std::string> Texts() const;  // a list of them

  // The place in `choices` of what the text is called by `name`.
  template <typename Choice, size_t kCount, typename NameOf>
  Choice One(const Choice (&choices)[kCount], NameOf name) const {
    const std::string text = Text();
    for (const Choice choice : choices) {
      if (text == name(choice)) return choice;
    }
    Fail("it is none of the words that are known here");
    return choices[0];
  }

  void Fail(const std::string& what) const;

 private:
  JsonNode Child(const ReportJson* json, const std::string& path) const;

  const ReportJson* json_;  // null: what was looked for is not there
  std::string* error_;
  std::string path_;
};

}  // namespace cellblock

#endif  // CELLBLOCK_TOOLS_JAILRUN_REPORT_COMMAND_JSON_NODE_H_
