// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "tools/jailrun/load_presets.h"

#include <fnmatch.h>

#include <algorithm>

namespace cellblock {
namespace {

constexpr std::string_view kLib = "{lib}";

// Debian's, that of the lib64 distributions, the one for all, and what the
// administrator builds.
constexpr const char* kLibraryDirectories[] = {
    "/usr/lib/x86_64-linux-gnu",       "/usr/lib64",       "/usr/lib",
    "/usr/local/lib/x86_64-linux-gnu", "/usr/local/lib64", "/usr/local/lib",
};

// The standard library, and numpy, which most others stand on.
constexpr const char* kPython[] = {
    "{lib}/python3.*/lib-dynload/*.so",
    "{lib}/python3*/*-packages/numpy/*/*.so",
    "{lib}/python3*/*-packages/numpy/*/*/*.so",
};

constexpr const char* kPerl[] = {
    "{lib}/perl/5.*/auto/*/*.so",
    "{lib}/perl/5.*/auto/*/*/*.so",
    "{lib}/perl/5.*/auto/*/*/*/*.so",
    "{lib}/perl5/5.*/auto/*/*.so",
    "{lib}/perl5/5.*/auto/*/*/*.so",
    "{lib}/perl5/5.*/auto/*/*/*/*.so",
    "{lib}/perl-base/auto/*/*.so",
    "{lib}/perl-base/auto/*/*/*.so",
    "{lib}/perl5/auto/*/*.so",
    "{lib}/perl5/auto/*/*/*.so",
    "{lib}/perl5/auto/*/*/*/*.so",
    "{lib}/perl5/vendor_perl/auto/*/*.so",
    "{lib}/perl5/vendor_perl/auto/*/*/*.so",
    "{lib}/perl5/vendor_perl/auto/*/*/*/*.so",
};

constexpr const char* kRuby[] = {
    "{lib}/ruby/[0-9]*/*.so",
    "{lib}/ruby/[0-9]*/*/*.so",
    "{lib}/ruby/[0-9]*/*/*/*.so",
    "{lib}/ruby/vendor_ruby/[0-9]*/*.so",
    "{lib}/ruby/vendor_ruby/[0-9]*/*/*.so",
    "{lib}/ruby/vendor_ruby/[0-9]*/*/*/*.so",
};

constexpr const char* kImageMagick[] = {
    "{lib}/ImageMagick-[67].*/modules-*/coders/*.so",
    "{lib}/ImageMagick-[67].*/modules-*/filters/*.so",
};

constexpr const char* kGdkPixbuf[] = {
    "{lib}/gdk-pixbuf-2.0/2.*/loaders/*.so",
};

constexpr const char* kGraphviz[] = {
    "{lib}/graphviz/libgvplugin_*.so.*",
};

constexpr const char* kGconv[] = {
    "{lib}/gconv/*.so",
};

constexpr LoadPreset kPresets[] = {
    {"@python", "Python 3's standard library, and numpy", "python3", kPython},
    {"@perl", "Perl's modules", "perl", kPerl},
    {"@ruby", "Ruby's standard library and packaged gems", "ruby", kRuby},
    {"@imagemagick", "ImageMagick's coders and filters",
     "libmagickcore-6.q16-6", kImageMagick},
    {"@gdk-pixbuf", "gdk-pixbuf's image loaders", "libgdk-pixbuf-2.0-0",
     kGdkPixbuf},
    {"@graphviz", "graphviz's layouts and renderers", "libgvc6", kGraphviz},
    {"@gconv", "the character sets of libc's iconv", "libc6", kGconv},
};

}  // namespace

std::span<const LoadPreset> LoadPresets() { return kPresets; }

const LoadPreset* FindLoadPreset(std::string_view name) {
  const auto* const found = std::find_if(
      std::begin(kPresets), std::end(kPresets),
      [name](const LoadPreset& preset) { return preset.name == name; });
  return found == std::end(kPresets) ? nullptr : found;
}

std::vector<std::string> Patterns(const LoadPreset& preset) {
  std::vector<std::string> patterns;
  for (const std::string_view pattern : preset.patterns) {
    for (const char* directory : kLibraryDirectories) {
      patterns.push_back(std::string(directory) += pattern.substr(kLib.size()));
    }
  }
  return patterns;
}

const LoadPreset* LoadPresetFor(const std::string& path) {
  for (const LoadPreset& preset : kPresets) {
    for (const std::string& pattern : Patterns(preset)) {
      if (fnmatch(pattern.c_str(), path.c_str(), FNM_PATHNAME | FNM_PERIOD) ==
          0) {
        return &preset;
      }
    }
  }
  return nullptr;
}

std::string LoadOptionFor(const std::string& path) {
  const bool is_file = path.starts_with('/') && !path.starts_with("/memfd:") &&
                       !path.ends_with(" (deleted)");
  if (!is_file) return {};
  const LoadPreset* const preset = LoadPresetFor(path);
  return "--load=" + (preset != nullptr ? preset->name : path);
}

}  // namespace cellblock
