// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "tools/jailrun/report_command/json_node.h"

namespace cellblock {

JsonNode JsonNode::Child(const ReportJson* json,
                         const std::string& path) const {
  JsonNode child(json, error_);
  child.path_ = path;
  return child;
}

void JsonNode::Fail(const std::string& what) const {
  if (!error_->empty()) return;
  *error_ = (path_.empty() ? "the report" : path_) + ": " + what;
}

JsonNode JsonNode::At(const std::string& key) const {
  const std::string path = path_.empty() ? key : path_ + "." + key;
  if (json_ == nullptr) return Child(nullptr, path);
  if (!json_->is_object()) {
    Fail("it is no object");
    return Child(nullptr, path);
  }
  const auto found = json_->find(key);
  const JsonNode child = Child(found == json_->end() ? nullptr : &*found, path);
  if (found == json_->end()) child.Fail("it is missing");
  return child;
}

std::vector<JsonNode> JsonNode::Items(size_t most) const {
  std::vector<JsonNode> items;
  if (json_ == nullptr) return items;
  if (!json_->is_array()) {
    Fail("it is no list");
    return items;
  }
  if (json_->size() > most) {
    Fail("it has more than " + std::to_string(most) + " items");
    return items;
  }
  for (const ReportJson& item : *json_) {
    items.push_back(
        Child(&item, path_ + "[" + std::to_string(items.size()) + "]"));
  }
  return items;
}

std::vector<std::pair<std::string, JsonNode>> JsonNode::Members() const {
  std::vector<std::pair<std::string, JsonNode>> members;
  if (json_ == nullptr) return members;
  if (!json_->is_object()) {
    Fail("it is no object");
    return members;
  }
  for (const auto& [key, value] : json_->items()) {
    members.emplace_back(key, Child(&value, path_ + "." + key));
  }
  return members;
}

uint64_t JsonNode::Number(uint64_t most) const {
  if (json_ == nullptr) return 0;
  if (!json_->is_number_unsigned()) {
    Fail("it is no whole number from 0");
    return 0;
  }
  const auto number = json_->get<uint64_t>();
  if (number <= most) return number;
  Fail("it is more than " + std::to_string(most));
  return 0;
}

bool JsonNode::Flag() const {
  if (json_ == nullptr) return false;
  if (json_->is_boolean()) return json_->get<bool>();
  Fail("it is neither true nor false");
  return false;
}

std::string JsonNode::Text() const {
  if (json_ == nullptr) return {};
  if (json_->is_string()) return json_->get<std::string>();
  Fail("it is no text");
  return {};
}

std::optional<uint64_t> JsonNode::NumberIfAny(uint64_t most) const {
  if (json_ == nullptr || json_->is_null()) return {};
  return Number(most);
}

std::string JsonNode::TextIfAny() const {
  return json_ == nullptr || json_->is_null() ? std::string() : Text();
}

std::vector<std::string> JsonNode::Texts() const {
  std::vector<std::string> texts;
  for (const JsonNode& item : Items()) texts.push_back(item.Text());
  return texts;
}

}  // namespace cellblock
