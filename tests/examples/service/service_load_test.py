#!/usr/bin/python3 -B
# Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
"""examples/service under load: wrk on loopback, a tenth of the files hostile;
while its workers are killed; and with a pool that is too small for
half of the files.
No good file fails, and nothing is left behind.

A few seconds each; with CELLBLOCK_FULL=1, a minute."""

import os
import random
import signal
import subprocess
import threading
import time

from service_process import (HOSTILE, SMALL_POOL, Service, good_png,
                             pixels_of, png)
from harness import case, check, equal, main, program, runfile, scratch

FULL = "CELLBLOCK_FULL" in os.environ
SECONDS = 60 if FULL else 2
WARM_SECONDS = 20 if FULL else 2
# What the front's threads may yet come to keep for themselves: each has what it
# will use again (allocator/malloc), and not all of them were at work before.
KEPT_BYTES = (4 if FULL else 24) << 20
# A front that grows by less in a round of warming has most of that.
STEADY_BYTES = 4 << 20
SEED = int(os.environ.get("CELLBLOCK_SEED", time.time()))
# No more than there are places for: workers and queue of the service.
CONNECTIONS = 16
SIZES = [(64, 48), (200, 150), (480, 320)]


class Files:
    """A folder for load.lua, and what the log has to say of each file."""

    def __init__(self, name, good, hostile):
        self.folder = os.path.join(scratch(), name)
        self.counts = (len(good), len(hostile))
        self.verdicts = {}  # by length
        os.mkdir(self.folder)
        for i, (file, pixels, verdict) in enumerate(good):
            self._put(f"good.{i}", file, verdict)
            self._write(f"pixels.{i}", pixels)
        for i, (file, verdict) in enumerate(hostile):
            self._put(f"hostile.{i}", file, verdict)

    def _write(self, name, content):
        with open(os.path.join(self.folder, name), "wb") as file:
            file.write(content)

    def _put(self, name, file, verdict):
        check(len(file) not in self.verdicts, "two files of one length")
        self.verdicts[len(file)] = verdict
        self._write(name, file)


def load(service, files, seconds, one_in=10):
    """wrk's figures."""
    command = [program("wrk"), "--threads=2", f"--connections={CONNECTIONS}",
               f"--duration={seconds}s", "--timeout=30s",
               "--script", runfile("tests/examples/service/load.lua"),
               f"http://127.0.0.1:{service.port}/", "--", files.folder,
               *map(str, files.counts), str(one_in)]
    run = subprocess.run(command, capture_output=True, timeout=seconds + 60,
                         check=False)
    figures = {}
    for line in run.stdout.decode().splitlines():
        if line.startswith("load\t"):
            _, name, value = line.split("\t")
            figures[name] = float(value)
    check("p99_us" in figures, f"wrk: {run.stdout!r} {run.stderr!r}")
    return figures


def held(service):
    """What must not grow, once it is idle: as it is twice in turn, for a
    worker may be half made."""
    last = None
    for _ in range(50):
        found = held_now(service)
        if found == last:
            break
        last = found
        time.sleep(0.1)
    return found


def held_now(service):
    for _ in range(100):
        figures = service.metrics()
        if figures["service_connections"] <= 1 and len(service.workers()) == 8:
            break
        time.sleep(0.1)
    found = {"connections": figures["service_connections"],
             "workers": len(service.workers()),
             "used": figures["service_pool_used_bytes"]}
    for who, pid in (("front", service.front), ("broker", service.broker)):
        with open(f"/proc/{pid}/status", encoding="ascii") as file:
            status = dict(line.split(":\t", 1) for line in
                          file.read().splitlines() if ":\t" in line)
        found[who + " threads"] = int(status["Threads"])
        found[who + " RSS"] = int(status["VmRSS"].split()[0]) << 10
    found["broker descriptors"] = len(os.listdir(f"/proc/{service.broker}/fd"))
    if os.geteuid() == 0:  # a front that is locked shows them to nobody else
        found["front descriptors"] = len(
            os.listdir(f"/proc/{service.front}/fd"))
    return found


def warm_up(service, files, one_in=10):
    """Until its front has what it will use again. What it holds then."""
    before = held(service)
    for _ in range(8):
        load(service, files, WARM_SECONDS, one_in)
        after = held(service)
        grown = after["front RSS"] - before["front RSS"]
        before = after
        if grown < STEADY_BYTES:
            break
    return before


def zombies(service):
    found = []
    for pid in service.workers():
        try:
            with open(f"/proc/{pid}/stat", encoding="ascii") as file:
                if file.read().rsplit(") ", 1)[1][0] == "Z":
                    found.append(pid)
        except OSError:
            pass
    return found


