#!/usr/bin/python3 -B
# Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
"""What `jailrun batch` forks from a template is what it would be if it were
started anew: nothing of one input reaches the next, nothing reaches the
template, and where a program cannot be a template, it is none."""

import json
import os
import signal
import subprocess
import threading
import time

from harness import (case, check, contains, equal, execute, fixture,
                     jailrun_path, main, program, scratch)

SUBJECT = fixture("one_of_many")
BEFORE_MAIN = fixture("before_main")
DEGRADE = fixture("degrade")


class Batch:
    """A run of jailrun batch in a directory of its own."""

    def __init__(self, name):
        self.folder = os.path.join(scratch(), name)
        os.mkdir(self.folder)
        self.names = []

    def path(self, name):
        return os.path.join(self.folder, name)

    def add(self, name, words):
        with open(self.path(name), "w", encoding="utf-8") as file:
            file.write(words + "\n")
        self.names.append(name)

    def command(self, *words):
        return [jailrun_path(), "batch", "--jobs=1", "--retries=0",
                "--pool=64M", "--output={}.out", *words, *self.names]

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


def processes_of(folder):
    """Those that work in a folder: their pids, and what each was called."""
    found = {}
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            if os.readlink(f"/proc/{pid}/cwd") == folder:
                found[int(pid)] = read(f"/proc/{pid}/cmdline")
        except OSError:
            pass
    return found


def templates_of(folder):
    # A fork has its own words in that place before its main.
    return [pid for pid, words in processes_of(folder).items()
            if b"cellblock-input-" in words]


def parent_of(pid):
    status = read(f"/proc/{pid}/status").decode()
    return int(status.split("PPid:")[1].split()[0])


def subject(batch, *options, **more):
    return batch.run(*options, f"{SUBJECT} -x {{}}", **more)


@case
def a_decoder_writes_what_it_writes_when_started_anew():
    batch = Batch("decoder")
    for number in range(5):
        picture = execute([program("cjpeg")], stdin=b"P6 8 8 255\n" + bytes(
            (number * 37 + i * 11) % 256 for i in range(192))).out
        with open(batch.path(f"p{number}"), "wb") as file:
            file.write(picture)
        batch.names.append(f"p{number}")
    with open(batch.path("bad"), "wb") as file:
        file.write(picture[:200])
    batch.names.append("bad")
    results = {}
    for start in ("template", "exec"):
        batch.run(f"--start={start}", f"{program('djpeg')} {{}}").expect(1)
        equal(batch.all("start"), [start] * 6, "started by")
        results[start] = [
            batch.all(key) for key in ("class", "exit_code", "last_words",
                                       "program_exit_code", "reason")]
        for number in range(5):
            plain = execute([program("djpeg"), batch.path(f"p{number}")]).out
            equal(read(batch.path(f"p{number}.out")), plain, "output")
            os.unlink(batch.path(f"p{number}.out"))
    equal(results["template"], results["exec"], "verdicts")


@case
def nothing_of_one_input_reaches_the_next():
    batch = Batch("state")
    batch.add("first", "show")
    batch.add("spoiler", "spoil")
    batch.add("last", "show")
    subject(batch).expect(0)
    equal(batch.all("start"), ["template"] * 3, "started by")
    found = {name: batch.lines(name) for name in batch.names}
    for name in batch.names:
        shown, _ = found[name]
        equal(shown, ["changed 0", "heap as it was", "descriptors 3",
                      f"folder {batch.folder}", "masked 0", "handled 0",
                      "stdin 0", f"arguments 3 {name} {SUBJECT}|-x|{name}",
                      "itself 1"], name)
    for key in ("pid", "random", "guard", "shared"):
        values = {found[name][1][key] for name in batch.names}
        equal(len(values), 3, f"different values of {key}")
        check("" not in values, f"{key} is empty")
    # What they share, and the documents say so.
    equal(len({found[name][1]["address"] for name in batch.names}), 1,
          "addresses")


@case
def it_shows_what_it_shows_when_started_anew():
    batch = Batch("anew")
    batch.add("one", "show")
    batch.add("a-much-longer-name-for-an-input" * 5, "thread")
    shown = {}
    for start in ("template", "exec"):
        subject(batch, f"--start={start}").expect(0)
        equal(batch.all("start"), [start] * 2, "started by")
        shown[start] = [batch.lines(name)[0] for name in batch.names]
    equal(shown["template"], shown["exec"], "what it shows")
    contains("\n".join(shown["template"][1]), "threads 1", "threads")


