#!/usr/bin/python3 -B
# Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
"""Debian's unmodified programs behave the same with and without jailrun:
standard output, standard error, files written and exit code, byte for byte, on
whole and on truncated input, in two locales."""

import array
import io
import math
import os
import re
import sqlite3
import wave

from harness import (case, check, contains, equal, execute, jail, main,
                     program, scratch, scratch_file)

LOCALES = ("C.UTF-8", "C")


def environment(locale):
    return {"PATH": "/usr/bin:/bin", "LANG": locale}


def make(name, *arguments, stdin=b""):
    """What one of Debian's own tools makes."""
    run = execute([program(name), *arguments], stdin=stdin,
                  env=environment("C"))
    check(run.code == 0, f"{name} makes no input: {run.err!r}")
    return run.out


# Inputs. Made once each, when first asked for.
WIDTH, HEIGHT = 200, 150
_made = {}


def made(name, maker):
    if name not in _made:
        _made[name] = scratch_file(name, maker())
    return _made[name]


def picture():
    """A picture with gradients, edges and some noise, as PPM."""
    pixels = bytearray()
    for y in range(HEIGHT):
        for x in range(WIDTH):
            noise = (x * 7919 + y * 104729) % 17
            inside = (x - 100) ** 2 + (y - 75) ** 2 < 2500
            pixels += bytes((x * 255 // WIDTH, y * 255 // HEIGHT,
                             240 - noise if inside else 3 * noise))
    return b"P6\n%d %d\n255\n" % (WIDTH, HEIGHT) + bytes(pixels)


def poster():
    """The same in 64 colours at most."""
    header, pixels = picture().split(b"255\n", 1)
    return header + b"255\n" + bytes(value & 0xc0 for value in pixels)


def text():
    return b"".join(b"line %d of a text, %x\n" % (n, n * n * 2654435761)
                    for n in range(20000))


def sound():
    """Two seconds of stereo, 22050 Hz."""
    samples = array.array("h")
    for n in range(2 * 22050):
        samples.append(int(12000 * math.sin(n * 0.05)))
        samples.append(int(9000 * math.sin(n * 0.031 + n * n * 1e-6)))
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setnchannels(2)
        file.setsampwidth(2)
        file.setframerate(22050)
        file.writeframes(samples.tobytes())
    return buffer.getvalue()


def opj(name):
    ppm = made("picture.ppm", picture)
    path = os.path.join(scratch(), name)
    make("opj_compress", "-i", ppm, "-o", path)
    return open(path, "rb").read()


def zipped():
    path = os.path.join(scratch(), "made.zip")
    make("zip", "-q", "-j", path, made("text.txt", text),
         made("picture.ppm", picture))
    return open(path, "rb").read()


def database():
    path = os.path.join(scratch(), "made.db")
    with sqlite3.connect(path) as connection:
        connection.execute("create table t (id integer primary key, name text,"
                           " weight real)")
        connection.execute("create index by_name on t (name)")
        connection.executemany(
            "insert into t values (?, ?, ?)",
            ((n, f"name {n * 7919 % 5003}", n / 7) for n in range(5000)))
    connection.close()
    content = open(path, "rb").read()
    os.remove(path)
    return content


def json_text():
    rows = ",".join(f'{{"id":{n},"name":"näme {n * 31 % 997}","ok":'
                    f'{"true" if n % 3 else "false"}}}' for n in range(3000))
    return f"[{rows}]".encode()


INPUTS = {
    "text.txt": text,
    "text.gz": lambda: make("gzip", "-9c", stdin=text()),
    "text.bz2": lambda: make("bzip2", "-c", stdin=text()),
    "text.xz": lambda: make("xz", "-c", stdin=text()),
    "text.br": lambda: make("brotli", "-c", stdin=text()),
    "text.lz4": lambda: make("lz4", "-c", stdin=text()),
    "archive.zip": zipped,
    "picture.ppm": picture,
    "picture.jpg": lambda: make("cjpeg", made("picture.ppm", picture)),
    "progressive.jpg": lambda: make("cjpeg", "-progressive",
                                    made("picture.ppm", picture)),
    "picture.webp": lambda: make("cwebp", "-quiet", "-o", "-", "--",
                                 made("picture.ppm", picture)),
    "lossless.webp": lambda: make("cwebp", "-quiet", "-lossless", "-o", "-",
                                  "--", made("picture.ppm", picture)),
    "picture.png": lambda: make("pnmtopng", made("picture.ppm", picture)),
    "picture.gif": lambda: make("ppmtogif", made("poster.ppm", poster)),
    "picture.tiff": lambda: make("pnmtotiff", "-lzw",
                                 made("picture.ppm", picture)),
    "picture.jp2": lambda: opj("made.jp2"),
    "picture.j2k": lambda: opj("made.j2k"),
    "sound.wav": sound,
    "sound.flac": lambda: make("flac", "-s", "-c", made("sound.wav", sound)),
    "sound.ogg": lambda: make("oggenc", "-Q", "-o", "-",
                              made("sound.wav", sound)),
    "rows.db": database,
    "rows.json": json_text,
    "numbers.txt": lambda: b"".join(
        b"%d \xc3\xa4\n" % (n * 7919 % 5003) for n in range(5003)),
}


