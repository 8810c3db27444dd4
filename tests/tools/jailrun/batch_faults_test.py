#!/usr/bin/python3 -B
# Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
"""What is not the fault of an input becomes no verdict on it, and what is stops
no other: `jailrun batch` without processes, descriptors or room on the disk,
with names that cannot be, and with files that would take each other's place."""

import json
import os
import signal
import subprocess

from batches import Folder
from harness import (bare, case, check, contains, equal, execute, jail,
                     jailrun_path, main, program)


class Batch(Folder):
    """Runs of jailrun batch in a directory of their own."""

    def run(self, *words, under=(), **more):
        return execute([*under, jailrun_path(), "batch", "--pool=16M", *words],
                       cwd=self.folder, timeout=120, **more)

    def classes(self):
        lines = [json.loads(line) for line in self.read("j").splitlines()[1:]]
        found = {line["input"]: line["class"] for line in lines}
        equal(len(found), len(lines), "inputs with a verdict")
        return found

    def hidden(self):
        return [name for name in os.listdir(self.folder)
                if name.startswith(".jailrun")]


def shell(script, *options):
    """Words that run others after a line of the shell."""
    return ["/usr/bin/unshare", *options, "/bin/sh", "-c",
            script + '; exec "$@"', "sh"]


def a_lack_of_processes_is_no_verdict():
    batch = Batch("processes")
    names = [batch.write(f"f{n}", b"x") for n in range(3)]
    under = ["/bin/bash", "-c", 'ulimit -u 1; exec "$@"', "sh"]
    words = ("--retries=1", "--journal=j", "cat {}", *names)
    for code, options in ((125, ()), (75, ("--exit-map=engine",))):
        run = batch.run(*options, *words, under=under).expect(code)
        contains(run.err, b"Resource temporarily unavailable", "stderr")
        contains(run.err, b"the same command line goes on", "stderr")
        equal(batch.classes(), {}, "verdicts")
    batch.run(*words).expect(0)
    equal(batch.classes(), dict.fromkeys(names, "clean"), "later on")
    run = jail(["/bin/cat", "/dev/null"], options=["--exit-map=engine"],
               pool="16M", under=under)
    equal(run.code, 75, "of a single run")
    equal(run.verdict["permanent"], False, "permanent")


def with_few_processes_fewer_run_at_a_time():
    batch = Batch("few")
    names = [batch.write(f"f{n}", b"x") for n in range(9)]
    # In a namespace of its own only these are counted.
    under = ["/usr/bin/unshare", "--user", "/bin/bash", "-c",
             'ulimit -u 9; exec "$@"', "sh"]
    run = batch.run("--jobs=9", "--start=exec", "--journal=j", "true {}",
                    *names, under=under).expect(0)
    contains(run.err, b" at a time, since cannot start a ", "stderr")
    equal(batch.classes(), dict.fromkeys(names, "clean"), "verdicts")


# Root has no limit on its processes.
if os.geteuid() != 0:
    case(a_lack_of_processes_is_no_verdict)
    case(with_few_processes_fewer_run_at_a_time)


@case
def a_lack_of_descriptors_is_no_verdict():
    batch = Batch("descriptors")
    names = [batch.write(f"f{n}", b"x") for n in range(3)]
    seen = b""
    for limit in range(10, 26):
        for start in ("exec", "template"):
            if os.path.exists(batch.path("j")):
                os.unlink(batch.path("j"))
            under = ["/bin/bash", "-c", f'ulimit -n {limit}; exec "$@"', "sh"]
            run = batch.run("--start=" + start, "--jobs=1", "--retries=0",
                            "--exit-map=engine", "--journal=j", "cat {}",
                            *names, under=under)
            seen += run.err
            check(run.code in (0, 75, 78), f"exit code {run.code}: {run.err}")
            if os.path.exists(batch.path("j")) and batch.read("j"):
                classes = set(batch.classes().values())
                check(classes <= {"clean"}, f"{limit}: {classes}")
            check(b"memory map" not in run.err, f"{limit}: {run.err}")
            check(b"does not show the lock" not in run.err,
                  f"{limit}: {run.err}")
    contains(seen, b"too few descriptors to check the jail (ulimit -n)",
             "stderr")


@case
def a_program_that_is_away_for_a_moment_is_no_verdict():
    batch = Batch("away")
    with open("/bin/cat", "rb") as file:
        batch.write("cat", file.read())
    os.chmod(batch.path("cat"), 0o755)
    batch.write("a", b"x")
    batch.write("b", b"x")
    words = ("--exit-map=engine", "--journal=j", "--start=exec", "./cat {}")
    batch.run(*words, "a").expect(0)
    os.rename(batch.path("cat"), batch.path("away"))
    batch.run(*words, "a", "b").expect(75)
    equal(batch.classes(), {"a": "clean"}, "verdicts")
    os.rename(batch.path("away"), batch.path("cat"))
    batch.run(*words, "a", "b").expect(0)
    equal(batch.classes(), {"a": "clean", "b": "clean"}, "later on")


