// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "tools/jailrun/batch/batch.h"

#include <unistd.h>

#include <string>
#include <string_view>

#include "jail/exit_code.h"
#include "tools/jailrun/answer.h"
#include "tools/jailrun/batch/batch_options.h"
#include "tools/jailrun/batch/batch_run.h"
#include "tools/jailrun/report_text.h"
#include "tools/jailrun/write_all.h"

namespace cellblock {

bool IsBatch(int argc, char** argv) {
  return argc > 1 && argv[1] == std::string_view("batch");
}

int Batch(int argc, char** argv) {
  const ParsedBatch parsed = ParseBatch(argc, argv);
  if (!parsed.output.empty()) return Answer(parsed.output, 0);
  std::string error = parsed.error;
  EngineCode code = EngineCode::kConfiguration;
  if (error.empty()) {
    BatchRun run(parsed.options);
    error = run.Run();
    if (error.empty()) return run.exit_code();
    code = run.stopped_for();
  }
  WriteAll(STDERR_FILENO, ErrorLine(error));
  return parsed.options.jail.exit_map == ExitMap::kEngine
             ? static_cast<int>(code)
             : static_cast<int>(ExitCode::kSetupFailed);
}

}  // namespace cellblock
