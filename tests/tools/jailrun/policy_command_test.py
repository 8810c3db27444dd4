#!/usr/bin/python3 -B
# Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
"""`jailrun policy`, as a user calls it: what it prints, how it ends, and that
what it exports can be used."""

import json
import struct

from harness import (bare, case, check, contains, equal, fixture, jail,
                     main, program, scratch_file)

PRESETS = ["strict", "worker", "decoder", "decoder+rw", "service", "template"]


def policy(*words, code=0):
    run = bare(["policy", *words])
    run.expect(code)
    return run


def text(*words, code=0):
    run = policy(*words, code=code)
    equal(run.err, b"", "stderr")
    return run.out.decode()


def document(*words, code=0):
    return json.loads(policy(*words, code=code).out)


def file(content, name="policy.toml"):
    return scratch_file(name, content.encode())


NARROW = file('inherit = "strict"\nname = "narrow"\n'
              'allow = ["@futex", "getpid"]\n', "narrow.toml")
BROKEN = file('inherit = "strict"\nallow = ["mmap"]\n', "broken.toml")


@case
def show_prints_the_table():
    lines = text("show", "strict").splitlines()
    equal(lines[0].split(), ["call", "if", "then", "since", "it"], "head")
    equal(lines[1], "read           argument 0 = 0  allow      reads its input",
          "first row")
    contains(lines[-2], "other calls", "last rows")


@case
def show_shows_the_decoder_by_default():
    equal(text("show"), text("show", "decoder"), "the table")


@case
def show_takes_files_and_additions():
    shown = text("show", NARROW, "--allow=read:5", "--allow", "@sleep")
    contains(shown, "futex", "a group of the file")
    contains(shown, "argument 0 = 5", "--allow")
    contains(shown, "nanosleep", "--allow of a group")


@case
def show_takes_rw():
    equal(text("show", "decoder", "--rw=/tmp"), text("show", "decoder+rw"),
          "the table")


@case
def show_as_json():
    shown = document("show", "strict", "--json")
    equal(shown["policy"], "strict", "policy")
    read = shown["calls"][0]
    equal((read["syscall"], read["number"]), ("read", 0), "the first call")
    equal(read["rows"][0],
          {"conditions": [{"argument": 0, "mask": "0xffffffff",
                           "equals": "0x0"}],
           "action": "allow", "errno": None, "reason": "reads its input"},
          "its first row")


def listing(preset):
    lines = text("show", preset, "--bpf").splitlines()
    contains(lines[1], "x86-64", "the second instruction")
    check(all(line.split(":")[0].strip() == str(i)
              for i, line in enumerate(lines)), "not numbered in order")
    raw = policy("export", preset, "--format=bpf").out
    equal(len(raw), 8 * len(lines), "bytes of the program")
    # struct sock_filter: the first loads the architecture.
    equal(struct.unpack("<HBBI", raw[:8]), (0x20, 0, 0, 4), "the first one")


for name in PRESETS:
    case(listing, name, name="show_bpf_" + name)


@case
def check_proves_and_scores():
    out = text("check", "decoder")
    check(out.startswith("decoder: proved: the filter is what the table says, "),
          out[:100])
    contains(out, "reads any file that its user can", "a risk")
    equal(out.splitlines()[-1], "decoder: exposure 5.0 MEDIUM", "the last line")


@case
def check_takes_several():
    out = text("check", *PRESETS, NARROW)
    equal(out.count(": proved: "), 7, "proved")
    scores = [float(line.split()[2]) for line in out.splitlines()
              if ": exposure " in line]
    strict, worker, decoder, decoder_rw, service, template, narrow = scores
    check(strict < narrow and strict < worker < template < decoder < decoder_rw
          and template < service, f"scores {scores}")


@case
def check_as_json():
    checked = document("check", "strict", BROKEN, "--json", code=1)
    equal(checked["passed"], False, "passed")
    strict, broken = checked["policies"]
    equal((strict["passed"], strict["proved"]), (True, True), "strict")
    equal(strict["exposure"]["score"], 0.2, "score")
    equal([risk["name"] for risk in strict["exposure"]["risks"]
           if risk["exposed"]], ["given"], "risks")
    equal((broken["passed"], broken["exposure"]), (False, None), "broken")
    contains(broken["error"], BROKEN + ":2:10: ", "error")


def threshold(value, code):
    run = policy("check", "decoder", "--threshold=" + value, code=code)
    contains(run.out, b"decoder: exposure 5.0 MEDIUM", "stdout")
    wanted = b"" if code == 0 else (
        b"jailrun: decoder: the exposure 5.0 is over --threshold=" +
        value.encode() + b"; allow less, or raise it\n")
    equal(run.err, wanted, "stderr")


