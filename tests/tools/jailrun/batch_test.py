#!/usr/bin/python3 -B
# Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
"""`jailrun batch` gives every input one final verdict: over good and bad files,
with retries and a larger pool, when it is killed at any moment and started
again, and for a scheduler."""

import json
import os
import pty
import random
import signal
import subprocess
import time

from batches import Folder
from harness import (case, check, contains, equal, execute, jailrun_path, main,
                     program)

SEED = int(os.environ.get("CELLBLOCK_SEED", "1"))
FACTOR = int(os.environ.get("CELLBLOCK_FACTOR", "1"))


class Batch(Folder):
    """A run of jailrun batch in a directory of its own."""

    def command(self, *words):
        return [jailrun_path(), "batch", *words]

    def run(self, *words, stdin=b"", timeout=120):
        return execute(self.command(*words), stdin=stdin, timeout=timeout,
                       cwd=self.folder)

    def verdicts(self, text=None):
        """Of the journal, or of what was printed: input to line, each once."""
        lines = (text if text is not None else self.read("j")).splitlines()
        if text is None:
            equal(json.loads(lines.pop(0))["jailrun_batch"], 1, "the header")
        found = {}
        for line in lines:
            verdict = json.loads(line)
            check(verdict["input"] not in found,
                  f"{verdict['input']} has two verdicts")
            found[verdict["input"]] = verdict
        return found


def wait_until(ready, why):
    deadline = time.monotonic() + 20
    while not ready():
        check(time.monotonic() < deadline, why)
        time.sleep(0.01)


def jails_of(folder):
    """Processes that still work in a folder."""
    found = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            if os.readlink(f"/proc/{pid}/cwd") == folder:
                found.append(pid)
        except OSError:
            pass
    return found


def classes(verdicts):
    return {name: verdict["class"] for name, verdict in verdicts.items()}


def xz(text):
    return execute([program("xz"), "-c"], stdin=text).out


@case
def each_input_gets_the_verdict_that_jailrun_gives_it():
    batch = Batch("mixed")
    texts = {f"good{n}.xz": b"text %d\n" % n * 1000 for n in range(20)}
    for name, text in texts.items():
        batch.write(name, xz(text))
    batch.write("cut.xz", xz(b"text")[:-5])
    names = [*texts, "cut.xz", "missing.xz"]
    run = batch.run("--journal=j", "--output={.}.txt", "--quarantine=q",
                    "--jobs=2", "--pool=80M", "xz -dc {}", *names)
    run.expect(1)
    equal(run.out, b"", "stdout")
    verdicts = batch.verdicts()
    equal(classes(verdicts),
          {**{name: "clean" for name in texts},
           "cut.xz": "program_error", "missing.xz": "program_error"},
          "the verdicts")
    for name, text in texts.items():
        equal(batch.read(name[:-3] + ".txt"), text, name)
        equal(verdicts[name]["output"], name[:-3] + ".txt", "output")
    check(not os.path.exists(batch.path("cut.txt")), "cut.txt is there")
    contains(verdicts["cut.xz"]["last_words"], "Unexpected end of input",
             "last_words")
    equal(sorted(batch.read("q").split()), [b"cut.xz", b"missing.xz"],
          "the quarantine list")
    check(not [name for name in os.listdir(batch.folder)
               if name.startswith(".")], "unfinished files are left")
    contains(run.err, b"22 inputs: 20 clean, 2 program_error", "the summary")


@case
def what_has_a_verdict_is_not_run_again():
    batch = Batch("again")
    names = [batch.write(f"f{n}", b"x") for n in range(5)]
    batch.run("--journal=j", "cat {}", *names[:3]).expect(0)
    before = batch.read("j")
    run = batch.run("--journal=j", "cat {}", *names).expect(0)
    check(batch.read("j").startswith(before), "the journal was written anew")
    equal(len(batch.verdicts()), 5, "verdicts")
    contains(run.err, b"3 were done before", "the summary")
    run = batch.run("--journal=j", "wc {}", *names).expect(125)
    contains(run.err, b"--journal=j: it is of another batch: cat {}",
             "another command")


@case
def a_list_on_standard_input():
    batch = Batch("list")
    names = ["plain", "with blank", "-dash", "a'quote"]
    for name in names:
        batch.write(name, name.encode())
    text = "\n".join(names).encode()
    run = batch.run("--output=out-{/}", "cat {}", stdin=text).expect(0)
    equal(set(batch.verdicts(run.out)), set(names), "the inputs")
    for name in names:
        equal(batch.read("out-" + name), name.encode(), name)
    odd = b"line\nend \xff"
    with open(os.path.join(batch.folder.encode(), odd), "wb") as file:
        file.write(b"odd")
    run = batch.run("--null", "--quarantine=q", "cat {} nothing",
                    stdin=odd + b"\0").expect(1)
    verdict = json.loads(run.out)
    equal(bytes.fromhex(verdict["input_hex"]), odd, "input_hex")
    equal(batch.read("q"), odd + b"\0", "the quarantine list")
    run = batch.run("cat {}", "plain", "plain").expect(0)
    contains(run.err, b"1 inputs are named again, and run once", "stderr")
    run = batch.run("cat {}").expect(125)
    contains(run.err, b"there are no inputs", "stderr")


