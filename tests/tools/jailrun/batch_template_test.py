#!/usr/bin/python3 -B
# Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
"""What `jailrun batch` forks from a template is what it would be if it were
started anew: nothing of one input reaches the next, and nothing reaches the
template."""

import json
import os
import re
import subprocess

from batches import Batch, at_its_last, read, templates_of, wait_until
from harness import (case, check, contains, equal, execute, fixture, main,
                     program)

SUBJECT = fixture("one_of_many")
DEGRADE = fixture("degrade")


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
                      "stdin 0", "pipe 0 alarm 0", f"arguments 3 {name} {SUBJECT}|-x|{name}",
                      "itself 1"], name)
    for key in ("pid", "random", "guard", "shared"):
        values = {found[name][1][key] for name in batch.names}
        equal(len(values), 3, f"different values of {key}")
        check("" not in values, f"{key} is empty")
    # What they share, and the documents say so.
    equal(len({found[name][1]["address"] for name in batch.names}), 1,
          "addresses")


def signals_are_as_jailrun_found_them(start, ignored):
    batch = Batch(f"signals-{start}-{ignored}")
    # What follows a crash comes from another template.
    for number, words in enumerate(["show", "crash", "show", "show"]):
        batch.add(str(number), words)
    # Python ignores SIGPIPE, and its children do not.
    under = ["/bin/sh", "-c", "trap '' PIPE ALRM; exec \"$@\"", "sh"]
    subject(batch, f"--start={start}", "--output-limit=1M",
            under=under if ignored else ()).expect(1)
    equal(batch.all("start"), [start] * 4, "started by")
    for name in "023":
        contains("\n".join(batch.lines(name)[0]),
                 f"pipe {ignored} alarm {ignored}", f"signals of {name}")


for how in ("template", "exec"):
    for value in (0, 1):
        case(signals_are_as_jailrun_found_them, how, value,
             name=f"signals_are_as_found_{how}_{value}")


@case
def no_name_of_one_input_is_in_the_next_one_s_memory():
    batch = Batch("names")
    # What a shorter name leaves of a longer one.
    backwards = "the-end-of-the-first-name"[::-1]
    names = ["x" * 40 + backwards[::-1], "second", "third"]
    for name in names:
        batch.add(name, f"search {backwards}")
    subject(batch).expect(0)
    equal(batch.all("start"), ["template"] * 3, "started by")
    found = [batch.lines(name)[0][-1] == "found 0" for name in names]
    equal(found, [False, True, True], "not found")


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


