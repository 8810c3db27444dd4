# Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
"""Good files of five formats by their own encoders, and bad ones made of them.

bad_file(format, seed, number) is always the same bytes with the same encoders.
"""

import array
import io
import math
import random
import struct
import wave
import zlib

from harness import check, execute, program, scratch_file

WIDTH, HEIGHT = 72, 48


def _encode(name, *arguments, stdin=b""):
    run = execute([program(name), *arguments], stdin=stdin)
    check(run.code == 0 and run.out, f"{name} makes no file: {run.err!r}")
    return run.out


def _picture(mask=0xff, largest=255):
    """Gradients, an edge and some noise, as PPM."""
    values = []
    for y in range(HEIGHT):
        for x in range(WIDTH):
            noise = (x * 7919 + y * 104729) % 17
            inside = (x - WIDTH // 2) ** 2 + (y - HEIGHT // 2) ** 2 < 300
            values += (x * 255 // WIDTH & mask, y * 255 // HEIGHT & mask,
                       (240 - noise if inside else 3 * noise) & mask)
    if largest > 255:
        pixels = struct.pack(f">{len(values)}H", *(v * 257 for v in values))
    else:
        pixels = bytes(values)
    return b"P6\n%d %d\n%d\n" % (WIDTH, HEIGHT, largest) + pixels


def _opacity():
    return b"P5\n%d %d\n255\n" % (WIDTH, HEIGHT) + bytes(
        min(255, x * 4 + y) for y in range(HEIGHT) for x in range(WIDTH))


def _sound(channels, rate):
    samples = array.array("h", (
        int(12000 * math.sin(n * 0.05) + 3000 * math.sin(n * n * 1e-4))
        for n in range(channels * rate // 2)))
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(samples.tobytes())
    return buffer.getvalue()


def _text():
    return b"".join(b"line %d of a text, %x\n" % (n, n * n * 2654435761)
                    for n in range(900))


def _jpegs():
    return [_encode("cjpeg", *options, stdin=_picture())
            for options in (["-quality", "70"], ["-progressive"],
                            ["-grayscale", "-optimize"], ["-arithmetic"],
                            ["-sample", "1x1", "-restart", "1"])]


def _translucent_png():
    return _encode("pnmtopng", "-alpha=" + scratch_file("alpha", _opacity()),
                   stdin=_picture())


def _webps():
    source = scratch_file("source.png", _translucent_png())
    opaque = scratch_file("source.ppm", _picture())
    return [_encode("cwebp", "-quiet", *options, path, "-o", "-")
            for options, path in ((["-q", "60"], opaque),
                                  (["-q", "30"], source),
                                  (["-lossless"], opaque),
                                  (["-lossless"], source),
                                  (["-q", "90", "-partition_limit", "50"],
                                   source))]


def _pngs():
    return [_encode("pnmtopng", *options, stdin=source)
            for options, source in (([], _picture()),
                                    (["-interlace"], _picture()),
                                    ([], _picture(mask=0xc0)),
                                    ([], _picture(largest=65535)),
                                    (["-gamma=0.45"], _opacity()))
            ] + [_translucent_png()]


def _xzs():
    return [_encode("xz", "-c", *options, stdin=_text())
            for options in ([], ["-0", "--check=none"],
                            ["--check=sha256", "--block-size=4096"],
                            ["--delta=dist=3", "--lzma2=preset=0"],
                            ["--x86", "--lzma2=preset=1"],
                            ["--format=lzma", "-0"])]


def _oggs():
    return [_encode("oggenc", "-Q", "-s", "7", "-q", quality, "-o", "-", "-",
                    stdin=_sound(channels, rate))
            for quality, channels, rate in (("1", 1, 8000), ("3", 2, 11025),
                                            ("0", 2, 8000))]


def _png_sums(file):
    at = 8
    while at + 12 <= len(file):
        length, = struct.unpack_from(">I", file, at)
        end = at + 8 + length
        if end + 4 > len(file):
            break
        struct.pack_into(">I", file, end, zlib.crc32(file[at + 4:end]))
        at = end + 4


def _xz_sums(file):
    """Of the stream's header and the first block's."""
    if len(file) < 24 or file[:5] != b"\xfd7zXZ":
        return
    struct.pack_into("<I", file, 8, zlib.crc32(file[6:8]))
    end = 12 + file[12] * 4
    if end + 4 <= len(file):
        struct.pack_into("<I", file, end, zlib.crc32(file[12:end]))


def _ogg_table():
    table = []
    for byte in range(256):
        value = byte << 24
        for _ in range(8):
            value = (value << 1 ^ (0x04c11db7 if value >> 31 else 0)) & (
                2 ** 32 - 1)
        table.append(value)
    return table


_OGG = _ogg_table()


def _ogg_sums(file):
    at = 0
    while file[at:at + 4] == b"OggS" and at + 27 <= len(file):
        segments = file[at + 26]
        end = at + 27 + segments + sum(file[at + 27:at + 27 + segments])
        if end > len(file):
            break
        file[at + 22:at + 26] = bytes(4)
        total = 0
        for byte in file[at:end]:
            total = (total << 8 & 0xffffffff) ^ _OGG[total >> 24 ^ byte]
        struct.pack_into("<I", file, at + 22, total)
        at = end


def _no_sums(_file):
    pass


# The maker of good files, and what makes the sums right again.
FORMATS = {
    "jpeg": (_jpegs, _no_sums),
    "webp": (_webps, _no_sums),
    "png": (_pngs, _png_sums),
    "xz": (_xzs, _xz_sums),
    "ogg": (_oggs, _ogg_sums),
}

_good = {}


def good_files(name):
    if name not in _good:
        _good[name] = FORMATS[name][0]()
    return _good[name]


def _flip(file, chance):
    """One to 64 bits; of half of the files, near the beginning."""
    within = min(len(file), 64 if chance.random() < 0.5 else len(file))
    for _ in range(chance.choice((1, 1, 1, 2, 4, 16, 64))):
        file[chance.randrange(within)] ^= 1 << chance.randrange(8)


def bad_file(name, seed, number):
    """One in five is cut off, one in five cut off and flipped, the others are
    flipped; sums are right again in three of four."""
    chance = random.Random(f"{seed} {name} {number}")
    file = bytearray(chance.choice(good_files(name)))
    how = chance.randrange(5)
    if how < 2:
        del file[chance.randrange(1, len(file)):]
    if how != 0:
        _flip(file, chance)
    if chance.random() < 0.75:
        FORMATS[name][1](file)
    return bytes(file)
