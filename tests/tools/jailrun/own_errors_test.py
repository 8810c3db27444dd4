#!/usr/bin/python3 -B
# Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
"""Programs that fail by themselves fail in the same way under jailrun: exit
code, standard output and standard error, byte for byte, in two locales. What
works, and what is cut short, is in tests/compat."""

import os

from harness import (case, check, contains, equal, execute, jail, main,
                     program, scratch, scratch_file)

LOCALES = ("C.UTF-8", "C")


def same(command, locale):
    """Runs both ways and compares; returns the jailed run."""
    env = {"PATH": "/usr/bin:/bin", "LANG": locale}
    plain = execute(command, env=env)
    # A failing program that was kept from loading something gets a hint.
    jailed = jail(command, env=env, options=["--report=never"])
    report = jailed.report
    equal(report["posture"]["locked"], True, "posture.locked")
    equal(report["violation"], None, "violation")
    equal(jailed.code, plain.code, f"exit code (stderr {jailed.err[-400:]!r})")
    equal(jailed.out, plain.out, "stdout")
    equal(jailed.err, plain.err, "stderr")
    equal(report["verdict"]["class"],
          "clean" if plain.code == 0 else "program_error", "verdict.class")
    return jailed


PYTHON = """
import hashlib, json, re, sys, zlib
print(sys.argv[1:], json.dumps({'ä': [1, 2.5, None]}, sort_keys=True))
print(zlib.crc32(zlib.compress(b'x' * 100000)))
print(hashlib.sha256(b'y').hexdigest())
print(re.findall('a+', 'caaandaab'), sum(i * i for i in range(100000)))
print('näme'.encode(), file=sys.stderr)
sys.exit(3)
"""
PERL = r"""
my %h = map { $_ => $_ ** 2 } 1 .. 5000;
print join(',', (sort { $a <=> $b } keys %h)[0 .. 9]), "\n", scalar(%h), "\n";
print STDERR "to stderr\n"; exit 5;
"""
LUA = """
local t = {}
for i = 1, 20000 do t[#t + 1] = string.format('%05d', i * 7919 % 20011) end
table.sort(t)
print(#t, t[1], t[#t], table.concat(t):sub(1, 60))
io.stderr:write('to stderr\\n')
os.exit(4)
"""
SQL = ("create table t (a, b); insert into t values (1, 'x'), (2, 'y');"
       "with recursive c(n) as (values(1) union all select n + 1 from c where "
       "n < 5000) insert into t select n, hex(n) from c;"
       "select count(*), sum(a), max(b) from t; select nothing from nowhere;")

LANGUAGES = {
    "python3": (["python3", "-c", PYTHON, "arg", "ä"], 3),
    "python3_isolated": (["python3", "-I", "-S", "-c", "print(6 * 7)"], 0),
    "python3_error": (["python3", "-c", "import no_such_module"], 1),
    "python3_memory_error": (
        ["python3", "-c", "try: bytes(1 << 60)\n"
                          "except MemoryError: print('no memory')"], 0),
    "perl": (["perl", "-e", PERL], 5),
    "perl_error": (["perl", "-e", "die qq(dead\\n)"], 255),
    "lua": (["lua5.4", "-e", LUA], 4),
    "lua_error": (["lua5.4", "-e", "error('x')"], 1),
    "sqlite3_memory": (["sqlite3", ":memory:", SQL], 1),
    "jq_null": (["jq", "-n", "[range(1000)] | add"], 0),
    "jq_error": (["jq", "-n", "error(\"x\")"], 5),
    "grep_nothing": (["grep", "x", "/dev/null"], 1),
    "grep_missing": (["grep", "x", "/no/such/file"], 2),
    "sha256sum_missing": (["sha256sum", "/no/such/file"], 1),
}


def language(locale, words, code):
    run = same([program(words[0]), *words[1:]], locale)
    equal(run.code, code, f"exit code (stderr {run.err[-300:]!r})")


for locale in LOCALES:
    for name, (words, code) in LANGUAGES.items():
        case(language, locale, words, code, name=f"{name}_{locale}")


@case
def opj_decompress_without_rw():
    pixels = scratch_file("picture.ppm", b"P6\n64 64\n255\n" + bytes(3 * 64 * 64))
    picture = os.path.join(scratch(), "picture.jp2")
    execute([program("opj_compress"), "-i", pixels, "-o", picture]).expect(0)
    out = os.path.join(scratch(), "refused.ppm")
    run = jail([program("opj_decompress"), "-i", picture, "-o", out])
    check(run.code != 0, "exit code 0 and no file")
    check(not os.path.exists(out), "a file was written without --rw")
    contains([call["errno"] for call in run.report["calls"]["refused"]],
             "EROFS", "calls.refused")


@case
def sqlite3_writes_a_database():
    folder = os.path.join(scratch(), "databases")
    os.makedirs(folder)
    path = os.path.join(folder, "new.db")
    env = {"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8"}
    run = jail([program("sqlite3"), path, "create table t (a); insert into t "
                "values (1), (2); select sum(a) from t;"], env=env,
               options=["--rw=" + folder]).expect(0, "clean")
    equal(run.out, b"3\n", "stdout")
    plain = execute([program("sqlite3"), path, "select count(*) from t;"])
    equal(plain.expect(0).out, b"2\n", "what sqlite3 finds unjailed")


main()