case(threshold, "5.0", 0, name="check_passes_at_the_threshold")
case(threshold, "4.6", 1, name="check_fails_over_the_threshold")


@case
def an_unsafe_allowance_raises_the_score():
    before = document("check", "decoder", "--json")
    after = document("check", "decoder", "--allow=unsafe:mount", "--json")
    check(after["policies"][0]["exposure"]["score"] >
          before["policies"][0]["exposure"]["score"] + 1, "no higher score")


@case
def check_names_the_place_of_an_error():
    run = policy("check", BROKEN, "strict", code=1)
    contains(run.err.decode(), f"jailrun: {BROKEN}:2:10: no option allows it",
             "stderr")
    equal(len(run.err.splitlines()), 1, "lines on stderr")
    contains(run.out, b"strict: exposure", "the other one")


@case
def diff_of_the_same_is_empty():
    equal(text("diff", "decoder", "decoder"), "", "stdout")


@case
def diff_names_the_calls():
    out = text("diff", "strict", NARROW, code=1)
    lines = out.splitlines()
    equal(lines[0], "--- strict, exposure 0.2", "the first line")
    equal([line for line in lines[2:] if line[0] != " "], ["getpid", "futex", "futex_waitv"], "the calls")
    contains(out, "  - violation (", "what it was")
    contains(out, "  + allow (", "what it is")


@case
def diff_tells_unknown_numbers_apart():
    contains(text("diff", "strict", "decoder", code=1),
             "numbers that no table knows\n  - violation\n"
             "  + refuse ENOSYS\n", "stdout")


@case
def diff_as_json():
    found = document("diff", "strict", NARROW, "--json", code=1)
    equal([call["syscall"] for call in found["calls"]],
          ["getpid", "futex", "futex_waitv"], "calls")
    equal(found["calls"][0]["b"][0]["action"], "allow", "of the second")
    equal(document("diff", "worker", "worker", "--json")["differ"], False,
          "differ")


def explained(words, *parts):
    out = text("explain", *words)
    for part in parts:
        contains(out, part, "stdout")


for label, words, parts in [
        ("what_allows_it", ["openat"],
         ["openat(descriptor, path, flags, mode), number 257, group file-open",
          "refuse EROFS", "--allow=unsafe:openat allows more of it in decoder",
          "the program then opens files for writing"]),
        ("by_number", ["257"], ["openat("]),
        ("a_group", ["nanosleep", "strict"], ["--allow=nanosleep allows"]),
        ("a_descriptor", ["read", "strict"], ["--allow=read:5 allows"]),
        ("what_is_open", ["read"],
         ["decoder allows it whatever its arguments"]),
        ("never", ["mmap"], ["nothing allows it: it changes"]),
        ("never_but_in_one_form", ["clone", "worker"],
         ["--allow=@threads allows", "nothing allows other forms of it: "]),
        ("a_file", ["getpid", NARROW], [NARROW, "is allowed by its name"]),
]:
    case(explained, words, *parts, name="explain_" + label)


@case
def explain_as_json():
    found = document("explain", "kill", "strict", "--json")
    equal((found["number"], found["group"]), (62, "signal"), "the call")
    equal([cost["allow"] for cost in found["allowances"]],
          ["@signals", "unsafe:kill"], "allowances")
    check(found["allowances"][1]["score"] > found["allowances"][1]
          ["score_before"], "it costs nothing")
    equal(found["allowances"][1]["risks"],
          ["own-signals", "other-signals"], "risks")
    equal(set(found["policies"]), set(PRESETS), "policies")


# What is exported can be used.


def returns(preset, additions):
    written = policy("export", preset, *additions, "--format=toml").out.decode()
    path = file(written, "exported.toml")
    if not additions:
        equal(text("diff", path, preset), "", "stdout")
    again = policy("export", path, "--format=toml").out.decode()
    equal(again.split("inherit", 1)[1], written.split("inherit", 1)[1],
          "the same again")


for name in ["strict", "worker", "decoder", "decoder+rw", "service"]:
    case(returns, name, [], name="toml_" + name)
    case(returns, name, ["--allow=@threads", "--allow=unsafe:kill"],
         name="toml_added_" + name)


@case
def toml_runs():
    written = policy("export", "strict", "--allow=@self", "--allow=@stdio",
                     "--format=toml").out.decode()
    run = jail([fixture("crime"), "raw", "102"],  # getuid
               options=["--policy=" + file(written, "runs.toml")])
    run.expect(0, "clean")


def under_profile(preset, options, command, stdin=b""):
    profile = policy("export", preset, *[o for o in options if o.startswith("--rw")],
                     "--format=oci").out
    path = scratch_file("profile.json", profile)
    return jail(command, options=options, stdin=stdin,
                under=[fixture("under_profile"), path])


