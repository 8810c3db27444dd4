// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "tools/jailrun/load_presets.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <string>

namespace cellblock {
namespace {

using ::testing::Contains;
using ::testing::Each;
using ::testing::StartsWith;

TEST(LoadPresetsTest, EachIsFoundByItsName) {
  std::set<std::string> names;
  for (const LoadPreset& preset : LoadPresets()) {
    EXPECT_THAT(preset.name, StartsWith("@"));
    EXPECT_TRUE(names.insert(preset.name).second) << preset.name;
    EXPECT_EQ(FindLoadPreset(preset.name), &preset);
  }
  EXPECT_EQ(names.size(), 7u);
  for (const char* none : {"", "@", "python", "@PYTHON", "@python3"}) {
    EXPECT_EQ(FindLoadPreset(none), nullptr) << none;
  }
}

TEST(LoadPresetsTest, PatternsAreOfEachDirectoryOfTheSystem) {
  for (const LoadPreset& preset : LoadPresets()) {
    const std::vector<std::string> patterns = Patterns(preset);
    EXPECT_EQ(patterns.size(), 6 * preset.patterns.size());
    EXPECT_THAT(patterns, Each(StartsWith("/usr/"))) << preset.name;
    for (const std::string& pattern : patterns) {
      EXPECT_EQ(pattern.find_first_of("{}"), std::string::npos) << pattern;
    }
  }
  const std::vector<std::string> gconv = Patterns(*FindLoadPreset("@gconv"));
  EXPECT_THAT(gconv, Contains("/usr/lib/x86_64-linux-gnu/gconv/*.so"));
  EXPECT_THAT(gconv, Contains("/usr/lib64/gconv/*.so"));
}

TEST(LoadPresetsTest, APathHasThePresetThatLoadsIt) {
  const std::pair<const char*, const char*> covered[] = {
      {"/usr/lib/python3.11/lib-dynload/_ssl.cpython-311-x86_64-linux-gnu.so",
       "@python"},
      {"/usr/lib64/python3.12/lib-dynload/math.so", "@python"},
      {"/usr/lib/python3/dist-packages/numpy/core/_multiarray_umath.so",
       "@python"},
      {"/usr/local/lib/python3.11/dist-packages/numpy/fft/x.so", "@python"},
      {"/usr/lib/x86_64-linux-gnu/perl/5.36.0/auto/List/Util/Util.so", "@perl"},
      {"/usr/lib/x86_64-linux-gnu/perl/5.36/auto/POSIX/POSIX.so", "@perl"},
      {"/usr/lib/x86_64-linux-gnu/perl-base/auto/Fcntl/Fcntl.so", "@perl"},
      {"/usr/lib/x86_64-linux-gnu/ruby/3.1.0/json/ext/parser.so", "@ruby"},
      {"/usr/lib/x86_64-linux-gnu/ruby/3.1.0/zlib.so", "@ruby"},
      {"/usr/lib/x86_64-linux-gnu/ruby/3.1.0/enc/trans/transdb.so", "@ruby"},
      {"/usr/lib/x86_64-linux-gnu/ImageMagick-6.9.11/modules-Q16/coders/png.so",
       "@imagemagick"},
      {"/usr/lib/x86_64-linux-gnu/gdk-pixbuf-2.0/2.10.0/loaders/"
       "libpixbufloader-svg.so",
       "@gdk-pixbuf"},
      {"/usr/lib/x86_64-linux-gnu/graphviz/libgvplugin_pango.so.6.0.0",
       "@graphviz"},
      {"/usr/lib/x86_64-linux-gnu/gconv/EUC-JP.so", "@gconv"},
  };
  for (const auto& [path, name] : covered) {
    EXPECT_EQ(LoadPresetFor(path), FindLoadPreset(name)) << path;
    EXPECT_EQ(LoadOptionFor(path), std::string("--load=") + name);
  }
  for (const char* path :
       {"", "lib.so", "pipe:[7]", "anon_inode:[x]", "/memfd:code (deleted)",
        "/usr/lib/x86_64-linux-gnu/gconv/X.so (deleted)"}) {
    EXPECT_EQ(LoadOptionFor(path), "") << path;
  }
  for (const char* path :
       {"/usr/lib/x86_64-linux-gnu/libssl.so.3", "/usr/lib/gconv/a/b.so",
        "/tmp/usr/lib/x86_64-linux-gnu/gconv/EUC-JP.so",
        "/usr/lib/x86_64-linux-gnu/gconv/../../../tmp/x.so",
        "/usr/lib/x86_64-linux-gnu/gconv/.hidden.so",
        "/usr/lib/x86_64-linux-gnu/perl/5.36.0/auto/POSIX.so"}) {
    EXPECT_EQ(LoadPresetFor(path), nullptr) << path;
    EXPECT_EQ(LoadOptionFor(path), std::string("--load=") + path);
  }
}

}  // namespace
}  // namespace cellblock
