#!/usr/bin/python3 -B
# Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
"""Long runs of unmodified programs, in a jail and plain; long_runs_bench.sh
builds what this runs.

    long_runs_bench.py BUILT FOLDER [ROUNDS] [WORD]

BUILT is Bazel's folder of what is built, FOLDER where the inputs are or are to
be. With WORD, only the programs that have it in their names.

Each round runs every program plain, jailed, and plain once more, in an order
that changes; the third says what two runs of the same differ by on this
machine. Before that, each is run once for its output, which has to be the same,
and for its memory, into which only root may look.
"""

import hashlib
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time

from long_runs import Program, make_inputs, programs
from smaps import Mappings, first_child, high_water, mappings_of

CONTENDERS = ["plain", "jailed", "plain again"]


class Stage:
    def __init__(self, built, scratch):
        self.measure = os.path.join(built, "tests/benchmark/measure_run")
        self.jailrun = os.path.join(built, "tools/jailrun/jailrun")
        self.scratch = scratch

    def path(self, name):
        return os.path.join(self.scratch, name)

    def command(self, program, contender, *options):
        if contender != "jailed":
            return program.argv
        return [self.jailrun, f"--pool={program.pool}", *options, "--",
                *program.argv]

    def measured(self, command, out=subprocess.DEVNULL):
        """Milliseconds, of wall and of CPU time, and KiB."""
        done = subprocess.run(
            [self.measure, self.path("report"), *command],
            stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.PIPE,
            check=False)
        if done.returncode != 0:
            raise SystemExit(f"{command}: exit code {done.returncode}: "
                             f"{done.stderr[-500:]!r}")
        with open(self.path("report"), encoding="ascii") as file:
            nanoseconds, kibibytes, microseconds = map(int,
                                                       file.read().split())
        return nanoseconds / 1e6, microseconds / 1e3, kibibytes

    def digest(self):
        with open(self.path("out"), "rb") as file:
            return hashlib.file_digest(file, "sha256").digest()

    def plain_once(self, program):
        """The digest of its output, and KiB."""
        with open(self.path("out"), "wb") as out:
            kibibytes = self.measured(program.argv, out)[2]
        return self.digest(), kibibytes

    def jailed_once(self, program):
        """The digest, the report, and what was seen while it ran: KiB of the
        program (as smaps.py has them) and of jailrun."""
        seen, own = Mappings(), 0
        with open(self.path("out"), "wb") as out, \
                open(self.path("json"), "wb") as report:
            child = subprocess.Popen(
                self.command(program, "jailed",
                             f"--json-fd={report.fileno()}"),
                stdin=subprocess.DEVNULL, stdout=out,
                pass_fds=(report.fileno(),))
            while child.poll() is None:
                own = max(own, high_water(child.pid))
                seen = max(seen, mappings_of(first_child(child.pid)),
                           key=lambda one: (one.loaded, one.resident))
                time.sleep(0.02)
        with open(self.path("json"), encoding="utf-8") as file:
            told = json.load(file)
        if child.returncode != 0 or not told["posture"]["locked"]:
            raise SystemExit(f"{program.name} in the jail: {told['verdict']}")
        return self.digest(), told, seen, own


def print_row(*cells):
    print("| " + " | ".join(map(str, cells)) + " |", flush=True)


def print_header(*cells):
    print_row(*cells)
    print_row("---", *["---:"] * (len(cells) - 1))


def memory_table(stage, chosen):
    print_header("KiB resident at most", "plain", "jailed", "of it the pool",
                 "the pool's table", "the runtime", "jailrun itself")
    for program in chosen:
        plain_digest, plain = stage.plain_once(program)
        digest, report, seen, own = stage.jailed_once(program)
        if digest != plain_digest:
            raise SystemExit(f"{program.name}: the outputs differ")
        pool = report["pool"]
        print_row(program.name, plain, seen.resident,
                  seen.anonymous_of(pool["bytes"]),
                  seen.anonymous_of(pool["table_bytes"]), seen.runtime, own)


def quartiles(values):
    if len(values) < 2:
        return [values[0]] * 3
    return statistics.quantiles(values, n=4, method="inclusive")


def ratios(samples, contender, figure):
    """Of each round, beside the plain run of that round."""
    return [one[figure] / base[figure] for one, base in
            zip(samples[contender], samples["plain"])]


def values_of(samples, contender, figure):
    return [sample[figure] for sample in samples[contender]]


def both(samples, contender, figure):
    """Median and least."""
    values = values_of(samples, contender, figure)
    return f"{statistics.median(values):.0f} ({min(values):.0f})"


def beside_plain(samples, contender, figure):
    """The ratios of both."""
    values = values_of(samples, contender, figure)
    plain = values_of(samples, "plain", figure)
    return (f"{statistics.median(values) / statistics.median(plain):.3f} "
            f"({min(values) / min(plain):.3f})")


def time_table(stage, chosen, rounds):
    samples = {program.name: {name: [] for name in CONTENDERS}
               for program in chosen}
    for number in range(rounds):
        for program in chosen:
            turn = number % len(CONTENDERS)
            for contender in CONTENDERS[turn:] + CONTENDERS[:turn]:
                samples[program.name][contender].append(
                    stage.measured(stage.command(program, contender)))
    print_header("ms, median (least)", "wall, plain", "jailed", "x",
                 "quartiles of x", "CPU, plain", "jailed", "x",
                 "quartiles of x", "plain again: x of wall", "x of CPU")
    for name, of_program in samples.items():
        cells = [name]
        for figure in (0, 1):
            cells += [both(of_program, contender, figure)
                      for contender in ("plain", "jailed")]
            low, _, high = quartiles(ratios(of_program, "jailed", figure))
            cells += [beside_plain(of_program, "jailed", figure),
                      f"{low:.3f}-{high:.3f}"]
        cells += [beside_plain(of_program, "plain again", figure)
                  for figure in (0, 1)]
        print_row(*cells)


def main():
    built, folder = sys.argv[1:3]
    rounds = int(sys.argv[3]) if len(sys.argv) > 3 else 15
    make_inputs(folder)
    chosen = [program for program in programs(folder)
              if len(sys.argv) < 5 or sys.argv[4] in program.name]
    with tempfile.TemporaryDirectory() as scratch:
        stage = Stage(built, scratch)
        memory_table(stage, [Program("sleep 0.3, which allocates nothing",
                                     ["/bin/sleep", "0.3"]), *chosen])
        print()
        time_table(stage, chosen, rounds)


if __name__ == "__main__":
    main()
