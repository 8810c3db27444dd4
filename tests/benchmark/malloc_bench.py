#!/usr/bin/python3 -B
# Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
"""Compares mallocs; malloc_bench.sh builds what this runs.

    malloc_bench.py BUILT [--quick]

BUILT is Bazel's folder of what is built. Run from the root of the checkout.
"""

import argparse
import collections
import concurrent.futures
import os
import statistics
import tempfile

from malloc_contenders import (FLOOR, GLIBC, HARDENED, MIMALLOC, OURS, PEERS,
                               Stage, interleave)
from malloc_inputs import write_all
from malloc_programs import own_programs, real_programs
from malloc_tables import draw, geometric_mean, print_table, ratio

# With the pool of those that have one.
SPEED = {
    "pair 16 B": ("pair-16", "1G"),
    "pair 1000 B": ("pair-1000", "1G"),
    "pair 40 KB": ("pair-40K", "1G"),
    "pair 1 MB": ("pair-1M", "1G"),
    "batch 64 B": ("batch-64", "1G"),
    "window 16 B-1 KB": ("window-1K", "1G"),
    "the same, 10000 live": ("window-1K-10000", "1G"),
    "window 16 B-64 KB": ("window-64K", "1G"),
    "the same, a pool of 200 MiB": ("window-64K", "200M"),
    "the same, a pool of 64 MiB": ("window-64K", "64M"),
    "cross-thread": ("cross-thread", "1G"),
    "2 threads": ("two-threads", "1G"),
}
# Where nothing that is freed comes back to who allocates.
NOT_FOR_THE_FLOOR = ["cross-thread"]

POOL = 200 << 20
SMALL_POOLS = {"256 KiB": 256 << 10, "512 KiB": 512 << 10, "1 MiB": 1 << 20,
               "4 MiB": 4 << 20}
SIZES = {"16 B": 16, "64 B": 64, "100 B": 100, "1000 B": 1000, "5000 B": 5000,
         "20 KB": 20 << 10, "100 KB": 100 << 10, "1 MiB": 1 << 20}
MIXES = {"small mix": (16, 1 << 10), "mix": (16, 64 << 10),
         "big": (64 << 10, 4 << 20)}
STRANDED = {"64 B": (64, 64), "small mix": MIXES["small mix"],
            "mix": MIXES["mix"]}
YIELD_CONTENDERS = [*PEERS, OURS, HARDENED]
BEST_FIT = "best fit"

Sample = collections.namedtuple("Sample", "minimum median mebibytes")


def at_once(function, arguments):
    """For what time does not matter to."""
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as executor:
        return list(executor.map(function, arguments))


def minimum(sample):
    return sample.minimum


def mebibytes(sample):
    return sample.mebibytes


def instructions(stage):
    """{contender: instructions of a pair}"""
    def count(contender, pairs):
        output = stage.output(contender, [
            "valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null",
            "--log-fd=1", stage.benchmark("malloc_instructions"), str(pairs)])
        return int(output.split(b"Collected :")[1].split()[0])

    def of_a_pair(contender):
        return (count(contender, 110_000) - count(contender, 10_000)) / 100_000

    names = [contender.name for contender in stage.contenders]
    return dict(zip(names, at_once(of_a_pair, stage.contenders)))


def speed(stage, rounds):
    """{workload: {contender: Sample in nanoseconds a pair}}"""
    results = {}
    for title, (workload, pool) in SPEED.items():
        command = [stage.benchmark("malloc_speed_bench"), workload]
        contenders = [contender for contender in stage.contenders
                      if contender.name != FLOOR
                      or workload not in NOT_FOR_THE_FLOOR]
        runs = interleave(rounds, contenders,
                          lambda contender: stage.run(contender, command,
                                                      pool=pool))
        results[title] = {}
        for name, done in runs.items():
            minima, medians = zip(*(map(float, run.output.split())
                                    for run in done))
            results[title][name] = Sample(
                min(minima), statistics.median(medians),
                max(run.mebibytes for run in done))
    return results


def whole(stage, rounds, programs):
    """{program: {contender: Sample in milliseconds a run}}"""
    results = {}
    for title, program in programs.items():
        runs = interleave(rounds, stage.contenders, program)
        results[title] = {}
        for name, done in runs.items():
            if any(run.output != runs[GLIBC][0].output for run in done):
                raise SystemExit(f"{title}: other output under {name}")
            times = [run.milliseconds for run in done]
            results[title][name] = Sample(
                min(times), statistics.median(times),
                max(run.mebibytes for run in done))
    return results


def geometric_means(results, names, base):
    """{contender: mean of its least times, the base's being 1}"""
    return {name: geometric_mean([row[name].minimum / row[base].minimum
                                  for row in results.values()])
            for name in names}