@case
def a_violation_is_named_and_the_others_go_on():
    batch = Batch("violation")
    batch.write("bad.sh", b"id\n")
    batch.write("good.sh", b"echo good\n")
    run = batch.run("sh {}", "bad.sh", "good.sh").expect(1)
    verdicts = batch.verdicts(run.out)
    equal(classes(verdicts), {"bad.sh": "violation", "good.sh": "clean"},
          "the verdicts")
    equal(verdicts["bad.sh"]["reason"], "vfork()", "reason")


@case
def the_limit_on_output_is_for_each_input():
    batch = Batch("limited")
    run = batch.run("--output-limit=1K", "--output={}.out",
                    "head -c {} /dev/zero", "10", "5000").expect(1)
    verdicts = batch.verdicts(run.out)
    equal(classes(verdicts), {"10": "clean", "5000": "output_limit"},
          "the verdicts")
    equal(verdicts["5000"]["runs"], 1, "runs")
    equal(len(batch.read("10.out")), 10, "the output")


@case
def only_what_is_not_permanent_runs_again():
    batch = Batch("retries")
    run = batch.run("--retries=1", "--timeout=300ms", "sleep {}", "5",
                    "0").expect(1)
    verdicts = batch.verdicts(run.out)
    equal(classes(verdicts), {"5": "timeout", "0": "clean"}, "the verdicts")
    equal(verdicts["5"]["runs"], 2, "runs")
    equal(verdicts["0"]["runs"], 1, "runs")
    run = batch.run("--retries=5", "sh -c 'exit {}'", "3").expect(1)
    equal(batch.verdicts(run.out)["3"]["runs"], 1, "runs")


@case
def the_larger_pool_is_for_what_was_exhausted():
    batch = Batch("larger")
    names = [batch.write(f"f{n}", b"x" * 100000) for n in range(3)]
    words = ("--pool=1M", "xz -9 -c {}")
    run = batch.run(*words, *names).expect(1)
    equal(set(classes(batch.verdicts(run.out)).values()), {"exhausted"},
          "with the small one")
    run = batch.run("--larger-pool=800M", *words, *names).expect(0)
    for verdict in batch.verdicts(run.out).values():
        equal((verdict["class"], verdict["runs"], verdict["pool_bytes"]),
              ("clean", 2, 800 << 20), "with the larger one")