def ends(name, options=(), under=()):
    batch = Batch("ends" + name)
    wanted = {"exit 0": "clean", "exit 7": "program_error",
              "crash": "crashed", "spin": "timeout", "exhaust": "exhausted",
              "socket": "violation"}
    for number, words in enumerate(wanted):
        batch.add(f"{number}a", words)
        batch.add(f"{number}b", "show")
    results = {}
    for start in ("template", "exec"):
        subject(batch, f"--start={start}", "--timeout=1s", *options,
                under=under).expect(1)
        equal(batch.all("start"), [start] * 12, "started by")
        equal([batch.verdicts[f"{n}a"]["class"] for n in range(6)],
              list(wanted.values()), "classes")
        equal([batch.verdicts[f"{n}b"]["class"] for n in range(6)],
              ["clean"] * 6, "the next one's class")
        results[start] = [batch.all(key) for key in
                          ("exit_code", "program_exit_code", "signal",
                           "permanent", "reason")]
    equal(results["template"], results["exec"], "verdicts")
    return batch


case(ends, "", name="each_end_is_judged_as_when_started_anew")
case(ends, "_sent", (), [DEGRADE, "pidfd_getfd=EPERM", "--"],
     name="so_it_is_where_the_listener_is_sent")
case(ends, "_limited", ["--output-limit=1M", "--cpu=20s", "--fsize=1M",
                        "--threads=0", "--preset=decoder"],
     name="so_it_is_with_limits")


@case
def whoever_crashes_learns_nothing_of_the_next_one_s_addresses():
    batch = Batch("addresses")
    for number, words in enumerate(["show", "show", "crash", "show",
                                    "socket", "show"]):
        batch.add(str(number), words)
    subject(batch).expect(1)
    equal(batch.all("start"), ["template"] * 6, "started by")
    addresses = [batch.lines(name)[1]["address"] for name in "0135"]
    equal(addresses[0], addresses[1], "addresses before the crash")
    equal(len(set(addresses)), 3, "different addresses after each")


@case
def after_so_many_runs_the_addresses_are_others():
    batch = Batch("renewed")
    for number in range(258):
        batch.add(str(number), "show")
    subject(batch).expect(0)
    addresses = [batch.lines(name)[1]["address"] for name in batch.names]
    equal(len(set(addresses[:256])), 1, "addresses of one template")
    equal(len(set(addresses)), 2, "different addresses")


@case
def it_reaches_no_process_around_it():
    batch = Batch("reach")
    for number in range(3):
        batch.add(f"r{number}", "reach")
        batch.add(f"s{number}", "show")
    subject(batch, "--on-violation=errno").expect(0)
    equal(batch.all("start"), ["template"] * 6, "started by")
    for number in range(3):
        equal(batch.lines(f"r{number}")[0][-1], "reached 0", "reached")
    # Not stopped, not changed, and nothing was said to it.
    equal(batch.lines("s2")[0][0], "changed 0", "the last one")


@case
def it_cannot_kill_them_either():
    batch = Batch("touch")
    batch.add("a", "touch")
    batch.add("b", "show")
    subject(batch).expect(1)
    equal(batch.all("class"), ["violation", "clean"], "classes")
    contains(batch.verdicts["a"]["reason"], "kill(", "reason")


UNFIT = {
    "thread": "it starts threads before its main",
    "process": "it starts processes before its main",
    "file": "it has files open before its main",
    "argument": "a constructor keeps something of its arguments",
    "words": "it writes something before its main",
    "shared": "it shares memory that can be written",
    "timer": "a constructor sets a timer",
    "locked": "it locks memory",
    "not-forked": "it keeps memory from forks",
    "death": "it ended before its main",
}


def is_no_template(what, why):
    batch = Batch("unfit-" + what)
    for name in ("a", "b"):
        batch.add(name, f"line of {name}")
    environment = {**os.environ, "BEFORE_MAIN": what}
    seen = {}
    for start in ("template", "exec"):
        batch.run(f"--start={start}", f"{BEFORE_MAIN} {{}}", env=environment)
        seen[start] = [batch.all(key) for key in ("class", "start", "reason")]
        seen[start] += [read(batch.path(name + ".out"))
                        for name in batch.names]
        told = f"started anew for each input: {why}".encode() in batch.summary
        equal(told, start == "template" and what != "death", "told why")
    equal(seen["template"], seen["exec"], "verdicts")


