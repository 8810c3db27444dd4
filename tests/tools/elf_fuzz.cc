// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
#include "tests/tools/elf_fuzz.h"

#include <limits.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tests/allocator/fuzz_check.h"
#include "tools/jailrun/elf_check.h"
#include "tools/jailrun/elf_image.h"
#include "tools/jailrun/file_bytes.h"
#include "tools/jailrun/refusal.h"
#include "tools/jailrun/shebang.h"

namespace cellblock {
namespace {

constexpr char kPath[] = "./image";
constexpr size_t kMaxDynamicEntries = 4096;  // As elf_image.h says.

// All that ElfImage tells of a file.
struct Findings {
  ElfVerdict verdict = ElfVerdict::kNoHeaders;
  std::optional<ExitCode> code;
  std::string reason;
  bool has_interpreter = false;
  std::string interpreter;
  bool position_independent = false;
  std::vector<std::string> needed;
  std::string rpath;
  std::string runpath;
  StartMain start_main = StartMain::kAbsent;

  bool operator==(const Findings&) const = default;
};

bool IsPrintable(const std::string& text) {
  return !text.empty() && std::none_of(text.begin(), text.end(), [](char c) {
    return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
  });
}

void CheckPresentable(const Refusal& refusal) {
  FUZZ_CHECK(refusal.code == ExitCode::kNotExecutable ||
             refusal.code == ExitCode::kSetupFailed);
  FUZZ_CHECK(IsPrintable(refusal.reason));
  FUZZ_CHECK(IsPrintable(refusal.advice));
}

void Refuse(const Refusal& refusal, Findings* findings) {
  CheckPresentable(refusal);
  findings->code = refusal.code;
  findings->reason = refusal.reason;
}

Findings Inspect(FileBytes* file) {
  Findings found;
  ElfImage image(file, kPath);
  if (const auto refusal = image.ReadHeaders()) {
    Refuse(*refusal, &found);
    return found;
  }
  found.verdict = ElfVerdict::kNoDynamic;
  found.has_interpreter = image.has_interpreter();
  found.interpreter = image.interpreter();
  found.position_independent = image.position_independent();
  if (const auto refusal = image.ReadDynamic()) {
    Refuse(*refusal, &found);
    return found;
  }
  found.verdict = ElfVerdict::kRead;
  found.needed = image.needed();
  found.rpath = image.rpath();
  found.runpath = image.runpath();
  found.start_main = image.start_main();
  return found;
}

Findings InspectBytes(std::string_view bytes) {
  FileBytes file(std::as_bytes(std::span(bytes)));
  return Inspect(&file);
}

Findings InspectDescriptor(std::string_view bytes) {
  static const int fd = memfd_create("elf_fuzz", MFD_CLOEXEC);
  FUZZ_CHECK(fd >= 0);
  FUZZ_CHECK(ftruncate(fd, 0) == 0);
  FUZZ_CHECK(pwrite(fd, bytes.data(), bytes.size(), 0) ==
             static_cast<ssize_t>(bytes.size()));
  FileBytes file(fd);
  return Inspect(&file);
}

// Requires that `text` stands in the file, with its end.
void CheckComesFrom(std::string_view bytes, const std::string& text) {
  FUZZ_CHECK(text.find('\0') == text.npos);
  const std::string_view with_end(text.c_str(), text.size() + 1);
  FUZZ_CHECK(bytes.find(with_end) != bytes.npos);
}

void CheckFindings(std::string_view bytes, const Findings& found) {
  if (found.has_interpreter) {
    FUZZ_CHECK(found.interpreter.size() < PATH_MAX);
    CheckComesFrom(bytes, found.interpreter);
  }
  if (found.verdict != ElfVerdict::kRead) return;
  FUZZ_CHECK(found.needed.size() <= kMaxDynamicEntries);
  for (const std::string& name : found.needed) CheckComesFrom(bytes, name);
  if (!found.rpath.empty()) CheckComesFrom(bytes, found.rpath);
  if (!found.runpath.empty()) CheckComesFrom(bytes, found.runpath);
  if (found.start_main != StartMain::kAbsent) {
    CheckComesFrom(bytes, "__libc_start_main");
  }
}

bool HasSlash(const std::string& text) { return text.find('/') != text.npos; }

// What is accepted has all that it must have; what has all of that itself is
// accepted.
void CheckAnswer(std::string_view bytes, const Findings& found) {
  if (HasSlash(found.rpath) || HasSlash(found.runpath) ||
      std::any_of(found.needed.begin(), found.needed.end(), HasSlash)) {
    return;
  }
  FileBytes file(std::as_bytes(std::span(bytes)));
  const std::optional<Refusal> refusal =
      CheckElf(&file, kPath, {.library_path = "$ORIGIN:"}, nullptr);
  if (refusal) CheckPresentable(*refusal);
  if (found.verdict == ElfVerdict::kNoHeaders) {
    FUZZ_CHECK(refusal && refusal->reason == found.reason);
    return;
  }
  const bool may_start = found.verdict == ElfVerdict::kRead &&
                         found.has_interpreter &&
                         found.start_main != StartMain::kOwn;
  if (!may_start) FUZZ_CHECK(refusal.has_value());
  const bool needs_libc = std::find(found.needed.begin(), found.needed.end(),
                                    "libc.so.6") != found.needed.end();
  if (may_start && found.interpreter == kSystemLoader && needs_libc &&
      found.start_main == StartMain::kImported) {
    FUZZ_CHECK(!refusal);
  }
}

// load_script() of Linux's fs/binfmt_script.c, with its own way of looking: by
// pointers, of which the last is part of what is looked at.
class KernelScript {
 public:
  explicit KernelScript(std::string_view head) {
    std::copy_n(head.begin(), std::min(head.size(), sizeof(buffer_) - 1),
                buffer_);
  }