@case
def a_word_behind_the_input_is_where_it_was():
    batch = Batch("behind")
    batch.add("a-long-name", "show")
    batch.add("b", "show")
    for name in batch.names:
        os.symlink(name, batch.path(f"-{name}"))
    for start in ("template", "exec"):
        batch.run(f"--start={start}", f"{SUBJECT} {{}} -{{}}").expect(0)
        equal(batch.all("start"), [start] * 2, "started by")
        for name in batch.names:
            shown, = [line for line in batch.lines(name)[0]
                      if line.startswith("arguments ")]
            # In /proc/PID/cmdline what a name could have needed is left.
            if start == "template":
                shown = re.sub(r"\|+", "|", shown)
            equal(shown, f"arguments 3 -{name} {SUBJECT}|{name}|-{name}", start)


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
        subject(batch, f"--start={start}", "--timeout=2s", *options,
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
case(ends, "_unheard", (), [DEGRADE, "seccomp:1/8=EPERM", "--"],
     name="so_it_is_where_nobody_can_listen")
case(ends, "_container", (), [DEGRADE, "--container", "--"],
     name="so_it_is_in_a_container")
case(ends, "_limited", ["--output-limit=1M", "--cpu=20s", "--fsize=1M",
                        "--threads=0", "--preset=decoder"],
     name="so_it_is_with_limits")


@case
def whoever_crashes_learns_nothing_of_the_next_one_s_addresses():
    batch = Batch("addresses")
    for number, words in enumerate(["show", "show", "crash", "show",
                                    "socket", "show", "exhaust", "show"]):
        batch.add(str(number), words)
    subject(batch).expect(1)
    equal(batch.all("start"), ["template"] * 8, "started by")
    # It ends by a signal, and could as well have crashed on purpose.
    equal([batch.verdicts["6"][key] for key in ("class", "signal")],
          ["exhausted", 6], "the exhausted one")
    addresses = [batch.lines(name)[1]["address"] for name in "01357"]
    equal(addresses[0], addresses[1], "addresses before the crash")
    equal(len(set(addresses)), 4, "different addresses after each")


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
def its_file_domain_is_its_own():
    batch = Batch("domain")
    batch.add("other", "show")
    home = batch.path("home")
    os.mkdir(home)
    with open(os.path.join(home, "secret"), "w", encoding="utf-8") as file:
        file.write("secret\n")
    batch.add("opener", "open " + " ".join(
        ["other", "opener", os.path.join(home, "secret"), "/proc/self/maps"]))
    for start in ("template", "exec"):
        subject(batch, f"--start={start}",
                env={**os.environ, "HOME": home}).expect(0)
        equal(batch.all("start"), [start] * 2, "started by")
        equal(batch.lines("opener")[0][-4:],
              ["open EACCES", "open 0", "open EACCES", "open 0"],
              "its attempts")


@case
def who_serves_as_template_cannot_be_looked_into():
    batch = Batch("undumpable")
    batch.add("a", "show")
    batch.add("b", "spin")
    with at_its_last(batch, "--timeout=60s", f"{SUBJECT} -x {{}}") as template:
        # Of another user's whom the kernel would let look into the rest.
        equal(os.stat(f"/proc/{template}/mem").st_uid, 0, "the owner")
        if os.geteuid() != 0:
            try:
                with open(f"/proc/{template}/mem", "rb"):
                    check(False, "it can be opened")
            except PermissionError:
                pass


@case
def it_cannot_kill_them_either():
    batch = Batch("touch")
    batch.add("a", "touch")
    batch.add("b", "show")
    subject(batch).expect(1)
    equal(batch.all("class"), ["violation", "clean"], "classes")
    contains(batch.verdicts["a"]["reason"], "kill(", "reason")


@case
def the_limit_on_cpu_time_is_each_one_s_and_not_the_template_s():
    batch = Batch("cpu")
    for name, words in (("a", "spin"), ("b", "show"), ("c", "spin")):
        batch.add(name, words)
    process = subprocess.Popen(batch.command("--cpu=1s", f"{SUBJECT} -x {{}}"),
                               cwd=batch.folder, stdout=subprocess.PIPE,
                               stderr=subprocess.DEVNULL)
    wait_until(lambda: templates_of(batch.folder), "there is no template")
    limits = read(f"/proc/{templates_of(batch.folder)[0]}/limits").decode()
    equal([line.split()[3:5] for line in limits.splitlines()
           if line.startswith("Max cpu time")], [["unlimited"] * 2], "limit")
    verdicts = [json.loads(line) for line in
                process.communicate(timeout=60)[0].splitlines()]
    equal([verdict["start"] for verdict in verdicts], ["template"] * 3,
          "started by")
    equal([verdict["reason"] for verdict in verdicts],
          ["the CPU limit of 1 s has passed", None,
           "the CPU limit of 1 s has passed"], "reasons")


@case
def what_the_runtime_may_say_at_the_start_no_program_may():
    batch = Batch("messages")
    for number in range(40):
        batch.add(str(number), "message" if number % 2 else "show")
    for start in ("template", "exec"):
        subject(batch, f"--start={start}").expect(1)
        equal(batch.all("start"), [start] * 40, "started by")
        equal(batch.all("class"), ["clean", "violation"] * 20, "classes")
        for name in batch.names[1::2]:
            contains(batch.verdicts[name]["reason"], "sendmsg(", "reason")


main()
