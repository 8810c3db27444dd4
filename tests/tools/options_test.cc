// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
#include "tools/jailrun/options.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <iterator>
#include <string>
#include <vector>

#include "tools/jailrun/flag_table.h"

namespace cellblock {
namespace {

using ::testing::AllOf;
using ::testing::AnyOf;
using ::testing::ElementsAre;
using ::testing::ElementsAreArray;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;

using std::chrono::nanoseconds;
using Words = std::vector<std::string>;

ParsedOptions Parse(Words words) {
  words.insert(words.begin(), "jailrun");
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  return ParseOptions(static_cast<int>(words.size()), argv.data());
}

// Of a command line that is in order.
Options Accepted(const Words& words) {
  const ParsedOptions parsed = Parse(words);
  EXPECT_EQ(parsed.error, "") << testing::PrintToString(words);
  EXPECT_EQ(parsed.output, "") << testing::PrintToString(words);
  return parsed.options;
}

// Of one that is not: some text, and nothing else.
std::string Error(const Words& words) {
  const ParsedOptions parsed = Parse(words);
  EXPECT_NE(parsed.error, "") << testing::PrintToString(words);
  EXPECT_EQ(parsed.output, "") << testing::PrintToString(words);
  return parsed.error;
}

// Both spellings of an option mean the same.
class Spellings {
 public:
  Spellings(const std::string& option, const std::string& value)
      : each_{Accepted({option + "=" + value, "prog", "a"}),
              Accepted({option, value, "prog", "a"})} {
    for (const Options& options : each_) {
      EXPECT_THAT(options.command, ElementsAre("prog", "a"));
    }
  }
  const Options* begin() const { return each_; }
  const Options* end() const { return each_ + 2; }

 private:
  Options each_[2];
};

void ExpectBothRefused(const std::string& option, const std::string& value) {
  const auto named =
      AllOf(StartsWith(option), HasSubstr(value), Not(HasSubstr("\n")));
  EXPECT_THAT(Error({option + "=" + value, "prog"}), named);
  EXPECT_THAT(Error({option, value, "prog"}), named);
}

// A descriptor that is open while this object lives.
class Descriptor {
 public:
  Descriptor() : fd_(open("/dev/null", O_WRONLY | O_CLOEXEC)) {}
  ~Descriptor() { Close(); }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  void Close() {
    if (open_) close(fd_);
    open_ = false;
  }
  int number() const { return fd_; }
  std::string text() const { return std::to_string(fd_); }

