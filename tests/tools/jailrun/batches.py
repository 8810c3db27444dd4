# Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
"""What the tests of `jailrun batch` share."""

import contextlib
import json
import os
import subprocess
import time

from harness import check, equal, execute, jailrun_path, scratch


class Folder:
    """A directory of its own, for what a batch reads and writes."""

    def __init__(self, name):
        self.folder = os.path.join(scratch(), name)
        os.mkdir(self.folder)

    def path(self, name):
        return os.path.join(self.folder, name)

    def write(self, name, content):
        with open(self.path(name), "wb") as file:
            file.write(content)
        return name

    def read(self, name):
        with open(self.path(name), "rb") as file:
            return file.read()


class Batch(Folder):
    """A run of jailrun batch there."""

    def __init__(self, name):
        super().__init__(name)
        self.names = []

    def add(self, name, words):
        with open(self.path(name), "w", encoding="utf-8") as file:
            file.write(words + "\n")
        self.names.append(name)

    def command(self, *words):
        if not any(word.startswith("--retries") for word in words):
            words = ("--retries=0", *words)
        return [jailrun_path(), "batch", "--jobs=1", "--pool=64M",
                "--output={}.out", *words, *self.names]

    def run(self, *words, under=(), **more):
        run = execute([*under, *self.command(*words)], cwd=self.folder,
                      timeout=120, **more)
        self.summary = run.err
        self.verdicts = {}
        for line in run.out.splitlines():
            verdict = json.loads(line)
            check(verdict["input"] not in self.verdicts, "two verdicts")
            self.verdicts[verdict["input"]] = verdict
        return run

    def all(self, key):
        equal(set(self.verdicts), set(self.names), "inputs with a verdict")
        return [self.verdicts[name][key] for name in self.names]

    def lines(self, name):
        """Of its output: what it shows, and what is its own."""
        with open(self.path(name + ".out"), encoding="utf-8") as file:
            text = file.read()
        shown = [line for line in text.splitlines()
                 if not line.startswith("own ")]
        own = dict(line.split(" ", 2)[1:] for line in text.splitlines()
                   if line.startswith("own "))
        return shown, own


@contextlib.contextmanager
def at_its_last(batch, *options):
    """A template of a batch that is killed in the end, once its last output but
    one is there. The last input has to run on meanwhile."""
    process = subprocess.Popen(batch.command(*options), cwd=batch.folder,
                               stdout=subprocess.DEVNULL,
                               stderr=subprocess.DEVNULL)
    try:
        done = batch.path(batch.names[-2] + ".out")
        wait_until(lambda: os.path.exists(done) and templates_of(batch.folder),
                   "it does not come that far")
        yield templates_of(batch.folder)[0]
    finally:
        process.kill()
        process.wait()


def wait_until(ready, why):
    deadline = time.monotonic() + 20
    while not ready():
        check(time.monotonic() < deadline, why)
        time.sleep(0.01)


def read(path):
    try:
        with open(path, "rb") as file:
            return file.read()
    except OSError:
        return b""


def children_of(pid):
    return [int(child) for child in
            read(f"/proc/{pid}/task/{pid}/children").split()]


def processes_of(folder):
    """Those that work in a folder, and their children, into which an ordinary
    user cannot look: their pids, and what each was called."""
    found = {}
    for pid in map(int, filter(str.isdigit, os.listdir("/proc"))):
        try:
            if os.readlink(f"/proc/{pid}/cwd") != folder:
                continue
        except OSError:
            continue
        for each in (pid, *children_of(pid)):
            found[each] = read(f"/proc/{each}/cmdline")
    return found


def templates_of(folder):
    # A fork has its own words in that place before its main.
    return [pid for pid, words in processes_of(folder).items()
            if b"cellblock-input-" in words]


def is_alive(pid):
    status = read(f"/proc/{pid}/status")
    return status != b"" and b"\nState:\tZ" not in status


def parent_of(pid):
    status = read(f"/proc/{pid}/status").decode()
    return int(status.split("PPid:")[1].split()[0])