@case
def a_full_disk_is_no_verdict():
    batch = Batch("full")
    os.mkdir(batch.path("d"))
    names = [batch.write(f"f{n}", b"x" * 30000) for n in range(3)]
    under = shell("mount -t tmpfs -o size=64k none d", "--user",
                  "--map-root-user", "--mount")
    for code, options in ((125, ()), (75, ("--exit-map=engine",))):
        run = batch.run(*options, "--jobs=1", "--journal=j", "--output=d/{}",
                        "cat {}", *names, under=under).expect(code)
        contains(run.err, b"No space left on device", "stderr")
        contains(run.err, b"the same command line goes on", "stderr")
        check(set(batch.classes().values()) <= {"clean"}, "a bad verdict")
        check("f2" not in batch.classes(), "there was room")
    run = batch.run("--exit-map=engine", "--journal=d/j", "cat {}", *names,
                    under=shell("mount -t tmpfs -o size=4k,nr_inodes=9 none d;"
                                "head -c 4096 /dev/zero >d/full", "--user",
                                "--map-root-user", "--mount"))
    run.expect(75)
    contains(run.err, b"--journal=d/j: No space left on device", "stderr")


@case
def one_bad_input_stops_no_other():
    batch = Batch("names")
    batch.write("good", b"x")
    os.mkdir(batch.path("dir.out"))
    os.symlink("elsewhere", batch.path("link.out"))
    for name in ("dir", "link"):
        batch.write(name, b"x")
    bad = {"x" * 300: "File name too long", "dir": "Is a directory",
           "link": "it is a link or a device",
           "no/such": "No such file or directory",
           "good/x": "Not a directory"}
    for name, reason in bad.items():
        if os.path.exists(batch.path("j")):
            os.unlink(batch.path("j"))
        batch.run("--jobs=1", "--journal=j", "--output={}.out", "cat {}", name,
                  "good").expect(1)
        equal(batch.classes(), {name: "setup_failed", "good": "clean"}, reason)
        verdict = json.loads(batch.read("j").splitlines()[1])
        contains(verdict["reason"], reason, "reason")
        equal((verdict["permanent"], verdict["runs"]), (True, 0), reason)
    equal(batch.hidden(), [], "hidden files")
    os.unlink(batch.path("j"))
    long = "y" * 200000
    batch.run("--jobs=1", "--journal=j", "cat {}",
              stdin=(long + "\ngood").encode()).expect(1)
    equal(batch.classes(), {long: "setup_failed", "good": "clean"},
          "too long for execve")


@case
def none_takes_the_place_of_another():
    batch = Batch("places")
    names = [batch.write(name, b"") for name in ("s1", "s2")]
    os.symlink("s1", batch.path("link"))
    os.link(batch.path("s2"), batch.path("hard"))
    os.symlink(".", batch.path("here"))
    for options, error in (
            (("--quarantine=j7", "--journal=j7"),
             b"--quarantine=j7: it would replace the journal 'j7'"),
            (("--quarantine=here/j7", "--journal=./j7"),
             b"it would replace the journal './j7'"),
            (("--output={}.o", "--journal=s1.o"),
             b"--output={}.o: it would replace the journal 's1.o'"),
            (("--quarantine=s1",), b"it would replace the input 's1'"),
            (("--journal=here/s1",), b"it would replace the input 's1'"),
            (("--journal=link",), b"it would replace the input 's1'"),
            (("--journal=hard",), b"it would replace the input 's2'"),
            (("--output={}.o", "--quarantine=s2.o"),
             b"it would replace the quarantine list 's2.o'"),
            (("--output=here/{}",), b"it would replace the input 's1'")):
        run = batch.run(*options, "cat {}", *names).expect(125)
        contains(run.err, error, "stderr")
    equal(sorted(os.listdir(batch.folder)),
          ["hard", "here", "link", "s1", "s2"], "files")
    with open(batch.path("printed"), "wb") as out:
        process = subprocess.run(
            [jailrun_path(), "batch", "--pool=16M", "--quarantine=printed",
             "cat {}", "s1"], cwd=batch.folder, stdout=out,
            stderr=subprocess.PIPE, check=False)
    contains(process.stderr,
             b"--quarantine=printed: it would replace the journal", "stderr")


@case
def what_the_programs_may_write_is_no_journal():
    batch = Batch("writable")
    os.mkdir(batch.path("d"))
    os.symlink("d", batch.path("l"))
    batch.write("a", b"x")
    for options, error in (
            (("--rw=d", "--journal=d/j"),
             b"--rw=d: the programs could write the journal 'd/j'"),
            (("--rw=.", "--journal=d/j"), b"the programs could write"),
            (("--rw=l", "--quarantine=d/q"),
             b"could write the quarantine list 'd/q'"),
            (("--chdir=d", "--rw=.", "--journal=d/j"),
             b"the programs could write")):
        run = batch.run(*options, "cat {}", "a").expect(125)
        contains(run.err, error, "stderr")
    equal(os.listdir(batch.path("d")), [], "files")
    with open(batch.path("k"), "ab") as journal:
        fd = journal.fileno()
        run = batch.run(f"--pass-fd={fd}", "--journal=k", "cat {}", "a",
                        pass_fds=(fd,)).expect(125)
    contains(run.err, b"could write the journal 'k'; leave that out", "stderr")
    batch.run("--rw=d", "--journal=j", "cat {}", "a").expect(0)


