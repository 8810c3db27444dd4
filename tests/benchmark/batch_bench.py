#!/usr/bin/python3 -B
# Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
"""Inputs a second of `jailrun batch`, and of what runs the plain program over
many files; batch_bench.sh builds what this runs.

    batch_bench.py BUILT [ROUNDS [INPUTS]]

Contenders in turn, in an order that changes, first all on one CPU, then on all
of them; each reads the same list and writes an output for each input, which is
compared.
"""

import os
import statistics
import subprocess
import sys
import tempfile
import time

PROGRAM = "/usr/bin/djpeg"


class Stage:
    def __init__(self, built, folder, count):
        self.built = built
        self.folder = folder
        self.names = [f"{number}.jpg" for number in range(count)]
        self.listed = "\n".join(self.names).encode() + b"\n"
        noise = b"P5\n32 32\n255\n" + bytes(
            number * 37 % 256 for number in range(1024))
        picture = subprocess.run(["/usr/bin/cjpeg"], input=noise, check=True,
                                 stdout=subprocess.PIPE).stdout
        for name in self.names:
            with open(self.path(name), "wb") as file:
                file.write(picture)
        self.wanted = subprocess.run([PROGRAM], input=picture, check=True,
                                     stdout=subprocess.PIPE).stdout

    def path(self, name):
        return os.path.join(self.folder, name)

    def contenders(self, jobs):
        jobs = str(jobs)

        def batch(*options):
            return [os.path.join(self.built, "tools/jailrun/jailrun"), "batch",
                    "--jobs=" + jobs, "--journal=journal", "--output={}.out",
                    "--pool=16M", "--progress=never", *options, PROGRAM + " {}"]

        return {
            "floor: fork, exec, wait": [
                os.path.join(self.built, "tests/benchmark/batch_floor"), jobs,
                PROGRAM],
            "jailrun batch": batch(),
            "jailrun batch --start=exec": batch("--start=exec"),
            "xargs -P": [
                "/usr/bin/xargs", "-P", jobs, "-I", "{}", "/bin/sh", "-c",
                "exec " + PROGRAM + ' "$1" >"$1.out"', "sh", "{}"],
            "parallel": [
                "/usr/bin/parallel", "--will-cite", "-j", jobs,
                PROGRAM + " {} >{}.out"],
        }

    def seconds(self, command, cpus):
        for name in os.listdir(self.folder):
            if name.endswith(".out") or name == "journal":
                os.remove(self.path(name))
        began = time.monotonic()
        subprocess.run(command, input=self.listed, cwd=self.folder, check=True,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                       preexec_fn=lambda: os.sched_setaffinity(0, cpus))
        took = time.monotonic() - began
        for name in self.names:
            with open(self.path(name + ".out"), "rb") as file:
                if file.read() != self.wanted:
                    raise SystemExit(f"{command}: another output of {name}")
        return took


def table(stage, title, cpus, rounds):
    contenders = stage.contenders(len(cpus))
    samples = {name: [] for name in contenders}
    for number in range(rounds):
        names = list(contenders)
        turn = number % len(names)
        for name in names[turn:] + names[:turn]:
            samples[name].append(stage.seconds(contenders[name], cpus))
    print(f"| {title} | inputs a second, median (most) | x floor's time, "
          "of medians (of the least) |\n| --- | ---: | ---: |")
    floor = next(iter(samples.values()))
    for name, took in samples.items():
        count = len(stage.names)
        median = statistics.median(took)
        print(f"| {name} | {count / median:.0f} ({count / min(took):.0f}) | "
              f"{median / statistics.median(floor):.2f} "
              f"({min(took) / min(floor):.2f}) |")
    print(flush=True)


def main():
    built = os.path.abspath(sys.argv[1])
    rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 7
    count = int(sys.argv[3]) if len(sys.argv) > 3 else 500
    every = os.sched_getaffinity(0)
    with tempfile.TemporaryDirectory() as folder:
        stage = Stage(built, folder, count)
        table(stage, "all on one CPU, one job", {min(every)}, rounds)
        if len(every) > 1:
            table(stage, f"{len(every)} CPUs, as many jobs", every, rounds)


main()
