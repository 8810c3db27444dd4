#!/usr/bin/python3 -B
# Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
"""jailrun report: a stored report says what the run said, in colour where that
is wanted, and what is no report is an error that says where."""

import json
import os
import pty
import re

from harness import (bare, case, check, contains, equal, execute, jailrun_path,
                     jail, main, scratch, scratch_file)
from stored_reports import ENDS, RUNS, profile, run_of, stored


def words_of(report, *options, **more):
    return bare(["report", *options, stored("report.json", report)], **more)


def a_stored_report_says_what_the_run_said(name):
    run = run_of(name, "--report=always")
    ours = b"".join(line for line in run.err.splitlines(True)
                    if line.startswith(b"jailrun: "))
    check(ours, "the run said nothing")
    shown = words_of(run.report_text).expect(0)
    equal(shown.out, ours, "the text")
    equal(shown.err, b"", "stderr")


for run_name in RUNS:
    case(a_stored_report_says_what_the_run_said, run_name,
         name=f"text_{run_name}")


# --- Colour ----------------------------------------------------------------

SEQUENCE = re.compile(rb"\x1b\[[0-9;]*m")


def on_terminal(words, descriptor, environment):
    """What a command writes to a terminal that is its `descriptor`."""
    pid, master = pty.fork()
    if pid == 0:
        other = 1 if descriptor == 2 else 2
        os.dup2(os.open("/dev/null", os.O_WRONLY), other)
        os.execve(words[0], words, environment)
    text = b""
    while True:
        try:
            part = os.read(master, 65536)
        except OSError:
            break
        if not part:
            break
        text += part
    os.close(master)
    os.waitpid(pid, 0)
    return text.replace(b"\r\n", b"\n")


TERMINAL = {"TERM": "xterm", "PATH": "/usr/bin:/bin"}
PLAIN = [{"NO_COLOR": "1", **TERMINAL}, {**TERMINAL, "TERM": "dumb"},
         {"PATH": "/usr/bin:/bin"}]


def stored_words():
    path = stored("colour.json", run_of("violation").report)
    return [jailrun_path(), "report", path], 1


def live_words():
    return [jailrun_path(), "--report=always", "--", ENDS, "exit", "3"], 2


def colour_is_for_terminals(make):
    words, descriptor = make()
    text = on_terminal(words, descriptor, TERMINAL)
    check(SEQUENCE.search(text), f"no colour: {text!r}")
    equal(SEQUENCE.sub(b"", text).count(b"\x1b"), 0, "other sequences")
    for line in text.splitlines():
        if SEQUENCE.search(line):
            check(line.rfind(b"\x1b[0m") == line.rfind(b"\x1b"),
                  f"a colour goes on: {line!r}")
    for environment in PLAIN:
        text = on_terminal(words, descriptor, environment)
        check(b"jailrun: verdict: " in text, f"no report: {text!r}")
        check(not SEQUENCE.search(text), f"{environment}: {text!r}")
    text = on_terminal(words, descriptor, {**TERMINAL, "NO_COLOR": ""})
    check(SEQUENCE.search(text), "an empty NO_COLOR counts")
    run = execute(words, env=TERMINAL)
    check(not SEQUENCE.search(run.out + run.err), "colour in a pipe")


case(colour_is_for_terminals, stored_words, name="colour_of_a_stored_report")
case(colour_is_for_terminals, live_words, name="colour_of_a_run")


@case
def without_colours_it_is_the_same_text():
    words, descriptor = stored_words()
    equal(SEQUENCE.sub(b"", on_terminal(words, descriptor, TERMINAL)),
          execute(words).expect(0).out, "the text")


# --- Which report ----------------------------------------------------------

def reports():
    return [run_of(name).report_text
            for name in ("clean", "violation", "program_error")]


@case
def the_last_line_is_shown_or_that_which_is_named():
    first, second, third = reports()
    path = stored("many.json", first, second, third, b"")
    for line, verdict in (((), b"program_error"), (("--line=1",), b"clean"),
                          (("--line=2",), b"violation")):
        run = bare(["report", *line, path]).expect(0)
        contains(run.out, b"verdict: " + verdict, f"{line}")


@case
def standard_input_is_a_dash():
    run = bare(["report", "-"], stdin=reports()[1]).expect(0)
    contains(run.out, b"verdict: violation", "stdout")
    run = bare(["report", "-"], stdin=b"{").expect(125)
    contains(run.err, b"standard input:1: it is no JSON", "stderr")


@case
def members_that_are_not_known_are_passed_over():
    report = run_of("clean").report
    report["of_a_later_version"] = {"x": [1]}
    report["pool"]["colour"] = "blue"
    words_of(report).expect(0)


# --- What is no report -----------------------------------------------------

def refused(content, wanted, *options):
    path = stored("bad.json", content)
    run = bare(["report", *options, path]).expect(125)
    contains(run.err.decode(), f"jailrun: {path}" + wanted, "stderr")
    equal((run.out, len(run.error_lines())), (b"", 1), "stdout and lines")


def without(key):
    report = run_of("clean").report
    place = report
    *path, last = key.split(".")
    for part in path:
        place = place[part]
    del place[last]
    return report


