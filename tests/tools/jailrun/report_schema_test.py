#!/usr/bin/python3 -B
# Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
"""docs/report.schema.json says exactly what reports are: those of every kind of
run have what it asks for and nothing else."""

import copy
import json

from harness import bare, case, check, contains, equal, main, runfile
from stored_reports import RUNS, profile, run_of

try:
    import jsonschema
except ImportError:
    jsonschema = None


def schema():
    check(jsonschema, "apt-get install python3-jsonschema")
    with open(runfile("docs/report.schema.json"), encoding="utf-8") as file:
        found = json.load(file)
    jsonschema.Draft202012Validator.check_schema(found)
    return jsonschema.Draft202012Validator(found)


def errors(report):
    """All of them, each with its place."""
    return ["/".join(map(str, error.absolute_path)) + ": " + error.message[:300]
            for error in schema().iter_errors(report)]


def expect_valid(report):
    equal(errors(report), [], "against the schema")


def a_run_is_as_the_schema_says(name):
    report = run_of(name).report
    expect_valid(report)
    seen = "clean" if name.startswith("dry_run") else report["verdict"]["class"]
    check(name.startswith(seen) or name.startswith("dry_run"),
          f"{name} is {seen}")


for run_name in RUNS:
    case(a_run_is_as_the_schema_says, run_name, name=f"valid_{run_name}")


@case
def wrong_options_are_reported_too():
    for wrong in (["--html=/no/such/page"], ["--timeout=0"], ["--pool=0"],
                  ["--ro="], ["--timeout=1", "--timeout=2"], ["--threads=-1"],
                  ["--preset=x"], ["--no-such-option"], ["--report=no"],
                  ["--config=/no/such/file"], ["--zero=maybe"]):
        for words in (["--json-fd=1", *wrong], [*wrong, "--json-fd=1"]):
            run = bare([*words, "true"]).expect(125)
            report = json.loads(run.out)
            expect_valid(report)
            contains(run.err.decode(), report["verdict"]["reason"], "stderr")
    run = bare(["--json-fd=1", "--exit-map=engine", "--pool"]).expect(78)
    expect_valid(json.loads(run.out))


@case
def a_variable_says_where_wrong_options_are_reported():
    env = {"PATH": "/usr/bin:/bin", "JAILRUN_JSON_FD": "1"}
    for variables, words in (({}, ["--ro="]), ({"JAILRUN_A": "1"}, []),
                             ({"JAILRUN_ZERO": "x"}, [])):
        run = bare([*words, "true"], env={**variables, **env}).expect(125)
        expect_valid(json.loads(run.out))


@case
def every_verdict_is_tried():
    tried = set()
    for name in RUNS:
        tried.add(run_of(name).verdict["class"])
    listed = schema().schema["properties"]["verdict"]["properties"]["class"]
    equal(tried, set(listed["enum"]), "verdicts")


@case
def a_profile_is_as_the_schema_says():
    report = run_of("clean").report
    report["profile"] = profile()
    expect_valid(report)
    report["profile"]["calls"]["after_lock"] = None
    report["profile"]["calls"]["missing"] = "nobody counted"
    expect_valid(report)


def changed(report, path, change):
    report = copy.deepcopy(report)
    place = report
    for key in path[:-1]:
        place = place[key]
    change(place, path[-1])
    return report


def objects(value, path=()):
    """The paths of all objects."""
    if isinstance(value, dict):
        yield path
        for key, item in value.items():
            yield from objects(item, path + (key,))
    if isinstance(value, list):
        for index, item in enumerate(value):
            yield from objects(item, path + (index,))


@case
def nothing_may_be_added_or_left_out():
    report = run_of("exhausted").report
    report["profile"] = profile()
    del report["profile"]["samples"][2:]
    for strip in report["profile"]["strips"]:
        del strip["used_permille"][2:]
    report["violation"] = run_of("violation").report["violation"]
    expect_valid(report)
    valid = schema().is_valid
    for path in objects(report):
        grown = changed(report, path + ("novelty",),
                        lambda place, key: place.update({key: 1}))
        check(not valid(grown), f"{path} may have any member")
        place = report
        for key in path:
            place = place[key]
        for key in place:
            cut = changed(report, path + (key,),
                          lambda place, key: place.pop(key))
            check(not valid(cut), f"{path} needs no {key}")


main()