  std::optional<Shebang> Parse() const {
    if (buffer_[0] != '#' || buffer_[1] != '!') return std::nullopt;
    const char* const last = buffer_ + kShebangBytes - 1;
    const char* end = LineEnd();
    if (end == nullptr) {
      const char* const name = SkipBlanks(buffer_ + 2, last);
      if (name == nullptr || Terminator(name, last) == nullptr) {
        return std::nullopt;
      }
      end = last;
    }
    while (IsBlank(end[-1])) --end;
    const char* const name = SkipBlanks(buffer_ + 2, end);
    if (name == nullptr || name == end) return std::nullopt;
    const char* const name_end = Terminator(name, end);
    Shebang shebang = {std::string(name, name_end == nullptr ? end : name_end),
                       std::nullopt};
    if (name_end == nullptr || *name_end == '\0') return shebang;
    const char* const argument = SkipBlanks(name_end, end);
    if (argument == nullptr || argument >= end) return shebang;
    shebang.argument = std::string(argument, strnlen(argument, end - argument));
    return shebang;
  }

 private:
  static bool IsBlank(char c) { return c == ' ' || c == '\t'; }

  // As strnchr, looks no further than a NUL.
  const char* LineEnd() const {
    for (size_t i = 0; i < kShebangBytes && buffer_[i] != '\0'; ++i) {
      if (buffer_[i] == '\n') return buffer_ + i;
    }
    return nullptr;
  }

  static const char* SkipBlanks(const char* first, const char* last) {
    for (; first <= last; ++first) {
      if (!IsBlank(*first)) return first;
    }
    return nullptr;
  }

  static const char* Terminator(const char* first, const char* last) {
    for (; first <= last; ++first) {
      if (IsBlank(*first) || *first == '\0') return first;
    }
    return nullptr;
  }

  char buffer_[kShebangBytes + 1] = {};
};

}  // namespace

ElfVerdict FuzzElf(const uint8_t* data, size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const std::string_view head = bytes.substr(0, kShebangBytes);
  FUZZ_CHECK(ParseShebang(head) == KernelScript(head).Parse());
  const Findings found = InspectBytes(bytes);
  CheckFindings(bytes, found);
  FUZZ_CHECK(InspectDescriptor(bytes) == found);
  if (found.verdict == ElfVerdict::kRead) {
    FUZZ_CHECK(InspectBytes(std::string(bytes) + "more") == found);
  }
  CheckAnswer(bytes, found);
  return found.verdict;
}

}  // namespace cellblock
