// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "examples/expat/expat_decoder.h"

// Without it the header does not show the protection, which the library has.
#define XML_DTD
#include <expat.h>
#include <sys/random.h>

#include <algorithm>
#include <cstring>
#include <limits>
#include <new>
#include <string>
#include <string_view>

#include "absl/strings/str_format.h"
#include "examples/common/pool_memory.h"
#include "examples/common/stream.h"

namespace examples {
namespace {

// 0 iff the kernel gives nothing; never 0 for expat, to which that is none.
unsigned long DrawSalt() {
  unsigned long salt = 0;
  if (getrandom(&salt, sizeof(salt), 0) != sizeof(salt)) return 0;
  return salt | 1;
}

unsigned long Salt() {
  static const unsigned long salt = DrawSalt();
  return salt;
}

// Expat's memory functions have no argument for it.
thread_local PoolMemory* t_memory;

void* Allocate(size_t bytes) { return t_memory->Allocate(bytes); }
void Free(void* block) { t_memory->Free(block); }
void* Reallocate(void* block, size_t bytes) {
  return t_memory->Reallocate(block, bytes);
}

constexpr XML_Memory_Handling_Suite kMemory = {Allocate, Reallocate, Free};

// Expat's parser while it lives.
class Parser {
 public:
  explicit Parser(PoolMemory* memory) {
    t_memory = memory;
    parser_ = XML_ParserCreate_MM(nullptr, &kMemory, nullptr);
  }
  ~Parser() {
    XML_ParserFree(parser_);
    t_memory = nullptr;
  }
  Parser(const Parser&) = delete;
  Parser& operator=(const Parser&) = delete;

  XML_Parser get() const { return parser_; }

 private:
  XML_Parser parser_;
};

// Writes what expat tells it, until something is wrong.
class Writer {
 public:
  Writer(const XmlLimits& limits, XML_Parser parser, Sink& sink)
      : most_depth_(limits.depth),
        parser_(parser),
        output_({.output_bytes = limits.output_bytes}, sink) {}

  const absl::Status& status() const { return status_; }

  // What is written is kept until then, or until the room is full: it comes in
  // small pieces.
  void Flush() {
    const absl::Status committed = output_.Commit(used_);
    room_ = {};
    used_ = 0;
    if (!committed.ok()) Stop(committed);
  }

  static void Begin(void* self, const XML_Char* name, const XML_Char** more) {
    static_cast<Writer*>(self)->OnBegin(name, more);
  }
  static void End(void* self, const XML_Char* name) {
    static_cast<Writer*>(self)->OnEnd(name);
  }
  static void Text(void* self, const XML_Char* text, int bytes) {
    static_cast<Writer*>(self)->OnText({text, static_cast<size_t>(bytes)});
  }
  static void Instruction(void* self, const XML_Char* target,
                          const XML_Char* data) {
    static_cast<Writer*>(self)->Line('?', target, data);
  }

 private:
  void OnBegin(const XML_Char* name, const XML_Char** attributes) {
    if (depth_ == most_depth_) {
      return Stop(absl::ResourceExhaustedError(absl::StrFormat(
          "more than %u elements stand in each other", most_depth_)));
    }
    ++depth_;
    Line('(', name, nullptr);
    for (; *attributes != nullptr; attributes += 2) {
      Line('A', attributes[0], attributes[1]);
    }
  }

  void OnEnd(const XML_Char* name) {
    --depth_;
    Line(')', name, nullptr);
  }

  // Expat gives a text in as many parts as it likes.
  void OnText(std::string_view text) {
    if (!is_in_text_) Put("-");
    is_in_text_ = true;
    PutEscaped(text);
  }

  void Line(char kind, const char* name, const char* value) {
    if (is_in_text_) Put("\n");
    is_in_text_ = false;
    Put({&kind, 1});
    Put(name);
    if (value != nullptr) {
      Put(" ");
      PutEscaped(value);
    }
    Put("\n");
  }

