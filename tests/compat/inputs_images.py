# Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
"""Pictures: one with gradients, edges and some noise, in many formats."""

import struct

from made import content, makes, makes_by

_WIDTH, _HEIGHT = 320, 240


def _pixels():
    for y in range(_HEIGHT):
        for x in range(_WIDTH):
            noise = (x * 7919 + y * 104729) % 17
            inside = (x - 160) ** 2 + (y - 120) ** 2 < 6400
            yield (x * 255 // _WIDTH, y * 255 // _HEIGHT,
                   240 - noise if inside else 3 * noise)


@makes("picture.ppm")
def picture():
    return (b"P6\n%d %d\n255\n" % (_WIDTH, _HEIGHT) +
            bytes(value for pixel in _pixels() for value in pixel))


@makes("poster.ppm")
def poster():
    """In 64 colours at most."""
    return (b"P6\n%d %d\n255\n" % (_WIDTH, _HEIGHT) +
            bytes(value & 0xc0 for pixel in _pixels() for value in pixel))


@makes("drawing.pbm")
def drawing():
    """In black and white: a ring and some lines."""
    rows = []
    for y in range(256):
        row = "".join("1" if 4000 < (x - 128) ** 2 + (y - 128) ** 2 < 9000 or
                      (x + 2 * y) % 64 < 5 else "0" for x in range(256))
        rows.append(int(row, 2).to_bytes(32, "big"))
    return b"P4\n256 256\n" + b"".join(rows)


makes_by("picture.jpg", "cjpeg", "-quality", "85", "{picture.ppm}")
makes_by("progressive.jpg", "cjpeg", "-progressive", "{picture.ppm}")
makes_by("picture.png", "pnmtopng", "{picture.ppm}")
makes_by("poster.png", "pnmtopng", "{poster.ppm}")
makes_by("poster.gif", "ppmtogif", "{poster.ppm}")
makes_by("picture.tiff", "pnmtotiff", "-lzw", "{picture.ppm}")
makes_by("picture.bmp", "ppmtobmp", "{picture.ppm}")
makes_by("drawing.g3", "pbmtog3", "{drawing.pbm}")
makes_by("drawing.tiff", "pnmtotiff", "-g4", "{drawing.pbm}")
makes_by("picture.webp", "cwebp", "-quiet", "-o", "-", "--", "{picture.ppm}")
makes_by("lossless.webp", "cwebp", "-quiet", "-lossless", "-o", "-", "--",
         "{picture.ppm}")
makes_by("picture.jp2", "opj_compress", "-i", "{picture.ppm}", "-o", "{}")
makes_by("picture.heic", "heif-enc", "-q", "60", "-o", "{}", "{picture.png}")
makes_by("picture.jxl", "cjxl", "--quiet", "{picture.ppm}", "{}")
makes_by("picture.ico", "icotool", "-c", "-o", "{}", "{small.png}")
makes_by("small.ppm", "pamscale", "-xsize", "48", "-ysize", "48",
         "{picture.ppm}")
makes_by("small.png", "pnmtopng", "{small.ppm}")
makes_by("moving.gif", "gifsicle", "--delay=10", "{poster.gif}",
         "{flipped.gif}")
makes_by("flipped.gif", "gifsicle", "--flip-horizontal", "{poster.gif}")


@makes("photo.jpg")
def photo():
    """With what a camera writes into it."""
    texts = {0x010f: b"Cellblock\0", 0x0110: b"Pinhole 1\0",
             0x0132: b"2020:02:02 02:02:02\0"}
    at = 8 + 2 + 12 * (len(texts) + 1) + 4
    entries = b""
    data = b""
    for tag, text in sorted(texts.items()):
        entries += struct.pack("<HHII", tag, 2, len(text), at + len(data))
        data += text
        if tag == 0x0110:
            entries += struct.pack("<HHIHH", 0x0112, 3, 1, 1, 0)
    exif = (b"Exif\0\0II*\0" + struct.pack("<IH", 8, len(texts) + 1) + entries +
            bytes(4) + data)
    jpeg = content("picture.jpg")
    return (jpeg[:2] + b"\xff\xe1" + struct.pack(">H", len(exif) + 2) + exif +
            jpeg[2:])


@makes("raw.dng")
def raw():
    """A camera's sensor, as TIFF of one plane of colours (Bayer), which is what
    the format DNG is."""
    width, height = 128, 96
    sensor = b"".join(struct.pack("<H", (x * 257 + y * 91) % 4096)
                      for y in range(height) for x in range(width))
    make, model = b"Cellblock\0", b"Pinhole 1\0"
    matrix = b"".join(struct.pack("<ii", value, 10) for value in
                      (10, 0, 0, 0, 10, 0, 0, 0, 10))
    neutral = struct.pack("<II", 1, 1) * 3
    tags = [(254, 4, 1, 0), (256, 4, 1, width), (257, 4, 1, height),
            (258, 3, 1, 16), (259, 3, 1, 1), (262, 3, 1, 32803),
            (271, 2, len(make), make), (272, 2, len(model), model),
            (273, 4, 1, None), (274, 3, 1, 1), (277, 3, 1, 1),
            (278, 4, 1, height), (279, 4, 1, len(sensor)),
            (33421, 3, 2, 2 | 2 << 16), (33422, 1, 4, 0x02010100),
            (50706, 1, 4, 0x0401), (50708, 2, len(model), model),
            (50717, 4, 1, 4095), (50721, 10, 9, matrix),
            (50728, 5, 3, neutral)]
    at = 8 + 2 + 12 * len(tags) + 4
    data = b""
    entries = b""
    for tag, kind, count, value in tags:
        if isinstance(value, bytes):
            place = at + len(data)
            data += value + bytes(len(value) % 2)
        elif value is None:
            place = None
        else:
            place = value
        entries += struct.pack("<HHI", tag, kind, count) + (
            b"DATA" if place is None else struct.pack("<I", place))
    entries = entries.replace(b"DATA", struct.pack("<I", at + len(data)))
    return (b"II*\0" + struct.pack("<IH", 8, len(tags)) + entries + bytes(4) +
            data + sensor)


@makes("drawing.svg")
def svg():
    shapes = "".join(
        f'<circle cx="{20 + 9 * n}" cy="{30 + n * n % 150}" r="{5 + n % 12}" '
        f'fill="hsl({n * 16},80%,50%)" opacity="0.7"/>' for n in range(22))
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<svg xmlns="http://www.w3.org/2000/svg" width="240" height="200">
<defs><linearGradient id="g"><stop offset="0" stop-color="#fed"/>
<stop offset="1" stop-color="#36c"/></linearGradient></defs>
<rect width="240" height="200" fill="url(#g)"/>{shapes}
<path d="M10 190 Q 60 10 120 100 T 230 20" fill="none" stroke="black"/>
</svg>
""".encode()


@makes("writing.svg")
def writing():
    return content("drawing.svg").replace(
        b"</svg>", '<text x="20" y="60" font-family="DejaVu Sans" '
        'font-size="24">Größe Ω</text></svg>'.encode())
