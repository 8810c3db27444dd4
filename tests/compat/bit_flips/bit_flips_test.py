#!/usr/bin/python3 -B
# Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
"""Bad files for five of Debian's decoders, unmodified: each ends in the jail,
within its deadline, as it ends without one: the same exit code or signal, the
same standard output and error.

10,000 for each decoder in a hundred shards, of which one runs every day, or the
one that CELLBLOCK_SHARD says. `tools/soak.sh bit_flips` runs them all.

Where the pool refused anything, the plain program is run again with as much
memory (RLIMIT_DATA), and standard error, which may say how far it came, is not
compared. Where one of the two was late, both are run again with more time.
Where only the bytes differ, the decoder may put out memory that it has never
written to. Both are then run again with malloc's memory zeroed. If it was the
stack's, the plain program differs from itself too; then only the lengths are
compared.
"""

import base64
import os
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "../../tools/jailrun"))
# pylint: disable=wrong-import-position
from harness import (Failure, case, check, equal, main, program,
                     scratch_file)
from bad_files import bad_file, good_files
from ends import LATE, run_jailed, run_plain

INPUTS = 10_000
SHARDS = 100
POOL = 256 << 20
# No input takes a tenth of it; a machine that does other work too may.
DEADLINE = 20
PATIENCE = 100

SEED = int(os.environ.get("CELLBLOCK_SEED", "1"), 0)
TODAY = str(int(time.time()) // (24 * 60 * 60))
SHARD = int(os.environ.get("CELLBLOCK_SHARD", TODAY), 0) % SHARDS

COLUMNS = ["inputs", "exit code 0", "another", "a signal", "memory", "late",
           "zeroed", "varies", "DISAGREE"]

DECODERS = {
    "djpeg": ("jpeg", ["{}"]),
    "dwebp": ("webp", ["-quiet", "{}", "-pam", "-o", "-"]),
    "pngtopam": ("png", ["-alphapam", "{}"]),
    "xz": ("xz", ["-dc", "{}"]),
    "oggdec": ("ogg", ["-Q", "-o", "-", "{}"]),
}


def command_for(name, path):
    return [program(name)] + [word.format(path) for word in DECODERS[name][1]]


def settle_bytes(command, plain, jailed, columns):
    """What is to be compared instead, where only the bytes differ."""
    again = [run_plain(command, PATIENCE) for _ in range(3)]
    zeroed = run_plain(command, PATIENCE, zeroed=True)
    jailed_zeroed = run_jailed(command, PATIENCE, POOL, zeroed=True)
    if zeroed.agrees(jailed_zeroed.end):
        columns.append("zeroed")
        return zeroed, jailed_zeroed
    if not all(plain.agrees(other) for other in again):
        columns.append("varies")
        return plain.lengths_alone(), jailed.lengths_alone()
    return plain, jailed


def compare(command):
    """The columns that an input counts in, and how long the jail took."""
    plain = run_plain(command, DEADLINE)
    jailed = run_jailed(command, DEADLINE, POOL)
    columns = []
    if LATE in (plain.how, jailed.end.how):
        columns.append("late")
        if plain.how != jailed.end.how:
            plain = run_plain(command, PATIENCE)
            jailed = run_jailed(command, PATIENCE, POOL)
    if jailed.refused:
        columns.append("memory")
        plain = run_plain(command, PATIENCE, memory=POOL).without_errors()
        jailed = jailed.without_errors()
    if plain.how == jailed.end.how and not plain.agrees(jailed.end):
        plain, jailed = settle_bytes(command, plain, jailed, columns)
    if not plain.agrees(jailed.end):
        raise Failure(f"plain: {plain}; in the jail: {jailed.end}")
    if plain.how == 0:
        columns.append("exit code 0")
    elif plain.how != LATE:
        columns.append("another" if plain.how > 0 else "a signal")
    return columns, jailed.milliseconds


def good_files_are_decoded(name):
    """Else what follows would compare nothing but complaints."""
    for number, file in enumerate(good_files(DECODERS[name][0])):
        command = command_for(name, scratch_file("good", file))
        plain = run_plain(command, PATIENCE)
        check(plain.how == 0 and plain.out, f"file {number}: plain: {plain}")
        columns, _ = compare(command)
        check(columns == ["exit code 0"], f"file {number}: {columns}")


@case
def signals_are_told_alike():
    """Of the program's own, and the kernel's when it writes too much."""
    crash = [program("perl"), "-e", "kill SEGV => $$"]
    for command, number in ((crash, 11), (["/usr/bin/yes"], 25)):
        columns, _ = compare(command)
        equal(columns, ["a signal"], f"columns of {command}")
        equal(run_plain(command, PATIENCE).how, -number, "the signal")


@case
def deadlines_are_told_alike():
    command = ["/usr/bin/sleep", "60"]
    equal(run_plain(command, 1).how, LATE, "plain")
    equal(run_jailed(command, 1, POOL).end.how, LATE, "in the jail")


@case
def what_is_not_the_same_disagrees():
    for script in ("print $ENV{GLIBC_TUNABLES} // getppid",
                   "open my $out, '>', '/dev/zero' or exit 3"):
        try:
            columns, _ = compare([program("perl"), "-e", script])
        except Failure:
            continue
        raise Failure(f"{script}: {columns}")


def bad_files_end_as_without_a_jail(name):
    counts = dict.fromkeys(COLUMNS, 0)
    longest = 0.0
    first = None
    part = INPUTS // SHARDS
    for number in range(SHARD * part, (SHARD + 1) * part):
        file = bad_file(DECODERS[name][0], SEED, number)
        counts["inputs"] += 1
        try:
            columns, took = compare(
                command_for(name, scratch_file("bad", file)))
        except Failure as failure:
            columns, took = ["DISAGREE"], 0.0
            first = first or (f"input {number}: {failure}; in base64:\n"
                              + base64.b64encode(file).decode())
        for column in columns:
            counts[column] += 1
        longest = max(longest, took)
    print("|", *(f"{word} |" for word in (name, *counts.values(),
                                          round(longest))))
    check(first is None, f"{counts['DISAGREE']} disagree, the first: {first}")
    check(counts["exit code 0"] < part, "no file was bad")


print(f"CELLBLOCK_SEED={SEED} CELLBLOCK_SHARD={SHARD}", flush=True)
print("| decoder |", *(f"{column} |" for column in COLUMNS), "longest, ms |")
for decoder in DECODERS:
    case(good_files_are_decoded, decoder, name=f"good/{decoder}")
    case(bad_files_end_as_without_a_jail, decoder, name=f"bad/{decoder}")



if __name__ == "__main__":
    main()