def yield_jobs(seeds):
    """(rows that it has a number for, arguments of malloc_yield_bench)"""
    for title, size in SIZES.items():
        yield [title], ["fill", POOL, size, size, 1]
    for title, (low, high) in MIXES.items():
        for seed in seeds:
            yield ([title, title + ", churn min"],
                   ["churn", POOL, low, high, seed])
    for title, (low, high) in STRANDED.items():
        yield [title + ", back"], ["strand", POOL, low, high, 1]
        yield [title + ", back of half"], ["strand-half", POOL, low, high, 1]


def of_pool(stage, seeds):
    """{workload: {contender: percent, mean of the seeds}}"""
    tasks = []  # column, rows, contender, program, arguments
    for rows, arguments in yield_jobs(seeds):
        for contender in stage.contenders:
            if contender.name in YIELD_CONTENDERS:
                tasks.append((contender.name, rows, contender,
                              "malloc_yield_bench", arguments))
        if rows[0] == "big":
            tasks.append((BEST_FIT, rows, stage.contenders[0],
                          "best_fit_yield", arguments[1:]))

    def run(task):
        _, _, contender, program, arguments = task
        return stage.output(
            contender, [stage.benchmark(program), *map(str, arguments)],
            pool=str(POOL)).split()

    results = collections.defaultdict(lambda: collections.defaultdict(list))
    for (column, rows, *_), numbers in zip(tasks, at_once(run, tasks)):
        for row, number in zip(rows, numbers):
            results[row][column].append(float(number))
    return {row: {column: statistics.mean(values)
                  for column, values in columns.items()}
            for row, columns in results.items()}


def of_small_pools(stage):
    """{pool: {contender: percent}}"""
    def run(contender, pool):
        return float(stage.output(
            contender, [stage.benchmark("malloc_yield_bench"), "fill",
                        str(pool), "64", "64", "1"], pool=str(pool)))

    return {title: {contender.name: run(contender, pool)
                    for contender in stage.contenders
                    if contender.name in (OURS, HARDENED)}
            for title, pool in SMALL_POOLS.items()}


def report(stage, quick):
    names = [contender.name for contender in stage.contenders]
    rounds = 1 if quick else 5
    seeds = range(1, 2 if quick else 21)

    print_table("instructions", names, {"pair of 32 B": instructions(stage)},
                "{:.0f}".format,
                [("ours / floor", ratio(OURS, [FLOOR], float))])

    speeds = speed(stage, rounds)
    print_table("ns a pair: least (median)", names, speeds,
                lambda sample: f"{sample.minimum:.1f} ({sample.median:.1f})",
                [("ours / floor", ratio(OURS, [FLOOR], minimum)),
                 ("ours / best peer", ratio(OURS, PEERS, minimum)),
                 ("hardened / ours", ratio(HARDENED, [OURS], minimum))])
    draw("malloc_speed", names, speeds, minimum)

    inputs = os.path.join(stage.scratch, "inputs")
    write_all(inputs)
    own = whole(stage, rounds, own_programs(stage))
    real = whole(stage, rounds, real_programs(stage, inputs, os.getcwd()))
    print_table("ms a run: least (median)", names, own | real,
                lambda sample: f"{sample.minimum:.0f} ({sample.median:.0f})",
                [("ours / glibc", ratio(OURS, [GLIBC], minimum)),
                 ("ours / mimalloc", ratio(OURS, [MIMALLOC], minimum))])
    print_table("geometric mean of the least", names, {
        f"{title}, {base}'s being 1": geometric_means(results, names, base)
        for title, results in (("allocation-heavy", own), ("real", real),
                               ("all", own | real))
        for base in (GLIBC, MIMALLOC)}, "{:.3f}".format)
    draw("malloc_programs", names, {
        title: {name: row[name].minimum / row[GLIBC].minimum for name in names}
        for title, row in (own | real).items()}, float)

    print_table("MiB resident at most", names, speeds | own | real,
                lambda sample: f"{sample.mebibytes:.1f}",
                [("ours / mimalloc", ratio(OURS, [MIMALLOC], mebibytes))])

    yields = of_pool(stage, seeds)
    print_table("% of 200 MiB", [*YIELD_CONTENDERS, BEST_FIT], yields,
                "{:.1f}".format)
    draw("malloc_yield", YIELD_CONTENDERS, yields, float)
    print_table("% of a small pool, 64 B", [OURS, HARDENED],
                of_small_pools(stage), "{:.1f}".format)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("built")
    parser.add_argument("--quick", action="store_true",
                        help="one round and one seed")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        report(Stage(options.built, scratch), options.quick)


if __name__ == "__main__":
    main()