 private:
  int fd_;
  bool open_ = true;
};

// What each option does.

TEST(ParseOptionsTest, LoadsAreKeptInTheirOrder) {
  EXPECT_THAT(Accepted({"prog"}).loads, IsEmpty());
  for (const Options& options : Spellings("--load", "@perl")) {
    EXPECT_THAT(options.loads, ElementsAre("@perl"));
  }
  const Options options =
      Accepted({"--load=b.so", "--load", "a*.so", "--load=b.so", "prog"});
  EXPECT_THAT(options.loads, ElementsAre("b.so", "a*.so", "b.so"));
  EXPECT_THAT(Error({"--load=", "prog"}), HasSubstr("--load: the value"));
  EXPECT_THAT(Error({"--load"}), HasSubstr("--load"));
}

TEST(ParseOptionsTest, ASchedulerIsToldEvenOfWrongOptions) {
  EXPECT_EQ(Accepted({"prog"}).exit_map, ExitMap::kShell);
  for (const Options& options : Spellings("--exit-map", "engine")) {
    EXPECT_EQ(options.exit_map, ExitMap::kEngine);
  }
  EXPECT_THAT(Error({"--exit-map=me", "prog"}),
              HasSubstr("--exit-map=me: use shell or engine"));
  for (const char* wrong : {"--pool=1", "--commit=no", "--timeout=never"}) {
    EXPECT_EQ(Parse({wrong, "--exit-map=engine", "prog"}).options.exit_map,
              ExitMap::kEngine)
        << wrong;
  }
}

TEST(ParseOptionsTest, WhatToLoadIsLearnedOnRequest) {
  EXPECT_EQ(Accepted({"prog"}).late_loading, LateLoading::kRefused);
  EXPECT_EQ(Accepted({"--auto-load", "prog"}).late_loading,
            LateLoading::kLearned);
  EXPECT_THAT(Accepted({"--auto-load", "--load=a.so", "prog"}).loads,
              ElementsAre("a.so"));
  EXPECT_THAT(Error({"--auto-load", "--unjailed", "prog"}),
              HasSubstr("exclude each other"));
}

TEST(ParseOptionsTest, ProgramAloneGetsTheDefaults) {
  const Options options = Accepted({"prog"});
  EXPECT_EQ(options.pool_bytes, uint64_t{256} << 20);
  EXPECT_EQ(options.fill, Fill::kUninitialized);
  EXPECT_EQ(options.commit, Commit::kLazy);
  EXPECT_EQ(options.preset, "decoder");
  EXPECT_THAT(options.allowed, IsEmpty());
  EXPECT_THAT(options.writable, IsEmpty());
  EXPECT_EQ(options.timeout, std::nullopt);
  EXPECT_EQ(options.mode, Mode::kJailed);
  EXPECT_EQ(options.report, ReportWhen::kAuto);
  EXPECT_EQ(options.json_fd, -1);
  EXPECT_THAT(options.command, ElementsAre("prog"));
}

TEST(ParseOptionsTest, PoolIsASize) {
  for (const Options& o : Spellings("--pool", "200M")) {
    EXPECT_EQ(o.pool_bytes, uint64_t{200} << 20);
  }
  for (const Options& o : Spellings("--pool", "1048577")) {
    EXPECT_EQ(o.pool_bytes, (1u << 20) + 1);
  }
  for (const Options& o : Spellings("--pool", "64g")) {
    EXPECT_EQ(o.pool_bytes, uint64_t{64} << 30);
  }
}

TEST(ParseOptionsTest, PoolLimitsAreExact) {
  for (const Options& o : Spellings("--pool", "64K")) {
    EXPECT_EQ(o.pool_bytes, kLeastPoolBytes);
  }
  for (const Options& o : Spellings("--pool", "65536")) {
    EXPECT_EQ(o.pool_bytes, kLeastPoolBytes);
  }
  for (const Options& o : Spellings("--pool", "68719476736")) {
    EXPECT_EQ(o.pool_bytes, kMostPoolBytes);
  }
  for (const char* value : {"0", "1", "63K", "65535", "0T"}) {
    ExpectBothRefused("--pool", value);
    EXPECT_THAT(Error({"--pool", value, "p"}),
                AllOf(HasSubstr("too small"), HasSubstr("least is 64K")));
  }
  for (const char* value : {"68719476737", "65G", "1T", "16777215T"}) {
    ExpectBothRefused("--pool", value);
    EXPECT_THAT(Error({"--pool", value, "p"}),
                AllOf(HasSubstr("too large"), HasSubstr("most is 64G")));
  }
}

TEST(ParseOptionsTest, PoolThatIsNoSizeIsRefusedWithAnExample) {
  for (const char* value :
       {"x", "M", "-1M", "+1M", "1MB", "1.5G", " 1M", "1M ", "0x100000", "1e6",
        "16777216T", "18446744073709551616", "99999999999999999999999"}) {
    ExpectBothRefused("--pool", value);
    EXPECT_THAT(Error({"--pool", value, "p"}), HasSubstr("--pool=200M"));
  }
}

TEST(ParseOptionsTest, FillIsOneOfTwo) {
  EXPECT_EQ(Accepted({"--zero", "p"}).fill, Fill::kZeroed);
  EXPECT_EQ(Accepted({"--uninitialized", "p"}).fill, Fill::kUninitialized);
  for (const Words& words : {Words{"--zero", "--uninitialized", "p"},
                             Words{"--uninitialized", "--zero", "p"}}) {
    EXPECT_THAT(Error(words),
                AllOf(HasSubstr("--zero"), HasSubstr("--uninitialized"),
                      HasSubstr("exclude each other")));
  }
}

TEST(ParseOptionsTest, CommitIsOneOfThree) {
  for (const Options& o : Spellings("--commit", "lazy")) {
    EXPECT_EQ(o.commit, Commit::kLazy);
  }
  for (const Options& o : Spellings("--commit", "populate")) {
    EXPECT_EQ(o.commit, Commit::kPopulate);
  }
  for (const Options& o : Spellings("--commit", "lock")) {
    EXPECT_EQ(o.commit, Commit::kLock);
  }
  for (const char* value : {"LAZY", "loc", "locked", "lazy ", "1", "-"}) {
    ExpectBothRefused("--commit", value);
    EXPECT_THAT(Error({"--commit", value, "p"}),
                HasSubstr("lazy, populate or lock"));
  }
}

// Whether there is such a preset, another part finds out.
TEST(ParseOptionsTest, PresetIsTakenAsItIs) {
  for (const char* name : {"compute", "no such preset", "[a,b]", "%%", "{}"}) {
    for (const Options& o : Spellings("--preset", name)) {
      EXPECT_EQ(o.preset, name);
    }
  }
}

TEST(ParseOptionsTest, AllowAndWritableTakeOneValueEach) {
  for (const Options& o : Spellings("--allow", "socket")) {
    EXPECT_THAT(o.allowed, ElementsAre("socket"));
  }
  for (const Options& o : Spellings("--rw", "/tmp")) {
    EXPECT_THAT(o.writable, ElementsAre("/tmp"));
  }
}

TEST(ParseOptionsTest, ListsAddUpInOrder) {
  const Options options = Accepted(
      {"--allow=b", "--rw", "/2", "--allow", "a", "--allow=b", "--rw=/1",
       "--pool=1M", "--allow", "c", "prog", "--allow=d", "--rw", "/3"});
  EXPECT_THAT(options.allowed, ElementsAre("b", "a", "b", "c"));
  EXPECT_THAT(options.writable, ElementsAre("/2", "/1"));
  EXPECT_EQ(options.pool_bytes, 1u << 20);
  EXPECT_THAT(options.command, ElementsAre("prog", "--allow=d", "--rw", "/3"));
}

TEST(ParseOptionsTest, PathsAreNotTakenApart) {
  for (const char* path : {"[a,b]", "[]", "a,b", "a b", "a;b", "a=b", "=", "{}",
                           "%%", "\"a\"", "'", "~", "\xff\xfe", "a\nb"}) {
    for (const Options& o : Spellings("--rw", path)) {
      EXPECT_THAT(o.writable, ElementsAre(path));
    }
  }
}

TEST(ParseOptionsTest, TimeoutIsInSecondsOrInItsUnit) {
  const std::pair<const char*, nanoseconds> durations[] = {
      {"5", std::chrono::seconds(5)},
      {"5s", std::chrono::seconds(5)},
      {"05", std::chrono::seconds(5)},
      {"0.5", std::chrono::milliseconds(500)},
      {".5", std::chrono::milliseconds(500)},
      {"0.5s", std::chrono::milliseconds(500)},
      {"500ms", std::chrono::milliseconds(500)},
      {"1.5ms", std::chrono::microseconds(1500)},
      {"2m", std::chrono::minutes(2)},
      {"0.5m", std::chrono::seconds(30)},
      {"1h", std::chrono::hours(1)},
      {"1e3", std::chrono::seconds(1000)},
      {"8784h", std::chrono::hours(366 * 24)},
      {"31622400", std::chrono::hours(366 * 24)},
  };
  for (const auto& [text, duration] : durations) {
    for (const Options& o : Spellings("--timeout", text)) {
      EXPECT_EQ(o.timeout, duration) << text;
    }
  }
}

TEST(ParseOptionsTest, EveryMillisecondIsExactToANanosecond) {
  for (int i = 1; i < 3000; ++i) {
    const auto timeout =
        Accepted({"--timeout=" + std::to_string(i) + "ms", "p"}).timeout;
    ASSERT_TRUE(timeout.has_value());
    EXPECT_LE(std::abs(timeout->count() - i * 1000000LL), 1) << i;
  }
}

TEST(ParseOptionsTest, TimeoutThatIsNoTimeIsRefused) {
  for (const char* value :
       {"0",        "0s",    "0.0",      "-0",  "-1",   "-1s",   "+1",
        " 1",       "1 ",    "1 s",      "s",   "ms",   "x",     "5x",
        "5S",       "5MS",   "5sec",     "5d",  "5us",  "5ss",   "1h30m",
        "0x10",     "inf",   "infinity", "nan", "-inf", "1e400", "1e-400",
        "31622401", "8785h", "1e30h",    "1,5", "1e"}) {
    ExpectBothRefused("--timeout", value);
    EXPECT_THAT(Error({"--timeout", value, "p"}),
                AllOf(HasSubstr("s, ms, m or h"), HasSubstr("--timeout=5s")));
  }
}

// The limit that is kept is above 0, as the message says of the one given.
TEST(ParseOptionsTest, TimeoutIsNeverZero) {
  for (const char* value : {"1e-9", "1e-10", "1e-12", "1e-300ms"}) {
    const ParsedOptions parsed = Parse({"--timeout", value, "p"});
    if (!parsed.error.empty()) continue;
    EXPECT_GT(parsed.options.timeout->count(), 0) << value;
  }
}

TEST(ParseOptionsTest, ReportIsOneOfThree) {
  for (const Options& o : Spellings("--report", "auto")) {
    EXPECT_EQ(o.report, ReportWhen::kAuto);
  }
  for (const Options& o : Spellings("--report", "always")) {
    EXPECT_EQ(o.report, ReportWhen::kAlways);
  }
  for (const Options& o : Spellings("--report", "never")) {
    EXPECT_EQ(o.report, ReportWhen::kNever);
  }
  for (const char* value : {"ALWAYS", "alway", "json", "true", "1"}) {
    ExpectBothRefused("--report", value);
    EXPECT_THAT(Error({"--report", value, "p"}),
                HasSubstr("auto, always or never"));
  }
}

TEST(ParseOptionsTest, ModesExcludeEachOther) {
  EXPECT_EQ(Accepted({"--unjailed", "p"}).mode, Mode::kUnjailed);
  EXPECT_EQ(Accepted({"--dry-run", "p"}).mode, Mode::kDryRun);
  for (const Words& words : {Words{"--unjailed", "--dry-run", "p"},
                             Words{"--dry-run", "--unjailed", "p"}}) {
    EXPECT_THAT(Error(words),
                AllOf(HasSubstr("--unjailed"), HasSubstr("--dry-run"),
                      HasSubstr("exclude each other")));
  }
}

TEST(ParseOptionsTest, JsonDescriptorMustBeOpen) {
  Descriptor descriptor;
  ASSERT_GE(descriptor.number(), 0);
  for (const Options& o : Spellings("--json-fd", descriptor.text())) {
    EXPECT_EQ(o.json_fd, descriptor.number());
  }
  descriptor.Close();
  ExpectBothRefused("--json-fd", descriptor.text());
  EXPECT_THAT(Error({"--json-fd", descriptor.text(), "p"}),
              AllOf(HasSubstr("not open"), HasSubstr("3>report.json")));
  for (const char* value : {"1000000", "2147483647", "-2", "-2147483648"}) {
    ExpectBothRefused("--json-fd", value);
  }
}

TEST(ParseOptionsTest, JsonDescriptorMustBeANumber) {
  for (const char* value : {"x", "1x", "1.5", "2147483648", "99999999999",
                            "18446744073709551617", "true", "stdout"}) {
    for (const Words& words : {Words{std::string("--json-fd=") + value, "p"},
                               Words{"--json-fd", value, "p"}}) {
      EXPECT_THAT(Error(words), AllOf(HasSubstr("--json-fd"), HasSubstr(value),
                                      Not(HasSubstr("\n"))));
    }
  }
}

// -1 says "none" inside the program only.
TEST(ParseOptionsTest, NoNumberTurnsTheJsonReportOff) {
  ExpectBothRefused("--json-fd", "-1");
}

TEST(ParseOptionsTest, AllOptionsTogether) {
  const Descriptor descriptor;
  const Options options = Accepted(
      {"--json-fd", descriptor.text(), "--report=always", "--dry-run",
       "--timeout", "90s", "--rw=/a", "--allow", "socket", "--preset=compute",
       "--commit", "lock", "--zero", "--pool", "2G", "--", "prog", "-x"});
  EXPECT_EQ(options.pool_bytes, uint64_t{2} << 30);
  EXPECT_EQ(options.fill, Fill::kZeroed);
  EXPECT_EQ(options.commit, Commit::kLock);
  EXPECT_EQ(options.preset, "compute");
  EXPECT_THAT(options.allowed, ElementsAre("socket"));
  EXPECT_THAT(options.writable, ElementsAre("/a"));
  EXPECT_EQ(options.timeout, nanoseconds(std::chrono::seconds(90)));
  EXPECT_EQ(options.mode, Mode::kDryRun);
  EXPECT_EQ(options.report, ReportWhen::kAlways);
  EXPECT_EQ(options.json_fd, descriptor.number());
  EXPECT_THAT(options.command, ElementsAre("prog", "-x"));
}

// Where the options end.

TEST(ParseOptionsTest, FirstWordThatIsNoOptionIsTheProgram) {
  const Words command = {"prog",      "--pool=1M", "--pool", "1M",
                         "--",        "--zero",    "-h",     "--help",
                         "--version", "",          "-",      "--",
                         "--unknown", "a b",       "++",     "x=y"};
  EXPECT_THAT(Accepted(command).command, ElementsAreArray(command));
  Words words = command;
  words.insert(words.begin(), {"--pool", "2M", "--rw=/a"});
  const Options options = Accepted(words);
  EXPECT_THAT(options.command, ElementsAreArray(command));
  EXPECT_EQ(options.pool_bytes, 2u << 20);
  EXPECT_EQ(options.fill, Fill::kUninitialized);
}

TEST(ParseOptionsTest, DoubleDashEndsTheOptions) {
  const Words commands[] = {
      {"prog"},
      {"--pool=1M"},
      {"--", "prog"},
      {"--"},
      {"-x", "-y"},
      {"--help"},
      {"-"},
      {"--unknown", "--"},
      {"prog", "--"},
      {"++"},
      {"prog", ""},
      {"--zero", "--", "--"},
      {"a", "--", "b"},
      {"--version", "-h"},
  };
  for (const Words& command : commands) {
    for (const Words& options :
         {Words{}, Words{"--zero"}, Words{"--pool=2M"}, Words{"--pool", "2M"},
          Words{"--allow", "x"}, Words{"--allow=x", "--rw=/a"}}) {
      Words words = options;
      words.push_back("--");
      words.insert(words.end(), command.begin(), command.end());
      const Options parsed = Accepted(words);
      EXPECT_THAT(parsed.command, ElementsAreArray(command));
      EXPECT_NE(parsed.pool_bytes, 1u << 20);
    }
  }
}

TEST(ParseOptionsTest, ProgramMayHaveAnOddName) {
  for (const char* name : {"-", "+", "++", "a=b", "/", ".", "[x]", "\xff", " ",
                           "a\nb", "=", "%s"}) {
    EXPECT_THAT(Accepted({name, "-x"}).command, ElementsAre(name, "-x"));
  }
}

// As in getopt: what a value looks like does not matter.
TEST(ParseOptionsTest, OptionTakesTheNextWordWhateverItIs) {
  EXPECT_THAT(Accepted({"--rw", "--zero", "p"}).writable,
              ElementsAre("--zero"));
  EXPECT_THAT(Accepted({"--allow", "-x", "p"}).allowed, ElementsAre("-x"));
  EXPECT_THAT(Accepted({"--rw", "--", "p"}).writable, ElementsAre("--"));
  EXPECT_THAT(Accepted({"--rw", "--", "--", "p"}).command, ElementsAre("p"));
  EXPECT_THAT(Error({"--pool", "--zero", "p"}), HasSubstr("--pool=--zero"));
}

TEST(ParseOptionsTest, ValueMayHaveEqualsSigns) {
  EXPECT_THAT(Accepted({"--rw=/a=b", "p"}).writable, ElementsAre("/a=b"));
  EXPECT_THAT(Accepted({"--rw==", "p"}).writable, ElementsAre("="));
  EXPECT_THAT(Accepted({"--allow=--pool=1M", "p"}).allowed,
              ElementsAre("--pool=1M"));
}

// Refusals.

TEST(ParseOptionsTest, UnknownOptionsAreNamed) {
  for (const char* option :
       {"--unknown",   "--unknown=1", "-x",      "-p",        "-pool=1M",
        "--Pool=1M",   "--poo=1M",    "--pools", "--pool:1M", "---pool=1M",
        "--zer",       "-z",          "-1",      "--no-zero", "--dry_run",
        "--dryrun",    "--json_fd=1", "-v",      "--=x",      "-vh",
        "--allow-all", "-\xff"}) {
    EXPECT_THAT(Error({option, "prog"}),
                AllOf(StartsWith(option), HasSubstr("jailrun --help")));
    EXPECT_THAT(Error({"--pool=1M", option, "--zero", "prog"}),
                AllOf(StartsWith(option), HasSubstr("jailrun --help")));
  }
}

TEST(ParseOptionsTest, ProgramIsNeeded) {
  for (const Words& words : {Words{}, Words{"--"}, Words{"--zero"},
                             Words{"--pool=1M", "--"}, Words{"--dry-run"}}) {
    EXPECT_THAT(Error(words), AllOf(HasSubstr("no program given"),
                                    HasSubstr("jailrun --help")));
  }
  EXPECT_THAT(Error({""}), HasSubstr("name is empty"));
  EXPECT_THAT(Error({"--", ""}), HasSubstr("name is empty"));
  EXPECT_THAT(Error({"--zero", "", "prog"}), HasSubstr("name is empty"));
}

constexpr const char* kValued[] = {
    "--pool",    "--commit",       "--preset",       "--allow",
    "--rw",      "--timeout",      "--report",       "--json-fd",
    "--policy",  "--pass-fd",      "--cpu",          "--fsize",
    "--stack",   "--speculation",  "--env",          "--reserve",
    "--threads", "--thread-stack", "--ro",           "--chdir",
    "--config",  "--output-limit", "--on-violation", "--load",
    "--exit-map"};
constexpr const char* kFlags[] = {
    "--zero",     "--uninitialized", "--unjailed",  "--dry-run",
    "--clearenv", "--canary",        "--auto-load", "--profile"};

TEST(ParseOptionsTest, TheTableHasTheseAndNoOthers) {
  size_t valued = 0;
  size_t switches = 0;
  for (const Flag& flag : AllFlags()) {
    if (flag.name == std::string("version")) continue;
    ++(flag.is_switch() ? switches : valued);
    const Flag* const rival =
        flag.rival == nullptr ? nullptr : FindFlag(flag.rival);
    if (flag.rival == nullptr) continue;
    ASSERT_NE(rival, nullptr) << flag.name;
    EXPECT_STREQ(rival->rival, flag.name);
  }
  EXPECT_EQ(valued, std::size(kValued));
  EXPECT_EQ(switches, std::size(kFlags));
}

TEST(ParseOptionsTest, ValueIsNeeded) {
  for (const char* option : kValued) {
    EXPECT_THAT(Error({option}), AllOf(HasSubstr(option), HasSubstr("missing"),
                                       HasSubstr("jailrun --help")));
    EXPECT_THAT(Error({"--zero", option}), HasSubstr(option));
  }
}

TEST(ParseOptionsTest, OnlyListsMayBeGivenTwice) {
  const std::pair<const char*, const char*> twice[] = {
      {"--pool", "1M"},       {"--commit", "lazy"}, {"--preset", "decoder"},
      {"--timeout", "5"},     {"--report", "auto"}, {"--json-fd", "1"},
      {"--policy", "p.toml"}, {"--cpu", "1"},       {"--fsize", "1M"},
      {"--stack", "1M"},
  };
  for (const auto& [option, value] : twice) {
    EXPECT_THAT(Error({option, value, option, value, "p"}), HasSubstr(option));
  }
}

TEST(ParseOptionsTest, PolicyFileAndPresetExcludeEachOther) {
  EXPECT_EQ(Accepted({"--policy=a.toml", "p"}).policy_file, "a.toml");
  EXPECT_THAT(Error({"--policy=a.toml", "--preset=decoder", "p"}),
              HasSubstr("exclude each other"));
}

TEST(ParseOptionsTest, PassedDescriptorsAreOpen) {
  EXPECT_THAT(Accepted({"--pass-fd=0", "--pass-fd", "1", "p"}).passed_fds,
              ElementsAre(0, 1));
  for (const char* word : {"x", "-1", "1x", "99999999999"}) {
    EXPECT_THAT(Error({"--pass-fd", word, "p"}),
                HasSubstr("is not a descriptor"))
        << word;
  }
  EXPECT_THAT(Error({"--pass-fd=1000000", "p"}), HasSubstr("is not open"));
  EXPECT_THAT(Error({"--pass-fd=1", "--json-fd=1", "p"}), HasSubstr("forge"));
}

TEST(ParseOptionsTest, TheCanaryIsAsked) {
  EXPECT_EQ(Accepted({"p"}).canary, Canary::kNone);
  EXPECT_EQ(Accepted({"--canary", "p"}).canary, Canary::kTried);
}

TEST(ParseOptionsTest, FlagTakesNoOtherValueThanTrueOrFalse) {
  for (const char* flag : kFlags) {
    EXPECT_THAT(Error({std::string(flag) + "=banana", "p"}),
                AllOf(HasSubstr(flag), HasSubstr("banana")));
    EXPECT_THAT(Accepted({flag, "true"}).command, ElementsAre("true"));
  }
}

// An empty shell variable must not turn a limit off, and must not make the
// program's name the value of an option.

TEST(ParseOptionsTest, EmptyValueIsNotTheDefault) {
  for (const char* option :
       {"--pool", "--commit", "--timeout", "--report", "--json-fd", "--preset",
        "--allow", "--rw", "--policy", "--pass-fd", "--cpu", "--fsize",
        "--stack", "--reserve", "--output-limit", "--chdir"}) {
    EXPECT_THAT(Error({option, "", "prog"}), HasSubstr(option)) << option;
  }
}

TEST(ParseOptionsTest, EmptyValueDoesNotTakeTheNextWord) {
  for (const char* option : kValued) {
    const ParsedOptions parsed =
        Parse({std::string(option) + "=", "/bin/true", "argument"});
    EXPECT_THAT(parsed.error,
                AllOf(HasSubstr(option), Not(HasSubstr("/bin/true"))));
    EXPECT_THAT(parsed.options.allowed, IsEmpty());
    EXPECT_THAT(parsed.options.writable, IsEmpty());
    EXPECT_THAT(parsed.options.command,
                AnyOf(IsEmpty(), ElementsAre("/bin/true", "argument")));
  }
}

TEST(ParseOptionsTest, ErrorIsOneLine) {
  const Words refused[] = {
      {},
      {"--unknown"},
      {"--pool"},
      {"--pool=x", "p"},
      {"--pool=1", "p"},
      {"--commit=x", "p"},
      {"--timeout=x", "p"},
      {"--report=x", "p"},
      {"--json-fd=x", "p"},
      {"--json-fd=1000000", "p"},
      {"--zero", "--uninitialized", "p"},
      {"--unjailed", "--dry-run", "p"},
      {"--pool=1M", "--pool=1M", "p"},
      {"--zero=x", "p"},
      {""},
  };
  for (const Words& words : refused) {
    EXPECT_THAT(Error(words), Not(HasSubstr("\n")));
  }
}

TEST(ParseOptionsTest, ErrorIsOneLineWhateverTheInput) {
  for (const char* option : {"--pool", "--commit", "--timeout", "--report",
                             "--json-fd", "--zero", "--un\nknown", "-\n"}) {
    EXPECT_THAT(Error({std::string(option) + "=a\nb", "p"}),
                Not(HasSubstr("\n")));
  }
}

// Help and version.

TEST(ParseOptionsTest, HelpTellsOfEveryOption) {
  const std::string help = Parse({"--help"}).output;
  for (const char* option : kValued) EXPECT_THAT(help, HasSubstr(option));
  for (const char* option : kFlags) EXPECT_THAT(help, HasSubstr(option));
  for (const char* text :
       {"Usage: jailrun [OPTIONS] [--] PROGRAM [ARGUMENTS]", "--help",
        "--version", "Memory:", "System calls:", "Files:", "Limits:", "[256M]",
        "lazy, populate, lock", "auto, always, never", "123", "124", "125",
        "126", "127", "128+n", "159"}) {
    EXPECT_THAT(help, HasSubstr(text));
  }
  EXPECT_THAT(help, EndsWith("\n"));
}

TEST(ParseOptionsTest, HelpWinsOverWhatIsMissing) {
  const std::string help = Parse({"--help"}).output;
  for (const Words& words :
       {Words{"-h"}, Words{"--help", "prog"}, Words{"--zero", "--help"},
        Words{"--pool=x", "--help"}, Words{"-h", "--version"},
        Words{"--version", "-h"}}) {
    const ParsedOptions parsed = Parse(words);
    EXPECT_EQ(parsed.output, help);
    EXPECT_EQ(parsed.error, "");
  }
}

TEST(ParseOptionsTest, VersionIsOneLine) {
  for (const Words& words :
       {Words{"--version"}, Words{"--version", "prog"},
        Words{"--zero", "--version"}, Words{"--pool=x", "--version"}}) {
    const ParsedOptions parsed = Parse(words);
    EXPECT_EQ(parsed.output, "jailrun 0.1.0\n");
    EXPECT_EQ(parsed.error, "");
  }
}

TEST(ParseOptionsTest, HelpOfTheProgramIsTheProgramsOwn) {
  for (const char* option : {"--help", "-h", "--version"}) {
    EXPECT_THAT(Accepted({"prog", option}).command,
                ElementsAre("prog", option));
    EXPECT_THAT(Accepted({"--", option}).command, ElementsAre(option));
    EXPECT_THAT(Accepted({"--rw", option, "p"}).writable, ElementsAre(option));
  }
}

}  // namespace
}  // namespace cellblock
