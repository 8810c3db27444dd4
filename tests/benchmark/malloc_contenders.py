# Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
"""The mallocs that malloc_bench.py compares, and how one process is run under
one of them."""

import dataclasses
import os
import subprocess

# No run takes nearly so long, in seconds.
PATIENCE = 60


@dataclasses.dataclass(frozen=True)
class Contender:
    name: str
    preload: str
    settings: dict = dataclasses.field(default_factory=dict)


@dataclasses.dataclass(frozen=True)
class Run:
    milliseconds: float
    mebibytes: float  # resident at most
    output: bytes


GLIBC = "glibc"
MIMALLOC = "mimalloc"
JEMALLOC = "jemalloc"
TCMALLOC = "tcmalloc"
PEERS = [GLIBC, MIMALLOC, JEMALLOC, TCMALLOC]
OURS = "cellblock"
HARDENED = "hardened"
UNCHECKED = "unchecked"
FLOOR = "floor"


class Stage:
    """Where things are run: what was built, and a folder to write to."""

    def __init__(self, built, scratch):
        self.benchmarks = os.path.join(built, "tests/benchmark")
        self.scratch = scratch
        self._report = os.path.join(scratch, "report")
        floor = os.path.join(self.benchmarks, "libfloor_malloc.so")
        ours = os.path.join(built, "allocator/malloc/libcellblock_malloc")
        self.contenders = [
            # Changes nothing, but for a program that links another malloc.
            Contender(GLIBC, "libc.so.6"),
            Contender(MIMALLOC, "libmimalloc.so.2"),
            Contender(JEMALLOC, "libjemalloc.so.2"),
            Contender(TCMALLOC, "libtcmalloc_minimal.so.4"),
            Contender(OURS, ours + ".so"),
            Contender(HARDENED, ours + ".so", {"CELLBLOCK_HARDENED": "1"}),
            Contender(UNCHECKED, ours + "_unchecked.so"),
            Contender(FLOOR, floor),
        ]
        # The loader would go on without what it cannot preload.
        for contender in self.contenders:
            complaint = self._run(contender, ["/bin/true"]).stderr
            if complaint:
                raise SystemExit(complaint.decode())

    def benchmark(self, name):
        return os.path.join(self.benchmarks, name)

    def environment(self, contender, pool="1G"):
        return {**os.environ, "LC_ALL": "C", "CELLBLOCK_POOL": pool,
                **contender.settings, "LD_PRELOAD": contender.preload}

    def measured(self, command):
        """The command that runs `command` and leaves a report."""
        return [self.benchmark("measure_run"), self._report, *command]

    def report(self):
        """Milliseconds and MiB of what was run last."""
        with open(self._report, encoding="ascii") as file:
            nanoseconds, kibibytes, _ = file.read().split()
        return int(nanoseconds) / 1e6, int(kibibytes) / 1024

    def output(self, contender, command, **how):
        """What the command prints. It must end well."""
        done = self._run(contender, command, **how)
        if done.returncode != 0:
            raise SystemExit(f"{command} under {contender.name}: exit code "
                             f"{done.returncode}: {done.stderr[-500:]!r}")
        return done.stdout

    def run(self, contender, command, **how):
        output = self.output(contender, self.measured(command), **how)
        return Run(*self.report(), output)

    def _run(self, contender, command, pool="1G", folder="/"):
        return subprocess.run(
            command, env=self.environment(contender, pool), cwd=folder,
            stdin=subprocess.DEVNULL, capture_output=True, timeout=PATIENCE,
            check=False)


def interleave(rounds, contenders, measure):
    """{contender's name: [what `measure` gave in each round]}, all in turn."""
    results = {contender.name: [] for contender in contenders}
    for _ in range(rounds):
        for contender in contenders:
            results[contender.name].append(measure(contender))
    return results