def replaced(key, value):
    report = without(key)
    place = report
    *path, last = key.split(".")
    for part in path:
        place = place[part]
    place[last] = value
    return report


@case
def bad_input_is_named_by_file_line_and_reason():
    refused(b"", ": it is empty")
    refused(b"{", ":1: it is no JSON, from byte 2")
    refused(b"\xff\xfe", ":1: it is no JSON, from byte 1")
    refused(b"[]", ":1: it is no report of jailrun")
    refused(b"3", ":1: it is no report of jailrun")
    refused(without("pool.peak_bytes"), ":1: pool.peak_bytes: it is missing")
    refused(replaced("pool.peak_bytes", -1), ":1: pool.peak_bytes: it is no "
                                             "whole number from 0")
    refused(replaced("pool.peak_bytes", 1e99), ":1: pool.peak_bytes: it is no")
    refused(replaced("pool", []), ":1: pool: it is no object")
    refused(replaced("command", {}), ":1: command: it is no list")
    refused(replaced("command", [1]), ":1: command[0]: it is no text")
    refused(replaced("verdict.class", "fine"), ":1: verdict.class: it is none "
                                               "of the words")
    refused(replaced("verdict.exit_code", 256), ":1: verdict.exit_code: it is "
                                                "more than 255")
    refused(replaced("time.user_us", 2**63), ":1: time.user_us: it is more")
    refused(replaced("posture.locked", 1), ":1: posture.locked: it is neither")
    refused(run_of("clean").report, ": it has no report on line 7", "--line=7")
    refused(b"[" * 100000, ":1: it is")
    refused(b'{"jailrun":' + b"[" * 50 + b"]" * 50 + b"}",
            ":1: it nests too deep")
    refused(json.dumps({str(i): 1 for i in range(300)}).encode(),
            ":1: an object has too many members")
    refused(b"x" * (65 << 20), ":1: the line has more than 64 MiB")


@case
def a_bad_profile_is_named():
    for path, value, wanted in (
            (("samples", 0, "at_us"), 2**60, "samples[0].at_us: it is more"),
            (("samples",), [{}] * 5000, "samples: it has more than 4096"),
            (("strips", 0, "used_permille", 1), 1001, "it is more than 1000"),
            (("peak", "stacks", 0, "frames", 0, "function"), 7, "no text"),
            (("calls", "after_lock"), {}, "calls.after_lock: it is no list"),
            (("sizes",), None, "sizes: it is no list")):
        report = run_of("clean").report
        report["profile"] = profile()
        place = report["profile"]
        for key in path[:-1]:
            place = place[key]
        place[path[-1]] = value
        refused(report, ":1: profile.", "--html")
        contains(bare(["report", stored("bad.json", report)]).err.decode(),
                 wanted, f"{path}")


@case
def wrong_words_are_errors():
    for words, wanted in ((["report"], b"name the file"),
                          (["report", "--what", "x"], b"'--what'"),
                          (["report", "--line=0", "x"], b"--line=0: use a"),
                          (["report", "--line=x", "x"], b"--line=x: use a"),
                          (["report", "--html=", "x"], b"the value is empty"),
                          (["report", "x", "y"], b"too many, 'y'"),
                          (["report", "/no/such\x1b"], b"/no/such\\x1b: it "
                                                       b"cannot be opened"),
                          (["report", scratch()], b"cannot be read")):
        run = bare(words).expect(125)
        contains(run.err, wanted, f"{words}")
    for command in ("report", "diff"):
        contains(bare([command, "--help"]).expect(0).out, b"Usage: jailrun",
                 "help")


# --- Pages, as bytes -------------------------------------------------------

HOSTILE = ["</script><script>alert(1)</script>", "<img src=x onerror=alert(1)>",
           "\"><svg/onload=alert(1)>", "<!--", "]]>", "'\"&<>",
           "\u202egnp.exe", "a\x1b[31m\a\u009b\x7f", "\u2028\u2029"]


def poisoned(report, text):
    """With that in every text that is free."""
    fixed = {"class", "mode", "state", "on_violation", "errno", "when"}

    def walk(value, key=None):
        if isinstance(value, dict):
            return {name: walk(each, name) for name, each in value.items()}
        if isinstance(value, list):
            return [walk(each) for each in value]
        return text if isinstance(value, str) and key not in fixed else value
    report = walk(report)
    report["posture"][text] = {"state": "off", "detail": text}
    return report


@case
def a_page_shows_text_and_runs_nothing_of_it():
    report = run_of("exhausted").report
    report["violation"] = run_of("violation").report["violation"]
    report["profile"] = profile()
    plain = words_of(report, "--html").expect(0).out
    for text in HOSTILE:
        page = words_of(poisoned(report, text), "--html").expect(0).out
        for tag in (b"<script", b"</script", b"<svg", b"<img", b"<!--"):
            equal(page.count(tag), plain.count(tag), f"{tag!r} after {text!r}")
        check(not re.search(rb"[\x00-\x08\x0b-\x1f\x7f]|\xc2[\x80-\x9f]|"
                            rb"\xe2\x80[\x8e\x8f\xaa-\xae]|\xe2\x81[\xa6-\xa9]",
                            page), f"control characters after {text!r}")