def given(name):
    return made(name, INPUTS[name])


def truncated(name):
    """The first 60 % of an input, under the same suffix."""
    content = open(given(name), "rb").read()
    return made("short." + name, lambda: content[:len(content) * 6 // 10])


def same(command, locale, stdin_path=None, options=()):
    """Runs both ways and compares; returns the jailed run."""
    env = environment(locale)

    def stdin():
        return open(stdin_path, "rb") if stdin_path else b""

    plain = execute(command, env=env, stdin=stdin())
    jailed = jail(command, env=env, stdin=stdin(), options=options)
    report = jailed.report
    equal(report["posture"]["locked"], True, "posture.locked")
    equal(report["violation"], None, "violation")
    equal(jailed.code, plain.code, f"exit code (stderr {jailed.err[-400:]!r})")
    equal(jailed.out, plain.out, "stdout")
    equal(jailed.err, plain.err, "stderr")
    equal(report["verdict"]["class"],
          "clean" if plain.code == 0 else "program_error", "verdict.class")
    return jailed


def whole(locale, command):
    run = same(command(given), locale)
    equal(run.code, 0, f"exit code (stderr {run.err[-400:]!r})")
    check(run.out, "no output")


def cut_short(locale, command):
    same(command(truncated), locale)


# Decoders: NAME: a function that makes the command of a function that gives a
# file.
DECODERS = {
    "gzip": lambda f: [program("gzip"), "-dc", f("text.gz")],
    "bzip2": lambda f: [program("bzip2"), "-dc", f("text.bz2")],
    "xz": lambda f: [program("xz"), "-dc", f("text.xz")],
    "brotli": lambda f: [program("brotli"), "-dc", f("text.br")],
    "lz4": lambda f: [program("lz4"), "-dc", f("text.lz4")],
    "unzip": lambda f: [program("unzip"), "-p", f("archive.zip")],
    "djpeg": lambda f: [program("djpeg"), f("picture.jpg")],
    "djpeg_progressive": lambda f: [program("djpeg"), f("progressive.jpg")],
    "dwebp": lambda f: [program("dwebp"), f("picture.webp"), "-ppm", "-o", "-"],
    "dwebp_lossless": lambda f: [program("dwebp"), f("lossless.webp"), "-o",
                                 "-"],
    "pngtopam": lambda f: [program("pngtopam"), f("picture.png")],
    "giftopnm": lambda f: [program("giftopnm"), f("picture.gif")],
    "tifftopnm": lambda f: [program("tifftopnm"), f("picture.tiff")],
    "flac": lambda f: [program("flac"), "-s", "-dc", f("sound.flac")],
    "flac_test": lambda f: [program("flac"), "-dc", f("sound.flac")],
    "oggdec": lambda f: [program("oggdec"), "-Q", "-o", "-", f("sound.ogg")],
    "jq": lambda f: [program("jq"), "map(select(.ok)) | length, .[7].name",
                     f("rows.json")],
    "sqlite3": lambda f: [program("sqlite3"), "-readonly", f("rows.db"),
                          "select count(*), sum(weight) from t;"
                          "select name from t order by name limit 5;"],
    "sha256sum": lambda f: [program("sha256sum"), f("picture.png")],
    "grep": lambda f: [program("grep"), "-n", "-i", "LINE .*7 of",
                       f("text.txt")],
    "sort": lambda f: [program("sort"), f("numbers.txt")],
    "sort_numeric_unique": lambda f: [program("sort"), "-n", "-u",
                                      f("numbers.txt")],
}

for locale in LOCALES:
    for name, command in DECODERS.items():
        case(whole, locale, command, name=f"{name}_whole_{locale}")
        case(cut_short, locale, command, name=f"{name}_truncated_{locale}")


# From standard input instead of a file.
FILTERS = {
    "gzip": (["gzip", "-dc"], "text.gz"),
    "bzip2": (["bzip2", "-dc"], "text.bz2"),
    "xz": (["xz", "-dc"], "text.xz"),
    "brotli": (["brotli", "-dc"], "text.br"),
    "lz4": (["lz4", "-dc"], "text.lz4"),
    "djpeg": (["djpeg"], "picture.jpg"),
    "dwebp": (["dwebp", "-o", "-", "--", "-"], "picture.webp"),
    "pngtopam": (["pngtopam"], "picture.png"),
    "giftopnm": (["giftopnm"], "picture.gif"),
    "tifftopnm": (["tifftopnm"], "picture.tiff"),
    "flac": (["flac", "-s", "-dc", "-"], "sound.flac"),
    "oggdec": (["oggdec", "-Q", "-o", "-", "-"], "sound.ogg"),
    "jq": (["jq", "-c", ".[] | .id"], "rows.json"),
    "sha256sum": (["sha256sum"], "text.txt"),
    "sort": (["sort", "-r"], "numbers.txt"),
    "grep": (["grep", "-c", "7"], "text.txt"),
    "cjpeg": (["cjpeg"], "picture.ppm"),
}


def from_stdin(words, name):
    command = [program(words[0]), *words[1:]]
    run = same(command, "C.UTF-8", stdin_path=given(name))
    check(run.out, "no output")
    same(command, "C.UTF-8", stdin_path=truncated(name))
    # Of a pipe tifftopnm makes a temporary file, which needs --rw.
    if words[0] != "tifftopnm":
        same(command, "C.UTF-8")


for filter_name, (words, name) in FILTERS.items():
    case(from_stdin, words, name, name=f"{filter_name}_from_stdin")


# Languages.
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
    # A failing program that was kept from loading something gets a hint.
    run = same([program(words[0]), *words[1:]], locale,
               options=["--report=never"])
    equal(run.code, code, f"exit code (stderr {run.err[-300:]!r})")


for locale in LOCALES:
    for name, (words, code) in LANGUAGES.items():
        case(language, locale, words, code, name=f"{name}_{locale}")


# opj_decompress says how long it took.
DECODE_TIME = re.compile(rb"decode time: \d+ ms\n")


# Programs that write a file need --rw; what they write is compared too.
def written(locale, source, out_name, words):
    results = []
    for way in ("plain", "jailed"):
        folder = os.path.join(scratch(), f"out.{out_name}.{locale}.{way}")
        os.makedirs(folder)
        out = os.path.join(folder, out_name)
        command = [program(words[0]), *words[1:]]
        command = [{"IN": source, "OUT": out}.get(word, word)
                   for word in command]
        env = environment(locale)
        if way == "plain":
            run = execute(command, env=env)
        else:
            run = jail(command, env=env, options=["--rw=" + folder])
            equal(run.report["posture"]["locked"], True, "posture.locked")
            landlock = run.report["posture"]["landlock_write"]
            equal(landlock["state"], "enforced", "posture.landlock_write")
        content = open(out, "rb").read() if os.path.exists(out) else None
        out, err = (DECODE_TIME.sub(b"", text.replace(folder.encode(), b"DIR"))
                    for text in (run.out, run.err))
        results.append((run.code, content, out, err))
    for what, plain, jailed in zip(("exit code", "file", "stdout", "stderr"),
                                   *results):
        equal(jailed, plain, what)
    return results[1]


def opj_decompress(locale, name):
    words = ["opj_decompress", "-i", "IN", "-o", "OUT"]
    code, content, _, _ = written(locale, given(name), name + ".ppm", words)
    equal(code, 0, "exit code")
    check(content and content.startswith(b"P6"), "no picture was written")
    written(locale, truncated(name), "short." + name + ".ppm", words)


for locale in LOCALES:
    for name in ("picture.jp2", "picture.j2k"):
        case(opj_decompress, locale, name,
             name=f"opj_decompress_{name}_{locale}")
    for out_name, words in {
            "dwebp.ppm": ["dwebp", "IN", "-ppm", "-o", "OUT"],
            "djpeg.ppm": ["djpeg", "-outfile", "OUT", "IN"],
    }.items():
        case(lambda locale=locale, out_name=out_name, words=words: check(
            written(locale, given("picture.webp" if words[0] == "dwebp" else
                                  "picture.jpg"), out_name, words)[1],
            "no file was written"), name=f"{words[0]}_to_file_{locale}")


@case
def opj_decompress_without_rw():
    out = os.path.join(scratch(), "refused.ppm")
    run = jail([program("opj_decompress"), "-i", given("picture.jp2"), "-o",
                out])
    check(run.code != 0, "exit code 0 and no file")
    check(not os.path.exists(out), "a file was written without --rw")
    contains([call["errno"] for call in run.report["calls"]["refused"]],
             "EROFS", "calls.refused")


@case
def sqlite3_writes_a_database():
    folder = os.path.join(scratch(), "databases")
    os.makedirs(folder)
    path = os.path.join(folder, "new.db")
    env = environment("C.UTF-8")
    run = jail([program("sqlite3"), path, "create table t (a); insert into t "
                "values (1), (2); select sum(a) from t;"], env=env,
               options=["--rw=" + folder]).expect(0, "clean")
    equal(run.out, b"3\n", "stdout")
    plain = execute([program("sqlite3"), path, "select count(*) from t;"])
    equal(plain.expect(0).out, b"2\n", "what sqlite3 finds unjailed")


@case
def sort_of_more_than_one_file_at_once():
    lines = given("numbers.txt")
    same([program("sort"), "-m", lines, lines, lines], "C.UTF-8")


main()
