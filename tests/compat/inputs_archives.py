# Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
"""Archives and compressed files."""

import os
import struct
import zlib

from made import content, folder, makes, makes_by, run, tree

# What prints: the suffix, and the words.
for _suffix, *_words in (
        ("gz", "gzip", "-9nc"), ("bz2", "bzip2", "-c"), ("xz", "xz", "-1c"),
        ("lzma", "xz", "--format=lzma", "-1c"), ("zst", "zstd", "-q", "-c"),
        ("lz4", "lz4", "-q", "-c"), ("br", "brotli", "-q", "5", "-c"),
        ("lz", "lzip", "-1c"), ("lzo", "lzop", "-c"),
        ("Z", "compress", "-c")):
    makes_by("text.txt." + _suffix, *_words, stdin="text.txt")


@makes("blocks.xz")
def blocks():
    """Of several blocks, which threads take apart."""
    return run("xz", "-1", "--block-size=100KiB", "-c", stdin=content("text.txt"))


@makes("members.gz")
def members():
    """Of several members, as concatenated files have."""
    return b"".join(run("gzip", "-nc", stdin=content(name))
                    for name in ("small.txt", "german.txt", "rows.csv"))


_FILES = ("small.txt", "german.txt", "rows.csv", "rows.json")


def _packed(*words, suffix):
    """Of a directory with some files: {} is the archive to be made."""
    top = tree(*_FILES)
    path = os.path.join(folder(), "packed." + suffix)
    if os.path.exists(path):
        os.remove(path)
    run(*(path if word == "{}" else word for word in words), cwd=top)
    with open(path, "rb") as file:
        packed = file.read()
    os.remove(path)
    return packed


_TAR = ("tar", "--sort=name", "--owner=0", "--group=0", "--mtime=@0")


@makes("files.tar")
def tar():
    return _packed(*_TAR, "-cf", "{}", "files", suffix="tar")


@makes("files.tar.gz")
def tar_gz():
    return run("gzip", "-nc", stdin=content("files.tar"))


@makes("files.zip")
def zipped():
    return _packed("zip", "-qrX", "{}", "files", suffix="zip")


@makes("files.7z")
def seven():
    return _packed("7zr", "a", "-mx=1", "-mtm=off", "-mmt=off", "{}", "files",
                   suffix="7z")


@makes("files.cpio")
def cpio():
    return _packed("bsdtar", "--format=newc", "-cf", "{}", "files",
                   suffix="cpio")


@makes("files.iso")
def iso():
    return _packed("bsdtar", "--format=iso9660", "-cf", "{}", "files",
                   suffix="iso")


@makes("files.arj")
def arj():
    return _packed("arj", "a", "-y", "-r", "{}", "files", suffix="arj")


@makes("files.zpaq")
def zpaq():
    return _packed("zpaq", "a", "{}", "files", "-t1", suffix="zpaq")


@makes("files.a")
def ar():
    top = tree(*_FILES)
    return _packed("ar", "rcD", "{}", *(os.path.join(top, "files", name)
                                        for name in _FILES), suffix="a")


@makes("text.txt.lrz")
def lrz():
    path = os.path.join(folder(), "made.lrz")
    run("lrzip", "-q", "-p1", "-o", path, stdin=content("text.txt"))
    with open(path, "rb") as file:
        return file.read()


@makes("text.txt.rz")
def rz():
    path = os.path.join(folder(), "made.rz")
    source = tree("text.txt") + "/files/text.txt"
    run("rzip", "-k", "-o", path, source)
    with open(path, "rb") as file:
        return file.read()


@makes("files.cab")
def cab():
    """A cabinet of deflated blocks, as Microsoft's format has them."""
    datas = [content(name) for name in _FILES]
    whole = b"".join(datas)
    blocks_of = [whole[at:at + 32768] for at in range(0, len(whole), 32768)]
    packed = []
    previous = b""
    for block in blocks_of:
        deflate = (zlib.compressobj(9, zlib.DEFLATED, -15, zdict=previous)
                   if previous else zlib.compressobj(9, zlib.DEFLATED, -15))
        packed.append(b"CK" + deflate.compress(block) + deflate.flush())
        previous = block
    entries = b""
    offset = 0
    for name, data in zip(_FILES, datas):
        entries += struct.pack("<IIHHHH", len(data), offset, 0, 0x5821, 0,
                               0x20) + name.encode() + b"\0"
        offset += len(data)
    first = 36 + 8 + len(entries)
    body = b"".join(struct.pack("<IHH", 0, len(part), len(block)) + part
                    for part, block in zip(packed, blocks_of))
    return (b"MSCF" + struct.pack("<IIIIIBBHHHHH", 0, first + len(body), 0,
                                  44, 0, 3, 1, 1, len(_FILES), 0, 0, 0) +
            struct.pack("<IHH", first, len(packed), 1) + entries + body)


@makes("files.rar")
def rar():
    """The third format, whose files are stored."""
    def block(kind, flags, body, extra=b""):
        header = struct.pack("<BHH", kind, flags, 7 + len(body)) + body
        return struct.pack("<H", zlib.crc32(header) & 0xffff) + header + extra
    archive = b"Rar!\x1a\x07\0" + block(0x73, 0, bytes(6))
    for name in _FILES:
        data = content(name)
        archive += block(
            0x74, 0x8000,
            struct.pack("<IIBIIBBHI", len(data), len(data), 3,
                        zlib.crc32(data), 0x58210000, 20, 0x30, len(name),
                        0o100644) + name.encode(), data)
    return archive + block(0x7b, 0x4000, b"")


def _crc16(value):
    for _ in range(8):
        value = (value >> 1) ^ (0xa001 if value & 1 else 0)
    return value


_CRC16 = [_crc16(byte) for byte in range(256)]


@makes("files.lzh")
def lzh():
    """Headers of the first format, whose files are stored."""
    archive = b""
    for name in _FILES:
        data = content(name)
        crc = 0
        for byte in data:
            crc = (crc >> 8) ^ _CRC16[(crc ^ byte) & 0xff]
        body = (b"-lh0-" + struct.pack("<IIIBBB", len(data), len(data),
                                       0x58210000, 0x20, 0, len(name)) +
                name.encode() + struct.pack("<H", crc))
        archive += bytes((len(body), sum(body) & 0xff)) + body + data
    return archive + b"\0"
