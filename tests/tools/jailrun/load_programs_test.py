#!/usr/bin/python3 -B
# Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
"""Real programs that load modules late. Each says so without the option, and with
it does what it does alone."""

import os

from harness import (case, check, contains, equal, execute, jail, main, program,
                     scratch_file)

ENVIRONMENT = dict(os.environ, LC_ALL="C.UTF-8", HOME="/nonexistent",
                   MAGICK_CONFIGURE_PATH="/nonexistent")
PRESETS = ["@python", "@perl", "@ruby", "@imagemagick", "@gdk-pixbuf",
           "@graphviz", "@gconv"]
PICTURE = scratch_file("picture.ppm", b"P6 32 32 255\n" +
                       bytes(i * 7 % 256 for i in range(32 * 32 * 3)))
GRAPH = scratch_file("graph.dot", b"digraph { a -> b; b -> c; c -> a }\n")
JAPANESE = scratch_file("japanese", "日本語\n".encode("euc-jp"))

PERL = ("use POSIX; use List::Util 'sum'; use Encode; use Storable 'freeze';"
        "use Digest::SHA 'sha1_hex'; use Data::Dumper; use Time::HiRes;"
        "print floor(3.7), sum(1, 2), sha1_hex('a'), length(freeze([1])),"
        "Dumper([1]), encode('euc-jp', chr(0x3042))")
PYTHON = ("import _ssl, sqlite3, ctypes, decimal, ssl, json, bz2, lzma, zlib;"
          "print(decimal.Decimal('1.1') * 3, ctypes.sizeof(ctypes.c_long),"
          "sqlite3.connect(':memory:').execute('select 6 * 7').fetchone())")
RUBY = ("require 'json'; require 'zlib'; require 'digest'; require 'stringio';"
        "puts JSON.generate([Zlib.crc32('a'), Digest::SHA256.hexdigest('x'),"
        "StringIO.new('s').read, 'é'.encode('EUC-JP').bytes])")
PROGRAMS = {
    "perl": ("@perl", ["perl", "-e", PERL], []),
    "python": ("@python", ["python3", "-I", "-c", PYTHON], []),
    "ruby": ("@ruby", ["ruby", "--disable=gems", "-e", RUBY],
             ["--allow=@timers"]),
    "identify": ("@imagemagick", ["identify-im6.q16", "-format", "%m %w %h %k", PICTURE],
                 []),
    "convert": ("@imagemagick",
                ["convert-im6.q16", PICTURE, "-resize", "50%", "txt:-"], []),
    "gdk_pixbuf": ("@gdk-pixbuf", ["gdk-pixbuf-csource", PICTURE], []),
    "dot": ("@graphviz", ["dot", "-Tsvg", GRAPH], []),
    "iconv": ("@gconv", ["iconv", "-f", "EUC-JP", "-t", "UTF-8", JAPANESE], []),
}


def real(preset, command, options):
    command = [program(command[0]), *command[1:]]
    plain = execute(command, env=ENVIRONMENT).expect(0)
    late = jail(command, options=options, env=ENVIRONMENT)
    check(late.code != 0, "it does without")
    named = late.report["late_loads"]
    check(named, "nothing is named")
    for load_ in named:
        equal(load_["option"], "--load=" + preset, load_["path"])
    contains(late.err.decode(), f"; add --load={preset}\n", "stderr")
    run = jail(command, options=[*options, "--load=" + preset],
               env=ENVIRONMENT).expect(0, "clean")
    equal(run.out, plain.out, "stdout")
    check(run.report["loads"]["loaded"] > 0, "nothing was loaded")


for name, (preset, command, options) in PROGRAMS.items():
    case(real, preset, command, options, name="real_" + name)


def every_preset_is_harmless(preset):
    """To a program that has nothing to do with it."""
    run = jail(["/usr/bin/true"], options=["--load=" + preset])
    run.expect(0, "clean")
    loads = run.report["loads"]
    check(loads["loaded"] + loads["passed_over"] > 0, f"{loads}")


for preset in PRESETS:
    case(every_preset_is_harmless, preset, name="harmless_" + preset)


main()