@case
def a_scheduler_gets_its_codes():
    batch = Batch("engine")
    words = ("--exit-map=engine", "sh -c 'exit {}'")
    batch.run(*words, "0").expect(0)
    batch.run(*words, "0", "7").expect(65)
    batch.run("--exit-map=engine", "nosuchprogram {}", "a").expect(78)
    batch.run("--exit-map=engine", "--jobs=none", "cat {}", "a").expect(78)
    process = subprocess.Popen(
        batch.command("--exit-map=engine", "--progress=never", "sleep {}",
                      "20"),
        cwd=batch.folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    # Itself, and who watches the jail, which others cannot look into.
    wait_until(lambda: len(jails_of(batch.folder)) >= 2, "nothing runs")
    process.send_signal(signal.SIGTERM)
    out, _ = process.communicate(timeout=20)
    equal(process.returncode, 75, "interrupted")
    equal(out, b"", "no verdict for what was interrupted")


@case
def what_cannot_be_run_at_all_stops_it():
    batch = Batch("nothing")
    run = batch.run("--journal=j", "nosuchprogram {}", "a", "b").expect(125)
    contains(run.err, b"nosuchprogram", "stderr")
    equal(batch.verdicts(), {}, "verdicts")


@case
def outputs_that_would_collide_are_refused():
    batch = Batch("collide")
    batch.write("a.1", b"")
    for words, error in (
            (("--output={.}.x", "cat {}", "a.1", "a.2"),
             b"'a.1' and 'a.2' would both go to 'a.x'"),
            (("--output={}", "cat {}", "a.1"),
             b"it would replace the input 'a.1'"),
            (("--output={}.out", "cat {}", "a.1", "a.1.out"),
             b"it would replace the input 'a.1.out'"),
            (("--output={}.o", "cat {}", "a.1", "./a.1"),
             b"would both go to './a.1.o'"),
            (("--quarantine=/dev/null", "cat {}", "a.1"),
             b"--quarantine: /dev/null: it is a link or a device"),
            (("--output=no/{/}", "cat {}", "a.1"),
             b"no/a.1: No such file or directory")):
        contains(batch.run(*words).expect(125).err, error, "stderr")
    equal(batch.read("a.1"), b"", "the input")


@case
def a_program_that_never_stops_talking_does_no_harm():
    batch = Batch("talk")
    batch.write("loud.sh", b"while :; do echo nonsense >&2; done\n")
    batch.write("good.sh", b"echo good\n")
    run = batch.run("--timeout=1s", "--retries=0", "--jobs=2", "sh {}",
                    "loud.sh", "good.sh").expect(1)
    verdicts = batch.verdicts(run.out)
    equal(classes(verdicts), {"loud.sh": "timeout", "good.sh": "clean"},
          "the verdicts")
    words = verdicts["loud.sh"]["last_words"]
    check(len(words) <= 2048, f"{len(words)} bytes of last words")
    contains(words, "nonsense", "last_words")


@case
def killed_at_any_moment_it_goes_on():
    """Ten kills at random moments; what is written by then stays, nothing is
    run twice to a verdict, and nobody is left."""
    generator = random.Random(SEED)
    print(f"CELLBLOCK_SEED={SEED}", flush=True)
    batch = Batch("killed")
    count = 300 * FACTOR
    names = [batch.write(f"f{n}", b"%d" % n) for n in range(count)]
    listed = "\n".join(names).encode()
    words = batch.command("--journal=j", "--output={}.out", "--jobs=3",
                          "--progress=never", "cat {}")
    seen = b""
    middle = 0
    for _ in range(60):
        if middle == 10:
            break
        process = subprocess.Popen(words, cwd=batch.folder,
                                   stdin=subprocess.PIPE,
                                   stderr=subprocess.DEVNULL)
        process.stdin.write(listed)
        process.stdin.close()
        # When up to a twentieth more is done, or a little later.
        enough = seen.count(b"\n") + generator.randrange(count // 20)
        while process.poll() is None and (
                not os.path.exists(batch.path("j"))
                or batch.read("j").count(b"\n") < enough):
            time.sleep(0.001)
        time.sleep(generator.uniform(0.0, 0.005))
        process.kill()
        process.wait()
        if os.path.exists(batch.path("j")):
            now = batch.read("j")
            kept = seen[:seen.rfind(b"\n") + 1]
            check(now.startswith(kept), "a verdict is gone")
            # Some have a verdict, and some have none.
            middle += 1 < now.count(b"\n") < count + 1
            seen = now
    equal(middle, 10, "kills between the first verdict and the last")
    run = batch.run(*words[2:], stdin=listed).expect(0)
    equal(set(classes(batch.verdicts())), set(names), "the inputs")
    for number, name in enumerate(names):
        equal(batch.read(name + ".out"), b"%d" % number, name)
    contains(run.err, b"%d inputs: %d clean" % (count, count), "the summary")
    wait_until(lambda: not jails_of(batch.folder), "jails are left behind")


@case
def interrupted_it_says_how_to_go_on():
    batch = Batch("interrupted")
    process = subprocess.Popen(
        batch.command("--journal=j", "--jobs=2", "sleep {}", "0", "20", "21"),
        cwd=batch.folder, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL)
    wait_until(lambda: os.path.exists(batch.path("j"))
               and batch.read("j").count(b"\n") >= 2,
               "the first input has no verdict")
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=20)
    equal(process.returncode, 130, "exit code")
    contains(err, b"3 inputs: 1 clean; 2 are not done", "stderr")
    contains(err, b"interrupted; the same command line goes on", "stderr")
    equal(classes(batch.verdicts()), {"0": "clean"}, "verdicts")


def shown_on(kind):
    """What a batch of four writes to a terminal of that kind."""
    batch = Batch("bar-" + kind)
    reader, writer = pty.openpty()
    process = subprocess.Popen(
        batch.command("--journal=j", "sleep {}", "0.1", "0.3", "0.5", "0.7"),
        cwd=batch.folder, stderr=writer, stdin=subprocess.DEVNULL,
        env={**os.environ, "TERM": kind})
    os.close(writer)
    shown = b""
    while True:
        try:
            part = os.read(reader, 65536)
        except OSError:
            break
        if not part:
            break
        shown += part
    os.close(reader)
    equal(process.wait(), 0, "exit code")
    return shown


@case
def the_bar_is_for_terminals():
    shown = shown_on("xterm")
    contains(shown, b"\r[", "the bar")
    contains(shown, b"/4  ", "the count")
    contains(shown, b" left", "the time left")
    check(shown.rstrip().split(b"\x1b[K")[-1].startswith(b"jailrun: batch: 4 "),
          f"the bar stays: {shown!r}")
    shown = shown_on("dumb")
    check(b"[" not in shown, f"a bar that would be no bar: {shown!r}")
    run = Batch("bar").run("cat {}", "/dev/null").expect(0)
    check(b"[" not in run.err, "a bar in a file")


main()
