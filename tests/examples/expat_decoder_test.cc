// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "examples/expat/expat_decoder.h"

#include <algorithm>
#include <string>
#include <string_view>

#include "examples/common/sink.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/examples/documents.h"
#include "tests/examples/stream_packers.h"
#include "tests/examples/tight_sink.h"

namespace examples {
namespace {

using ::testing::HasSubstr;

std::string Decoded(std::string_view document, const XmlLimits& limits = {}) {
  const Bytes file = ToBytes(document);
  MemorySink sink;
  const absl::Status status = DecodeXml(file, limits, sink);
  EXPECT_LE(sink.bytes().size(), limits.output_bytes);
  TightSink tight(61);
  EXPECT_EQ(DecodeXml(file, limits, tight).ToString(), status.ToString());
  if (!status.ok()) return status.ToString();
  EXPECT_TRUE(std::ranges::equal(tight.bytes(), sink.bytes()));
  return {sink.bytes().begin(), sink.bytes().end()};
}

TEST(ExpatDecoder, WritesALineForEachThing) {
  EXPECT_EQ(Decoded("<?xml version='1.0'?>\n"
                    "<a x='1' y='two &amp; 3'>one\n\ttwo\\ &lt;<b/>"
                    "<?go there now?><![CDATA[<c>]]></a>"),
            "(a\nAx 1\nAy two & 3\n-one\\n\\ttwo\\\\ <\n(b\n)b\n"
            "?go there now\n-<c>\n)a\n");
}

TEST(ExpatDecoder, PutsEntitiesIn) {
  EXPECT_EQ(Decoded("<!DOCTYPE a [<!ENTITY e 'so'>]><a x='&e;'>&e; &#228;</a>"),
            "(a\nAx so\n-so \xc3\xa4\n)a\n");
}

TEST(ExpatDecoder, LooksForNothingOutside) {
  EXPECT_EQ(Decoded("<!DOCTYPE a [<!ENTITY e SYSTEM '/etc/hostname'>]>"
                    "<a>&e;</a>"),
            "(a\n)a\n");
}

TEST(ExpatDecoder, ReadsUtf16) {
  std::string wide("\xff\xfe", 2);
  for (const char letter : std::string_view("<a>b</a>")) {
    wide += letter;
    wide += '\0';
  }
  EXPECT_EQ(Decoded(wide), "(a\n-b\n)a\n");
}

TEST(ExpatDecoder, SaysWhatIsWrongAndWhere) {
  EXPECT_EQ(Decoded("<a>\n<b></a>"),
            "INVALID_ARGUMENT: line 2: mismatched tag");
  EXPECT_EQ(Decoded(""), "INVALID_ARGUMENT: line 1: no element found");
  EXPECT_EQ(Decoded("<a/>x"),
            "INVALID_ARGUMENT: line 1: junk after document element");
}

TEST(ExpatDecoder, ElementsStandInEachOtherSoDeepAndNoDeeper) {
  EXPECT_EQ(Decoded("<a><b/><b/></a>", {.depth = 2}),
            "(a\n(b\n)b\n(b\n)b\n)a\n");
  EXPECT_EQ(Decoded("<a><b><c/></b></a>", {.depth = 2}),
            "RESOURCE_EXHAUSTED: more than 2 elements stand in each other");
  EXPECT_THAT(Decoded(DeepDocument(100'000)), HasSubstr("more than 256"));
}

TEST(ExpatDecoder, OutputHasItsLimit) {
  EXPECT_EQ(Decoded("<a>b</a>", {.output_bytes = 9}), "(a\n-b\n)a\n");
  EXPECT_EQ(Decoded("<a>b</a>", {.output_bytes = 8}),
            "RESOURCE_EXHAUSTED: more than 8 bytes come out");
}

TEST(ExpatDecoder, EntitiesMakeSoMuchAndNoMore) {
  EXPECT_THAT(Decoded(LaughingDocument(9)),
              HasSubstr("RESOURCE_EXHAUSTED: line 1: limit on input "
                        "amplification factor (from DTD and entities) "
                        "breached"));
  EXPECT_THAT(Decoded(RepeatingDocument(100'000, 1000)),
              HasSubstr("RESOURCE_EXHAUSTED: line 1: limit on input amp"));
  EXPECT_EQ(Decoded(LaughingDocument(2), {.amplified_bytes = 1000}).size(),
            std::string("(lolz\n-\n)lolz\n").size() + 300);
  EXPECT_EQ(Decoded("<a/>", {.amplification = 0.5}),
            "INVALID_ARGUMENT: XmlLimits::amplification is below 1");
}

}  // namespace
}  // namespace examples
