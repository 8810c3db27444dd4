// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "tools/jailrun/batch/collisions.h"

#include <sys/stat.h>

#include <algorithm>
#include <filesystem>
#include <system_error>
#include <utility>

#include "tools/jailrun/refusal.h"

namespace cellblock {
namespace {

namespace fs = std::filesystem;

// Of where no directory is: nothing is there, but two may mean the same.
FileIdentity Nowhere(const std::string& path) {
  return {.name = fs::path(path).lexically_normal().string()};
}

}  // namespace

FileIdentity FileIdentity::Of(const std::string& path) {
  struct stat there;
  if (stat(path.c_str(), &there) == 0) return {there.st_dev, there.st_ino};
  return OfPlace(path);
}

FileIdentity FileIdentity::OfPlace(const std::string& path) {
  const fs::path whole(path);
  std::string directory = whole.parent_path().string();
  if (directory.empty()) directory = ".";
  const std::string name = whole.filename().string();
  struct stat there;
  if (name.empty() || stat(directory.c_str(), &there) != 0) {
    return Nowhere(path);
  }
  return {there.st_dev, there.st_ino, name};
}

void Collisions::AddInput(const std::string& path, const std::string& shown) {
  inputs_.emplace(FileIdentity::Of(path), shown);
}

std::string Collisions::AddList(const std::string& path, const char* what) {
  List list = {FileIdentity::Of(path), FileIdentity::OfPlace(path), what, path};
  std::string error = Replaced(list.file, list.place);
  lists_.push_back(std::move(list));
  return error;
}

std::string Collisions::AddOutput(const std::string& path,
                                  const std::string& input) {
  FileIdentity place = FileIdentity::OfPlace(path);
  if (std::string error = Replaced(FileIdentity::Of(path), place);
      !error.empty()) {
    return error;
  }
  // By places: files of two names stay apart when one name is replaced.
  const auto [other, first] = outputs_.emplace(std::move(place), input);
  if (first) return {};
  return Quoted(other->second) + " and " + Quoted(input) +
         " would both go to " + Quoted(path);
}

std::string Collisions::Replaced(const FileIdentity& file,
                                 const FileIdentity& place) const {
  if (const auto input = inputs_.find(file); input != inputs_.end()) {
    return "it would replace the input " + Quoted(input->second);
  }
  for (const List& list : lists_) {
    if (list.file != file && list.place != place) continue;
    return std::string("it would replace ") + list.what + " " +
           Quoted(list.path);
  }
  return {};
}

std::optional<std::string> Covering(
    const std::string& path, const std::vector<std::string>& directories) {
  std::error_code error;
  fs::path at = fs::weakly_canonical(fs::absolute(path), error);
  while (!error) {
    const FileIdentity part = FileIdentity::Of(at.string());
    const auto found = std::find_if(
        directories.begin(), directories.end(),
        [&part](const auto& one) { return FileIdentity::Of(one) == part; });
    if (found != directories.end()) return *found;
    if (at == at.root_path()) break;
    at = at.parent_path();
  }
  return {};
}

}  // namespace cellblock
