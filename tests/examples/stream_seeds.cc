// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include <string>

#include "tests/examples/documents.h"
#include "tests/examples/seeds.h"

namespace examples {
namespace {

const Bytes& Short() {
  static const Bytes text = SomeText(500);
  return text;
}

const Bytes& Long() {
  static const Bytes text = SomeText(12'000, 2);
  return text;
}

// Runs of one byte, which pack to nearly nothing.
Bytes Flat() { return Bytes(100'000, 'z'); }

}  // namespace

std::vector<Bytes> ZlibSeeds() {
  return {PackGzip(Short()),
          PackZlib(Short(), 1),
          PackZlib(Long(), 9),
          PackGzip(Long(), 0),
          PackGzip(Flat()),
          Joined({PackGzip(Short()), PackGzip({}), PackGzip(Short())})};
}

std::vector<Bytes> BrotliSeeds() {
  return {PackBrotli(Short(), 1), PackBrotli(Short(), 11),
          PackBrotli(Long(), 5), PackBrotli(Long(), 9, 24),
          PackBrotli(Flat(), 5, 16)};
}

std::vector<Bytes> ZstdSeeds() {
  return {PackZstd(Short()),
          PackZstd(Long(), {.level = 1, .window_log = 10, .has_size = false}),
          PackZstd(Long(), {.level = 19, .has_checksum = false}),
          PackZstd(Flat()),
          Joined({PackZstd(Short()), PackZstd({}), PackZstd(Short())})};
}

std::vector<Bytes> XzSeeds() {
  return {PackXz(Short()),
          PackXz(Long(), {.preset = 6, .dictionary_bytes = 65536}),
          PackXz(Flat()),
          PackXz(Long(), {.dictionary_bytes = 4096, .is_for_x86 = true}),
          Joined({PackXz(Short()), PackXz(Short())})};
}

std::vector<Bytes> Bzip2Seeds() {
  return {PackBzip2(Short(), 1), PackBzip2(Long(), 1), PackBzip2(Flat(), 2),
          PackBzip2({}, 1),
          Joined({PackBzip2(Short(), 1), PackBzip2(Long(), 1)})};
}

std::vector<Bytes> XmlSeeds() {
  return {
      ToBytes("<?xml version='1.0' encoding='UTF-8'?>\n<list size='3'>\n"
              "  <item id='1' lang=\"en\">one &amp; two</item>\n"
              "  <item id='2'><![CDATA[<three>]]></item>\n"
              "  <!-- none --><?do it?><item id='3'/>\n</list>\n"),
      ToBytes("<!DOCTYPE a [<!ELEMENT a (b*)><!ATTLIST b c CDATA 'd' e ID "
              "#REQUIRED><!ENTITY f 'g &#104; &i;'><!ENTITY i 'j'><!ENTITY k "
              "SYSTEM 'l'><!NOTATION m PUBLIC 'n'>]><a><b e='o'>&f;&k;</b><b "
              "e='p'/></a>"),
      ToBytes("<?xml version='1.0' encoding='ISO-8859-1'?><a>\xe4\xf6\xfc"
              "<b xmlns:x='y' x:z='\xdf'/></a>"),
      ToBytes(LaughingDocument(3)),
      ToBytes(RepeatingDocument(1000, 20)),
      ToBytes(DeepDocument(200)),
  };
}

}  // namespace examples