@case
def hostile_words_do_not_reach_the_terminal():
    for name in ("violation", "exhausted", "dry_run", "clean_granted",
                 "program_error_of_a_path"):
        for text in HOSTILE:
            run = words_of(poisoned(run_of(name).report, text)).expect(0)
            check(not re.search(rb"[\x00-\x08\x0b-\x1f\x7f]|\xc2[\x80-\x9f]|"
                                rb"\xe2\x80[\xa8-\xae]", run.out),
                  f"control characters: {run.out!r}")
            for line in run.out.splitlines():
                check(line.startswith(b"jailrun: "), f"a line of its own: {line}")


@case
def a_page_goes_where_it_is_told():
    report = stored("report.json", run_of("violation").report)
    out = os.path.join(scratch(), "page.html")
    with open(out, "w") as file:
        file.write("x" * 2000000)
    equal(bare(["report", f"--html={out}", report]).expect(0).out, b"", "stdout")
    with open(out, "rb") as file:
        page = file.read()
    equal(page, bare(["report", "--html", report]).expect(0).out, "the page")
    check(page.endswith(b"</html>\n"), "what was there before is left")
    run = bare(["report", "--html=/no/such/page", report]).expect(125)
    contains(run.err, b"--html=/no/such/page: No such file", "stderr")


@case
def a_run_writes_its_page():
    out = os.path.join(scratch(), "live.html")
    run = run_of("violation", f"--html={out}").expect(159, "violation")
    with open(out, "rb") as file:
        page = file.read()
    equal(page, words_of(run.report_text, "--html").expect(0).out, "the page")
    run = run_of("clean", "--html=/no/such/page").expect(125, "setup_failed")
    contains(run.err, b"--html=/no/such/page: No such file", "stderr")
    run = run_of("clean", f"--chdir={scratch()}", "--html=below.html").expect(0)
    check(os.path.exists(os.path.join(scratch(), "below.html")), "not there")
    run = bare(["batch", "--html=x", "cat {}", "/dev/null"]).expect(125)
    contains(run.err, b"--html: a batch has no page", "stderr")


@case
def as_many_arguments_as_there_can_be():
    arguments = ["a"] * 100_000
    page = os.path.join(scratch(), "arguments.html")
    run = jail(["/usr/bin/true", *arguments], options=["--html=" + page])
    run.expect(0, "clean")
    with open(page, "rb") as file:
        text = file.read()
    contains(text, b"<title>true: clean</title>", "the page")
    # Folded: what is seen at first is no more than a few lines.
    contains(text, b"<summary><code>/usr/bin/true a a", "the command")
    path = scratch_file("arguments.json", run.report_text)
    contains(bare(["report", path]).expect(0).out, b"verdict: clean", "report")
    bare(["diff", path, path]).expect(0)


@case
def a_page_of_nothing_that_ran_has_a_name():
    page = os.path.join(scratch(), "none.html")
    jail(["/no/such/program"], options=["--html=" + page]).expect(127)
    with open(page, encoding="utf-8") as file:
        text = file.read()
    contains(text, "<title>program: setup_failed</title>", "title")
    contains(text, "<h1>program</h1>", "heading")


@case
def a_page_is_not_written_over_its_report():
    report = run_of("clean").report_text
    path = scratch_file("own.json", report)
    link = os.path.join(scratch(), "link.html")
    os.link(path, link)
    for out in (path, link):
        with open(path, "rb") as stdin:
            for file in (path, "-"):
                run = execute([jailrun_path(), "report", "--html=" + out, file],
                              stdin=stdin).expect(125)
                contains(run.err, b"is the report itself", out)
    with open(path, "rb") as file:
        equal(file.read(), report, "the report")


@case
def a_page_says_what_jailrun_exits_with():
    page = os.path.join(scratch(), "engine.html")
    jail([ENDS, "block"], options=["--html=" + page, "--timeout=200ms",
                                   "--exit-map=engine"])
    with open(page, encoding="utf-8") as file:
        text = file.read()
    equal(text.count("exit code 75 (to a shell 124)"), 2, "exit code")


@case
def a_program_cannot_move_its_page():
    # It has the directory to write in, and puts something else there.
    folder = os.path.join(scratch(), "shared")
    os.mkdir(folder)
    page = os.path.join(folder, "page.html")
    victim = os.path.join(scratch(), "victim")
    with open(victim, "w") as file:
        file.write("kept")
    code = (f"import os; os.rename({page!r}, {page + '.old'!r}); "
            f"open({page!r}, 'w').write('mine')")
    run = execute([jailrun_path(), "--pool=64M", f"--rw={folder}",
                   "--allow=unsafe:rename", f"--html={page}", "--",
                   "/usr/bin/python3", "-I", "-S", "-c", code])
    equal(run.code, 0, f"exit code; {run.err!r}")
    with open(page) as file:
        equal(file.read(), "mine", "what the program put there")
    with open(page + ".old") as file:
        check(file.read().endswith("</html>\n"), "the page is gone")


main()
