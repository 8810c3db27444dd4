// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_TOOLS_JAILRUN_THREAD_SYMBOLS_H_
#define CELLBLOCK_TOOLS_JAILRUN_THREAD_SYMBOLS_H_

namespace cellblock {

// What starts threads needs one of these of another library.
inline constexpr const char* kThreadSymbols[] = {
    "pthread_create",
    "thrd_create",
    // std::thread, whose one use of pthread_create is in libstdc++.
    ("_ZNSt6thread15_M_start_threadESt10unique_ptrINS_6_StateESt14default_"
     "deleteIS1_EEPFvvE"),
    "_ZNSt6thread15_M_start_threadESt10shared_ptrINS_10_Impl_baseEE",
    "_ZNSt6thread15_M_start_threadESt10shared_ptrINS_10_Impl_baseEEPFvvE",
};

}  // namespace cellblock

#endif  // CELLBLOCK_TOOLS_JAILRUN_THREAD_SYMBOLS_H_