@case
def what_was_ignored_at_the_start_stays_so():
    for ignored in (signal.SIGHUP, signal.SIGINT, signal.SIGTERM,
                    signal.SIGQUIT):
        process = subprocess.Popen(
            [jailrun_path(), "batch", "--pool=16M", "--retries=0", "sleep {}",
             "0", "1"], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            preexec_fn=lambda: signal.signal(ignored, signal.SIG_IGN))
        # The first verdict: it takes signals by then.
        first = process.stdout.readline()
        process.send_signal(ignored)
        rest, err = process.communicate(timeout=20)
        equal(process.returncode, 0, f"{ignored}: {err!r}")
        equal((first + rest).count(b'"clean"'), 2, "verdicts")


@case
def a_journal_is_of_one_batch():
    batch = Batch("identity")
    os.mkdir(batch.path("d"))
    for name in ("a", "d/a"):
        batch.write(name, b"x")
    words = ("--journal=j", "cat {}", "a")
    batch.run("--output={}.1", *words).expect(0)
    for options, error in (
            (("--output={}.2",),
             b"with another --output, '{}.1'; here it is '{}.2'"),
            ((), b"with another --output, '{}.1'; here it is none"),
            (("--output={}.1", "--chdir=d"),
             b"with another directory of the inputs")):
        run = batch.run(*options, *words).expect(125)
        contains(run.err, error, "stderr")
    batch.run("--output={}.1", "--chdir=.", *words).expect(0)
    batch.run("--journal=k", b"cat \xff {}", "a")
    run = batch.run("--journal=k", b"cat \xfe {}", "a").expect(125)
    contains(run.err, b"it is of another batch: cat ", "stderr")


@case
def what_others_call_alike_stays():
    """No name is taken for what is not finished, and none is left behind."""
    batch = Batch("part")
    batch.write("a", b"a")
    batch.write("a.out.part", b"mine")
    batch.write("a.out", b"old")
    batch.run("--output={}.out", "cat {}", "a").expect(0)
    equal((batch.read("a.out"), batch.read("a.out.part")), (b"a", b"mine"),
          "what was kept")
    batch.run("--output={}.out", "sh -c 'echo no; exit 3' {}", "a").expect(1)
    equal(batch.read("a.out"), b"a", "what was there before")
    equal(sorted(os.listdir(batch.folder)), ["a", "a.out", "a.out.part"],
          "files")


@case
def where_no_file_is_without_a_name_it_is_hidden():
    batch = Batch("hidden")
    os.mkdir(batch.path("o"))
    for name in ("a", "b"):
        batch.write(name, name.encode())
    batch.write("o/a", b"old")
    # Of the batch's own process alone.
    under = [program("strace"), "-q", "-o", "log", "-P", "o", "-e",
             "trace=openat", "-e", "inject=openat:error=EOPNOTSUPP"]
    run = batch.run("--jobs=1", "--output=o/{/}",
                    "sh -c 'echo {}; [ {} = a ]'", "a", "b",
                    under=under)
    contains(batch.read("log"), b"(INJECTED)", "the log of strace")
    run.expect(1)
    equal(batch.read("o/a").split(), [b"a"], "what was kept")
    equal(os.listdir(batch.path("o")), ["a"], "files")


@case
def names_that_are_odd():
    batch = Batch("odd")
    batch.write("a\nb", b"x")
    run = batch.run("--quarantine=q", "cat {}", "a\nb").expect(125)
    contains(run.err, b"has a line end in it: add --null", "stderr")
    batch.run("--null", "--quarantine=q", "cat {}", "a\nb").expect(0)
    with open(os.path.join(os.fsencode(batch.folder), b"\xff"), "wb"):
        pass
    run = batch.run("--output={}.out", "cat {}", stdin=b"\xff").expect(0)
    equal(json.loads(run.out)["output_hex"], b"\xff.out".hex(), "output_hex")
    words = "é" * 3000
    batch.write("say.sh", ("echo -n x" + words + " >&2\n").encode())
    run = batch.run("sh {}", "say.sh").expect(0)
    told = json.loads(run.out)["last_words"]
    check(words.endswith(told), f"{told[:3]!r}")
    check(2040 < len(told.encode()) <= 2048, f"{len(told.encode())} bytes")


@case
def wrong_words():
    for words, error in (
            (["batch", "--jobs=1", "--jobs=2", "cat {}", "a"],
             b"--jobs: it is given more than once"),
            (["batch"], b"see jailrun batch --help"),
            (["batch", "--nonsense", "cat {}", "a"],
             b"--nonsense: no such option; see jailrun batch --help"),
            (["batch", "--pool=16M", "--quarantine=/dev/null", "cat {}", "a"],
             b"/dev/null: it is a link or a device")):
        contains(bare(words).expect(125).err, error, "stderr")


main()