for unfit, reason in UNFIT.items():
    case(is_no_template, unfit, reason, name="no_template_" + unfit)


@case
def libraries_are_told_of_the_fork():
    batch = Batch("handler")
    batch.add("a", "line of a")
    environment = {**os.environ, "BEFORE_MAIN": "handler"}
    batch.run(f"{BEFORE_MAIN} {{}}", env=environment).expect(0)
    equal(batch.all("start"), ["template"], "started by")
    equal(read(batch.path("a.out")), b"line of a\na fork was seen\n0\n",
          "output")


@case
def a_template_s_constructor_writes_nothing():
    batch = Batch("writes")
    batch.add("a", "line of a")
    environment = {**os.environ, "BEFORE_MAIN": "write"}
    batch.run(f"{BEFORE_MAIN} {{}}", env=environment).expect(0)
    equal(batch.all("start"), ["template"], "started by")
    equal(read(batch.path("a.out")).splitlines()[-1], b"EACCES", "its error")
    check(not os.path.exists(batch.path("made-by-constructor")), "it is there")


@case
def a_script_s_interpreter_is_a_template():
    batch = Batch("script")
    with open(batch.path("script"), "w", encoding="utf-8") as file:
        file.write('#!/bin/cat -u\n')
    os.chmod(batch.path("script"), 0o755)
    batch.add("a", "line of a")
    batch.run("./script {}").expect(0)
    equal(batch.all("start"), ["template"], "started by")
    equal(read(batch.path("a.out")), b"#!/bin/cat -u\nline of a\n", "output")


@case
def what_a_template_cannot_have_is_started_anew():
    batch = Batch("commit")
    batch.add("a", "show")
    subject(batch, "--commit=populate").expect(0)
    equal(batch.all("start"), ["exec"], "started by")
    contains(batch.summary, b"started anew for each input: of --commit",
             "stderr")


def killed_in_the_middle(whom):
    batch = Batch("killed-" + whom)
    for number in range(400):
        batch.add(str(number), "show")
    killed = []

    def kill():
        while len(killed) < 5:
            for pid in templates_of(batch.folder):
                victim = pid if whom == "template" else parent_of(pid)
                try:
                    os.kill(victim, signal.SIGKILL)
                except (OSError, IndexError):
                    continue
                killed.append(victim)
                break
            time.sleep(0.05)

    killer = threading.Thread(target=kill, daemon=True)
    killer.start()
    batch.run("--retries=5", f"{SUBJECT} -x {{}}").expect(0)
    equal(batch.all("class"), ["clean"] * 400, "classes")
    check(len(killed) > 1, f"only {len(killed)} were killed")
    for name in batch.names:
        equal(batch.lines(name)[0][7],
              f"arguments 3 {name} {SUBJECT}|-x|{name}", "output")


case(killed_in_the_middle, "template",
     name="when_the_template_is_killed_no_input_is_lost")
case(killed_in_the_middle, "slot",
     name="when_its_supervisor_is_killed_no_input_is_lost")


@case
def when_jailrun_is_killed_nobody_is_left():
    batch = Batch("left")
    for number in range(4):
        batch.add(str(number), "spin")
    words = batch.command(f"{SUBJECT} -x {{}}")
    words[2] = "--jobs=2"
    process = subprocess.Popen(words, cwd=batch.folder,
                               stdout=subprocess.DEVNULL,
                               stderr=subprocess.DEVNULL)
    # The batch; a supervisor, a template and a program, twice.
    wait_until(lambda: len(processes_of(batch.folder)) == 7,
               "not all have started")
    process.kill()
    process.wait()
    wait_until(lambda: not processes_of(batch.folder), "some are left")


@case
def no_dead_process_stays():
    batch = Batch("dead")
    for number in range(100):
        batch.add(str(number), "show")
    batch.add("last", "spin")
    process = subprocess.Popen(
        batch.command("--timeout=3s", f"{SUBJECT} -x {{}}"), cwd=batch.folder,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    wait_until(lambda: os.path.exists(batch.path("99.out"))
               and templates_of(batch.folder), "it does not come that far")
    slot = parent_of(templates_of(batch.folder)[0])
    children = read(f"/proc/{slot}/task/{slot}/children").split()
    check(len(children) <= 2, f"{len(children)} children")
    process.wait(timeout=60)


main()
