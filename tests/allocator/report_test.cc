// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
#include "allocator/report.h"

#include <gtest/gtest.h>
#include <signal.h>

#include <cctype>
#include <cstdint>
#include <fstream>
#include <iterator>
#include <ostream>
#include <regex>
#include <set>
#include <string>
#include <vector>

namespace cellblock {
namespace {

const void* const kBlock = reinterpret_cast<const void*>(0x7f12345678a0);

struct ReportCase {
  std::string call;  // as it is written here
  void (*run)();
  std::string line;

  std::string function() const { return call.substr(0, call.find('(')); }
};

void PrintTo(const ReportCase& report, std::ostream* out) {
  *out << report.call;
}

ReportCase Case(const char* call, const char* line, void (*run)()) {
  return {call, run, line};
}

#define REPORT(call, line) Case(#call, line, [] { call; })

const std::vector<ReportCase>& ReportCases() {
  static const auto* const cases = new std::vector<ReportCase>{
      REPORT(ReportDoubleFree(kBlock),
             "double free of 0x7f12345678a0: it is in free memory, freed "
             "before or never handed out"),
      REPORT(ReportForeignFree(kBlock),
             "foreign free of 0x7f12345678a0: it is not in this pool"),
      REPORT(ReportForeignFree(nullptr),
             "foreign free of 0x0: it is not in this pool"),
      REPORT(ReportForeignFree(reinterpret_cast<const void*>(UINTPTR_MAX)),
             "foreign free of 0xffffffffffffffff: it is not in this pool"),
      REPORT(ReportMisalignedFree(kBlock),
             "misaligned free of 0x7f12345678a0: no block of this pool can "
             "start there"),
      REPORT(ReportInteriorFree(kBlock),
             "interior free of 0x7f12345678a0: it is inside a live block, not "
             "at its start"),
      REPORT(ReportIndexOutOfRange(10, 3),
             "index 10 is out of range: the cell has 3 elements"),
      REPORT(ReportIndexOutOfRange(0, 0),
             "index 0 is out of range: the cell has 0 elements"),
      REPORT(ReportIndexOutOfRange(SIZE_MAX, SIZE_MAX - 1),
             "index 18446744073709551615 is out of range: the cell has "
             "18446744073709551614 elements"),
      REPORT(ReportConsumedUse(),
             "use of a cell after it was freed or moved from"),
      REPORT(ReportConsumedFree(),
             "double free of a cell: it was freed or moved from already"),
      REPORT(ReportRefusedInARow(1048576),
             "the pool is exhausted: 1048576 allocations in a row were "
             "refused"),
      REPORT(ReportCorruptedLink(kBlock),
             "corrupted free block 0x7f12345678a0: it was written to after it "
             "was freed, or from the block before"),
      REPORT(ReportWriteAfterFree(kBlock),
             "write after free of 0x7f12345678a0: the free block is not zero "
             "any more"),
      REPORT(ReportOverflow(kBlock),
             "overflow of 0x7f12345678a0: what stands behind the block was "
             "overwritten"),
      REPORT(ReportBadFree(AllocatorError::kDoubleFree, kBlock),
             "double free of 0x7f12345678a0: it is in free memory, freed "
             "before or never handed out"),
      REPORT(ReportBadFree(AllocatorError::kNotOwned, kBlock),
             "foreign free of 0x7f12345678a0: it is not in this pool"),
      REPORT(ReportBadFree(AllocatorError::kMisaligned, kBlock),
             "misaligned free of 0x7f12345678a0: no block of this pool can "
             "start there"),
      REPORT(ReportBadFree(AllocatorError::kInteriorPointer, kBlock),
             "interior free of 0x7f12345678a0: it is inside a live block, not "
             "at its start"),
  };
  return *cases;
}

class ReportDeathTest : public testing::TestWithParam<ReportCase> {};

TEST_P(ReportDeathTest, IsOneLineThenAbort) {
  EXPECT_EXIT(GetParam().run(), testing::KilledBySignal(SIGABRT),
              testing::Eq("cellblock: " + GetParam().line + "\n"));
}

std::string CaseName(const testing::TestParamInfo<ReportCase>& report) {
  std::string name = report.param.function();
  for (char c : report.param.call.substr(name.size())) {
    if (std::isalnum(static_cast<unsigned char>(c))) name += c;
  }
  return name;
}

INSTANTIATE_TEST_SUITE_P(Catalogue, ReportDeathTest,
                         testing::ValuesIn(ReportCases()), CaseName);

TEST(ReportCatalogueTest, EveryDeclaredReportIsProvedHere) {
  std::ifstream file("allocator/report.h");
  const std::string header{std::istreambuf_iterator<char>(file), {}};
  const std::regex declaration(R"(\n(.*)\bvoid (\w+)\()");
  std::set<std::string> declared;
  for (std::sregex_iterator at(header.begin(), header.end(), declaration), end;
       at != end; ++at) {
    EXPECT_EQ((*at)[1], "[[noreturn]] ") << (*at)[2] << " can return";
    declared.insert((*at)[2]);
  }
  EXPECT_GE(declared.size(), 9u) << "the header was not read";
  std::set<std::string> proved;
  for (const ReportCase& report : ReportCases()) {
    proved.insert(report.function());
  }
  EXPECT_EQ(declared, proved);
}

}  // namespace
}  // namespace cellblock