  void PutEscaped(std::string_view text) {
    while (!text.empty()) {
      const size_t plain = std::min(text.find_first_of("\n\t\\"), text.size());
      Put(text.substr(0, plain));
      text.remove_prefix(plain);
      if (text.empty()) return;
      Put(text[0] == '\n' ? "\\n" : text[0] == '\t' ? "\\t" : "\\\\");
      text.remove_prefix(1);
    }
  }

  void Put(std::string_view text) {
    while (!text.empty() && status_.ok()) {
      if (used_ == room_.size()) {
        NextRoom();
        continue;
      }
      const size_t part = std::min(room_.size() - used_, text.size());
      memcpy(room_.data() + used_, text.data(), part);
      used_ += part;
      text.remove_prefix(part);
    }
  }

  // What is thrown does not pass through expat.
  void NextRoom() {
    Flush();
    if (!status_.ok()) return;
    try {
      room_ = output_.Room();
    } catch (const std::bad_alloc&) {
      Stop(absl::ResourceExhaustedError("there is no memory for the output"));
    }
  }

  void Stop(const absl::Status& why) {
    if (!status_.ok()) return;
    status_ = why;
    XML_StopParser(parser_, XML_FALSE);
  }

  const uint32_t most_depth_;
  XML_Parser const parser_;
  StreamOutput output_;
  std::span<uint8_t> room_;
  size_t used_ = 0;
  uint32_t depth_ = 0;
  bool is_in_text_ = false;
  absl::Status status_;
};

absl::Status NoMemory() {
  return absl::ResourceExhaustedError("expat got no memory");
}

absl::Status ErrorOf(XML_Parser parser) {
  const XML_Error code = XML_GetErrorCode(parser);
  const auto line =
      static_cast<unsigned long long>(XML_GetCurrentLineNumber(parser));
  const std::string text =
      absl::StrFormat("line %u: %s", line, XML_ErrorString(code));
  switch (code) {
    case XML_ERROR_NO_MEMORY:
      return NoMemory();
    case XML_ERROR_AMPLIFICATION_LIMIT_BREACH:
      return absl::ResourceExhaustedError(text);
    default:
      return absl::InvalidArgumentError(text);
  }
}

}  // namespace

absl::Status PrepareXml() {
  if (Salt() == 0) {
    return absl::UnavailableError("the kernel gives no random bytes");
  }
  return absl::OkStatus();
}

absl::Status DecodeXml(std::span<const uint8_t> file, const XmlLimits& limits,
                       Sink& sink) {
  const absl::Status prepared = PrepareXml();
  if (!prepared.ok()) return prepared;
  // One piece: what is cut inside of a name or a tag is read again and again.
  if (file.size() > static_cast<size_t>(std::numeric_limits<int>::max())) {
    return absl::ResourceExhaustedError("the document is longer than 2 GiB");
  }
  PoolMemory memory;
  const Parser owner(&memory);
  const XML_Parser parser = owner.get();
  if (parser == nullptr) return NoMemory();
  XML_SetHashSalt(parser, Salt());
  if (XML_SetBillionLaughsAttackProtectionMaximumAmplification(
          parser, limits.amplification) != XML_TRUE ||
      XML_SetBillionLaughsAttackProtectionActivationThreshold(
          parser, limits.amplified_bytes) != XML_TRUE) {
    return absl::InvalidArgumentError("XmlLimits::amplification is below 1");
  }
  Writer writer(limits, parser, sink);
  XML_SetUserData(parser, &writer);
  XML_SetElementHandler(parser, Writer::Begin, Writer::End);
  XML_SetCharacterDataHandler(parser, Writer::Text);
  XML_SetProcessingInstructionHandler(parser, Writer::Instruction);
  const XML_Status parsed =
      XML_Parse(parser, reinterpret_cast<const char*>(file.data()),
                static_cast<int>(file.size()), XML_TRUE);
  writer.Flush();
  if (!writer.status().ok()) return writer.status();
  return parsed == XML_STATUS_OK ? absl::OkStatus() : ErrorOf(parser);
}

}  // namespace examples
