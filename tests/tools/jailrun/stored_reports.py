# Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
"""Runs of every kind, whose reports are looked at, and a profile such as
--profile collects, made up here."""

import json
import os

from harness import Run, fixture, jail, scratch

ENDS = fixture("ends")
CRIME = fixture("crime")

# How a run is made, by its name: the command, options, the pool. The beginning
# of the name is the verdict, or says that nothing was run.
RUNS = {
    "clean": ([ENDS, "exit", "0"], [], "200M"),
    "clean_unjailed": ([CRIME, "fork"], ["--unjailed"], "200M"),
    "clean_tolerated": ([CRIME, "internet_socket"],
                        ["--on-violation=log"], "200M"),
    "clean_granted": (["/bin/cat", "/dev/null"],
                      ["--ro=/usr", "--rw=/tmp", "--allow=socketpair",
                       "--threads=2", "--reserve=1G"], "200M"),
    "clean_with_a_profile": (
        ["/usr/bin/python3", "-I", "-S", "-c",
         "many = [bytes(size) for size in range(4000)]; del many[::2]"],
        ["--profile"], "64M"),
    "exhausted_with_a_profile": ([fixture("exhaust"), "return", "3"],
                                 ["--profile"], "4M"),
    "program_error": ([ENDS, "exit", "3"], [], "200M"),
    "program_error_of_a_path": (["/bin/cat", "/root/../proc/1/environ"], [],
                                "200M"),
    "clean_but_for_a_socket": ([CRIME, "local_socket"], [], "200M"),
    "clean_after_errno": ([CRIME, "internet_socket"],
                          ["--on-violation=errno"], "200M"),
    "exhausted": ([fixture("exhaust"), "return", "3"], [], "4M"),
    "violation": ([CRIME, "internet_socket"], [], "200M"),
    "timeout": ([ENDS, "loop"], ["--timeout=200ms"], "200M"),
    "timeout_of_cpu": ([ENDS, "loop"], ["--cpu=1"], "200M"),
    "output_limit": (["/usr/bin/yes"], ["--output-limit=64K"], "200M"),
    "crashed": ([ENDS, "fault"], [], "200M"),
    "setup_failed_before_start": (["/no/such/program"], [], "200M"),
    "setup_failed_by_a_constructor": ([fixture("constructor"), "exit", "1"], [],
                                      "200M"),
    "dry_run": (["/usr/bin/xz"], ["--dry-run", "--ro=/usr"], "200M"),
    "dry_run_of_strict": ([ENDS], ["--dry-run", "--preset=strict",
                                   "--threads=0"], "200M"),
}


def run_of(name, *options) -> Run:
    command, given, pool = RUNS[name]
    return jail(command, options=[*given, *options], pool=pool, timeout=120)


def stored(name, *texts):
    """A file with each text as a line."""
    path = os.path.join(scratch(), name)
    with open(path, "wb") as file:
        for text in texts:
            if not isinstance(text, bytes):
                text = json.dumps(text).encode()
            file.write(text.rstrip(b"\n") + b"\n")
    return path


def profile():
    """In the form of docs/report.schema.json."""
    mebi = 1 << 20
    samples = []
    high = 0
    for step in range(120):
        used = int(mebi * (1 + 6 * (step / 60 if step < 60 else
                                    max(0.2, (120 - step) / 60))))
        high = max(high, used + mebi // 2)
        samples.append({"at_us": step * 1500, "in_use_bytes": used,
                        "high_water_bytes": high,
                        "largest_free_bytes": 16 * mebi - high})
    frame = {"module": "/usr/lib/x86_64-linux-gnu/liblzma.so.5",
             "offset": 4096, "function": None, "file": None, "line": None}

    def frames(*names):
        return [dict(frame, function=name, offset=64 * len(name)) for name in
                names]

    stacks = [
        {"bytes": 4 * mebi, "count": 1,
         "frames": frames("lzma_alloc", "lz_decoder_reset", "lzma_code",
                          "main")},
        {"bytes": 2 * mebi, "count": 40,
         "frames": frames("lzma_alloc", "lzma_index_append", "lzma_code",
                          "main")},
        {"bytes": mebi, "count": 3, "frames": frames("malloc", "setlocale",
                                                     "main")},
        {"bytes": 4096, "count": 1, "frames": [dict(frame)]},
    ]
    return {
        "samples": samples,
        "strips": [
            {"when": "peak", "at_us": 90000, "cell_bytes": 65536,
             "used_permille": [1000] * 100 + [0, 500, 250, 1000] * 6 +
                              [0] * 132},
            {"when": "end", "at_us": 178500, "cell_bytes": 65536,
             "used_permille": [1000] * 12 + [0, 120] * 20 + [0] * 204},
        ],
        "sizes": [
            {"from_bytes": 1, "to_bytes": 16, "allocations": 5200,
             "frees": 5000, "bytes_asked": 60000},
            {"from_bytes": 17, "to_bytes": 1024, "allocations": 812,
             "frees": 812, "bytes_asked": 90000},
            {"from_bytes": 1025, "to_bytes": 8 * mebi, "allocations": 7,
             "frees": 3, "bytes_asked": 7 * mebi},
        ],
        "peak": {"at_us": 90000, "in_use_bytes": 7 * mebi + 4096,
                 "sample_every_bytes": 1, "dropped": 0, "stacks": stacks},
        "calls": {
            "before_lock": [{"syscall": "openat", "count": 9},
                            {"syscall": "mmap", "count": 24}],
            "after_lock": [{"syscall": "read", "count": 31, "refused": 0},
                           {"syscall": "openat", "count": 4, "refused": 2}],
            "missing": None,
        },
    }
