// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_TOOLS_JAILRUN_REPORT_COMMAND_PAGE_ASSETS_H_
#define CELLBLOCK_TOOLS_JAILRUN_REPORT_COMMAND_PAGE_ASSETS_H_

// What a page is made of beside its report: page/embed.sh writes the texts when
// this is built. A hash is as a Content-Security-Policy has it.

namespace cellblock {

extern const char kPageStyle[];
extern const char kPageStyleHash[];
extern const char kPageLibrary[];  // D3
extern const char kPageLibraryHash[];
extern const char kPageScript[];
extern const char kPageScriptHash[];

}  // namespace cellblock

#endif  // CELLBLOCK_TOOLS_JAILRUN_REPORT_COMMAND_PAGE_ASSETS_H_
