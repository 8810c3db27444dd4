#!/usr/bin/python3 -B
# Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
"""What the posture says of speculation is what the kernel says of the program.
What a machine cannot be is in degraded_test.py."""

from harness import (case, check, contains, equal, execute, jail, jailrun_path,
                     main, program)

LOOK = [program("grep"), "^Speculation", "/proc/self/status"]
# The words of /proc for what is off, or needs not be.
OFF = {"Speculation_Store_Bypass": ("mitigated", "not vulnerable"),
       "SpeculationIndirectBranch": ("disabled", "not affected")}


def lines(run):
    run.expect(0)
    return dict(line.split(":\t") for line in run.out.decode().splitlines())


def jailed(*options):
    run = jail(LOOK, options=options)
    layer = run.report["posture"]["speculation"]
    return lines(run), layer["state"], layer["detail"]


PLAIN = lines(execute(LOOK))


@case
def restricted_by_default():
    seen, state, detail = jailed()
    equal(jailed("--speculation=restrict"), (seen, state, detail), "restrict")
    off = {name: any(word in seen[name] for word in words)
           for name, words in OFF.items()}
    equal(state, "enforced" if all(off.values()) else "unsupported", "state")
    parts = dict(zip(OFF, detail.split("; ")))
    for name, part in parts.items():
        equal(": on, since " in part, not off[name], part)
        check(off[name] or seen[name] == PLAIN[name],
              f"{name}: {seen[name]}, without a jail {PLAIN[name]}")


@case
def allowed_on_request():
    seen, state, detail = jailed("--speculation=allow")
    equal(seen, PLAIN, "what /proc says")
    equal(state, "off", "state")
    contains(detail, "--speculation=restrict", "detail")


@case
def off_without_a_jail():
    seen, state, _ = jailed("--unjailed")
    equal((seen, state), (PLAIN, "off"), "unjailed")


@case
def other_words_are_refused():
    for word in ("off", "on", "Restrict", "restrict,allow", "0"):
        run = execute([jailrun_path(), "--speculation=" + word, "--", *LOOK])
        equal((run.code, run.out), (125, b""), word)
        contains(run.err, f"--speculation={word}: use restrict or allow"
                 .encode(), "stderr")


main()