def leaves_nothing(service, before):
    """Soon: workers are still being made ready for what comes next."""
    for _ in range(50):
        after = held(service)
        grown = {}
        for name, was in before.items():
            room = KEPT_BYTES if "RSS" in name or name == "used" else 0
            if after[name] > was + room:
                grown[name] = (was, after[name])
        left = grown or zombies(service)
        if not left:
            return
        time.sleep(0.2)
    equal(left, {}, "left behind: before, after")


def logged_right(service, files, at_least):
    """Each file has its verdict in the log."""
    wrong = [line for line in service.log() if line["route"] == "decode" and
             line.get("verdict") != files.verdicts.get(line.get("file_bytes"))
             # wrk closes its connections when its time is up.
             and not (line["status"] == 400 and "verdict" not in line)]
    equal(wrong[:3], [], f"{len(wrong)} wrong verdicts in the log")
    count = sum(line["route"] == "decode" for line in service.log())
    check(count >= at_least, f"{count} lines of {at_least}")


def tell(what, figures, more=""):
    print(f"{what}: {figures['sent']:.0f} requests in {figures['seconds']:.0f} "
          f"s, {figures['sent'] / figures['seconds']:.0f} a second; "
          f"{figures['clean']:.0f} clean, {figures['refused']:.0f} refused, "
          f"{figures['busy'] + figures['other'] + figures['wrong']:.0f} failed;"
          f" p50 {figures['p50_us'] / 1000:.1f} ms, "
          f"p99 {figures['p99_us'] / 1000:.1f} ms, "
          f"max {figures['max_us'] / 1000:.1f} ms{more}", flush=True)


def nothing_failed(figures):
    for name in ("busy", "other", "wrong"):
        equal(figures[name], 0, name)
    for name, value in figures.items():
        if name.startswith("error_"):
            equal(value, 0, name)


def all_good(figures):
    nothing_failed(figures)
    check(figures["clean"] > 6 * figures["refused"] > 0, f"shares: {figures}")


def mixed(name):
    return Files(name,
                 [(good_png(*size), pixels_of(*size), "clean")
                  for size in SIZES],
                 [(file, verdict) for _, file, verdict in HOSTILE])


@case
def a_tenth_is_hostile():
    with Service(SMALL_POOL) as service:
        files = mixed("mixed")
        before = warm_up(service, files)
        figures = load(service, files, SECONDS)
        tell("a tenth hostile", figures)
        all_good(figures)
        leaves_nothing(service, before)
        equal(service.stop(), 0, "exit code")
        logged_right(service, files, figures["sent"])


def load_while_killing(service, files, one_in=10):
    """wrk's figures, and how many workers were killed meanwhile."""
    done = threading.Event()
    killed = []
    source = random.Random(SEED)

    def kill():
        while not done.wait(source.uniform(0.01, 0.09)):
            workers = sorted(service.workers())
            if not workers:
                continue
            try:
                os.kill(source.choice(workers), signal.SIGKILL)
                killed.append(1)
            except ProcessLookupError:
                pass

    killer = threading.Thread(target=kill)
    killer.start()
    try:
        figures = load(service, files, SECONDS, one_in)
    finally:
        done.set()
        killer.join()
    check(killed, "none was killed")
    return figures, len(killed)


@case
def workers_are_killed_throughout():
    with Service(SMALL_POOL) as service:
        files = mixed("killed")
        before = warm_up(service, files)
        figures, killed = load_while_killing(service, files)
        retries = service.metrics()["service_decode_retries_total"]
        tell(f"seed {SEED}, workers killed", figures,
             f"; {killed} killed, {retries:.0f} files tried again")
        all_good(figures)
        leaves_nothing(service, before)
        equal(service.stop(), 0, "exit code")
        logged_right(service, files, figures["sent"])


@case
def the_pool_is_too_small():
    with Service("--worker-pool=256K") as service:
        # Small ones fit.
        files = Files(
            "small",
            [(good_png(*size), pixels_of(*size), "clean")
             for size in SIZES[:2]],
            [(png(*size, interlaced=1,
                  raw=bytes(size[0] * size[1] * 4 + 5000)), "exhausted")
             for size in ((400, 300), (480, 320))])
        before = warm_up(service, files, one_in=2)
        figures, killed = load_while_killing(service, files, one_in=2)
        tell(f"seed {SEED}, pool too small", figures, f"; {killed} killed")
        nothing_failed(figures)
        check(figures["clean"] > 0 and figures["refused"] > 0,
              f"shares: {figures}")
        leaves_nothing(service, before)
        equal(service.ask("GET", "/healthz").status, 200, "healthz")
        equal(service.stop(), 0, "exit code")
        logged_right(service, files, figures["sent"])


if __name__ == "__main__":
    main()