# Set-up, lock and work, below the profile as a container would load it.
for label, preset, options, command in [
        ("decoder", "decoder", [], ["sha256sum", "/etc/passwd"]),
        ("library", "decoder", [], ["python3", "-c", "print(1)"]),
        ("canary", "decoder", ["--canary"], ["sort", "/etc/passwd"]),
        ("rw", "decoder", ["--rw=/tmp"], ["gzip", "-c", "/etc/passwd"]),
]:
    case(lambda p, o, c: under_profile(p, o, [program(c[0]), *c[1:]]).expect(
        0, "clean"), preset, options, command, name="oci_runs_" + label)


@case
def oci_runs_a_service():
    under_profile("service", ["--preset=service"],
                  [fixture("ends"), "exit", "0"]).expect(0, "clean")


@case
def oci_runs_with_a_timeout():
    run = under_profile("decoder", ["--timeout=200ms"],
                        [program("python3"), "-c", "while True: pass"])
    run.expect(124, "timeout")


@case
def oci_answers_refusals_as_the_policy():
    run = under_profile("decoder", [], [fixture("crime"), "raw", "83", "0",
                                        "0"])  # mkdir
    run.expect(0, "clean")
    contains(run.out, b"result -30", "EROFS")


@case
def systemd_has_a_service_section():
    out = text("export", "service", "--format=systemd")
    lines = out.splitlines()
    check("[Service]" in lines and "NoNewPrivileges=yes" in lines, out)
    names = {name for line in lines if line.startswith("SystemCallFilter=")
             for name in line.split("=")[1].split()}
    check({"accept4", "execve", "seccomp"} <= names, "calls are missing")
    check(not {"socket", "mount", "ptrace"} & names, "calls too many")
    check("PrivateNetwork=yes" in lines, "a network without a need of one")


@case
def systemd_leaves_a_network_to_those_that_use_it():
    lines = text("export", "service", "--allow=@network",
                 "--format=systemd").splitlines()
    check("RestrictAddressFamilies=AF_INET AF_INET6" in lines, "families")
    check("PrivateNetwork=yes" not in lines, "no network")


# Errors: one line, what it is about, and the exit code.


def wrong(words, code, why):
    run = policy(*words, code=code)
    lines = run.err.decode().splitlines()
    equal(len(lines), 1, "lines on stderr")
    check(lines[0].startswith("jailrun: "), lines[0])
    contains(lines[0], why, "stderr")
    equal(run.out, b"", "stdout")


for label, words, code, why in [
        ("no_command", [], 125, "use show, check, diff, explain or export"),
        ("command", ["frob"], 125, "policy frob: no such command"),
        ("option", ["show", "--frob"], 125, "--frob: no option of policy show"),
        ("arguments", ["diff", "strict"], 125, "too few arguments"),
        ("preset", ["show", "nope"], 125, "there is strict, worker, decoder"),
        ("path", ["show", "/nope.toml"], 125, "/nope.toml: No such file"),
        ("directory", ["show", "/"], 125, "Is a directory"),
        ("control", ["show", "a\x1bb"], 125, "a\\x1bb"),
        ("file", ["show", BROKEN], 125, BROKEN + ":2:10: "),
        ("file_diff", ["diff", "strict", BROKEN], 125, BROKEN + ":2:10: "),
        ("file_check", ["check", BROKEN], 1, BROKEN + ":2:10: "),
        ("allow", ["show", "--allow=mmap"], 125, "--allow=mmap: no option"),
        ("unsafe", ["show", "--allow=mount"], 125, "say unsafe:mount"),
        ("rw", ["show", "strict", "--rw=/tmp"], 125, "opens no files"),
        ("call", ["explain", "frob"], 125, "frob: no system call"),
        ("number", ["explain", "9999"], 125, "9999: no system call"),
        ("threshold", ["check", "strict", "--threshold=11"], 125, "0 to 10"),
        ("no_format", ["export", "strict"], 125, "say --format=oci"),
        ("format", ["export", "strict", "--format=elf"], 125, "use oci"),
        ("template", ["export", "template", "--format=toml"], 125,
         "no policy file can inherit from template"),
]:
    case(wrong, words, code, why, name="wrong_" + label)


@case
def help_is_printed():
    for words in (["--help"], ["show", "--help"]):
        contains(text(*words), "Usage: jailrun policy show", "stdout")


@case
def a_program_of_that_name_can_be_run():
    run = bare(["--", "policy"])
    equal(run.code, 127, "exit code")
    run = bare(["--pool=1M", "policy"])
    equal(run.code, 127, "exit code after an option")


main()
