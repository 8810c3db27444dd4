#!/usr/bin/python3 -B
# Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
"""`jailrun batch` over files of every kind, good ones, bad ones, and those that
hang, crash, exhaust the pool or make a forbidden call, killed ten times at
random moments and started again: each has one final verdict, the right one, and
each output is whole. 300 files; with CELLBLOCK_FULL=1, as tools/soak.sh has it,
10,000. The seed is 1 or CELLBLOCK_SEED.
"""

import json
import os
import random
import subprocess
import time

from harness import case, check, contains, equal, execute, jailrun_path, main, scratch

SEED = int(os.environ.get("CELLBLOCK_SEED", "1"))
COUNT = 10000 if os.environ.get("CELLBLOCK_FULL") else 300
KILLS = 10

# Scripts, for dash. Each kind's share in a thousand, what it says before it
# ends, and its verdict.
KINDS = {
    "good": (895, "echo {name}; echo {name} >/dev/null", "clean"),
    "bad": (50, "echo {name}; exit 3", "program_error"),
    "garbled": (20, "echo {name}\n) (\n", "program_error"),
    "crashing": (15, "echo {name}; kill -s SEGV $$", "crashed"),
    "exhausting": (10, "x=0123456789abcdef; while :; do x=$x$x; done",
                   "exhausted"),
    "forbidden": (7, "echo {name}; id", "violation"),
    "hanging": (3, "echo {name}; while :; do :; done", "timeout"),
}
WORDS = ["--journal=j", "--output={}.out", "--quarantine=q", "--jobs=3",
         "--pool=1M", "--timeout=5s", "--retries=2", "--progress=never",
         "dash {}"]


def make_files(folder, draw):
    """Name to kind; one of each at least."""
    kinds = list(KINDS)
    shares = [KINDS[kind][0] for kind in kinds]
    drawn = kinds + draw.choices(kinds, shares, k=COUNT - len(kinds))
    draw.shuffle(drawn)
    files = {f"{number}": kind for number, kind in enumerate(drawn)}
    for name, kind in files.items():
        with open(os.path.join(folder, name), "w", encoding="ascii") as file:
            file.write(KINDS[kind][1].replace("{name}", name) + "\n")
    return files


def lines_of(folder):
    path = os.path.join(folder, "j")
    if not os.path.exists(path):
        return b""
    with open(path, "rb") as file:
        return file.read()


def killed_at_random(folder, listed, draw):
    """Starts it and kills it, until that was ten times between the first verdict
    and the last. The journal only grows, but for a line that was not whole."""
    command = [jailrun_path(), "batch", *WORDS]
    seen = b""
    between = 0
    for _ in range(20 * KILLS):
        if between == KILLS:
            return
        process = subprocess.Popen(command, cwd=folder, stdin=subprocess.PIPE,
                                   stderr=subprocess.DEVNULL)
        process.stdin.write(listed)
        process.stdin.close()
        # Until some more verdicts are there, and a moment that falls anywhere.
        wanted = seen.count(b"\n") + draw.randrange(COUNT // (2 * KILLS))
        while lines_of(folder).count(b"\n") < wanted and process.poll() is None:
            time.sleep(0.01)
        time.sleep(draw.uniform(0.0, 0.02))
        process.kill()
        process.wait()
        now = lines_of(folder)
        check(now.startswith(seen[:seen.rfind(b"\n") + 1]), "a verdict is gone")
        between += 1 < now.count(b"\n") < COUNT + 1
        seen = now
    equal(between, KILLS, "kills between the first verdict and the last")


@case
def each_file_has_one_verdict_whenever_it_is_killed():
    print(f"CELLBLOCK_SEED={SEED}, {COUNT} files", flush=True)
    draw = random.Random(SEED)
    folder = os.path.join(scratch(), "batch")
    os.mkdir(folder)
    files = make_files(folder, draw)
    listed = "\n".join(files).encode()
    killed_at_random(folder, listed, draw)
    run = execute([jailrun_path(), "batch", *WORDS], stdin=listed, cwd=folder,
                  timeout=3000)
    run.expect(1)
    verdicts = [json.loads(line) for line in lines_of(folder).splitlines()[1:]]
    equal(sorted(verdict["input"] for verdict in verdicts), sorted(files),
          "the inputs, each once")
    for verdict in verdicts:
        name = verdict["input"]
        wanted = KINDS[files[name]][2]
        equal(verdict["class"], wanted, f"{name}, which is {files[name]}")
        out = os.path.join(folder, name + ".out")
        if wanted == "clean":
            with open(out, encoding="ascii") as file:
                equal(file.read(), name + "\n", "the output of " + name)
        else:
            check(not os.path.exists(out), f"{name} has an output")
    with open(os.path.join(folder, "q"), encoding="ascii") as file:
        equal(sorted(file.read().split()),
              sorted(name for name, kind in files.items() if kind != "good"),
              "the quarantine list")
    equal([name for name in os.listdir(folder) if name.endswith(".part")], [],
          "unfinished files")
    contains(run.err, b"%d inputs: " % COUNT, "the summary")


main()
