# Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
"""Fonts: those of Debian's packages, in many formats."""

from made import makes, makes_by

_TRUETYPE = "/usr/share/fonts/truetype/dejavu/"
_TYPE1 = "/usr/share/fonts/type1/urw-base35/"
_OPENTYPE = "/usr/share/fonts/opentype/urw-base35/"


def _copied(name, path):
    def read():
        with open(path, "rb") as file:
            return file.read()
    makes(name)(read)


_copied("sans.ttf", _TRUETYPE + "DejaVuSans-Bold.ttf")
_copied("mono.ttf", _TRUETYPE + "DejaVuSansMono.ttf")
_copied("roman.t1", _TYPE1 + "NimbusRoman-Regular.t1")
_copied("roman.otf", _OPENTYPE + "NimbusRoman-Regular.otf")

makes_by("part.ttf", "hb-subset", "--text=Größe, Zahl und ein paar Wörter",
         "--output-file={}", "{mono.ttf}")
makes_by("part.woff2", "sh", "-c", 'cp "$1" copy.ttf && woff2_compress '
         'copy.ttf >/dev/null && mv copy.woff2 "$2"', "sh", "{part.ttf}", "{}")
makes_by("part.woff", "sh", "-c", 'cp "$1" copy.ttf && sfnt2woff copy.ttf && '
         'mv copy.woff "$2"', "sh", "{part.ttf}", "{}")
makes_by("roman.pfa", "t1ascii", "{roman.t1}", "{}")
makes_by("roman.pfb", "t1binary", "{roman.pfa}", "{}")
makes_by("roman.t1.txt", "t1disasm", "{roman.t1}", "{}")


@makes("screen.bdf")
def bdf():
    """A font of dots."""
    glyphs = ""
    for code in range(33, 127):
        rows = "".join(f"{(code * (row + 3) * 37) & 0xff:02X}\n"
                       for row in range(12))
        glyphs += (f"STARTCHAR char{code}\nENCODING {code}\nSWIDTH 640 0\n"
                   f"DWIDTH 8 0\nBBX 8 12 0 -2\nBITMAP\n{rows}ENDCHAR\n")
    return (f"STARTFONT 2.1\nFONT -Misc-Screen-Medium-R-Normal--12-120-75-75-C"
            f"-80-ISO8859-1\nSIZE 12 75 75\nFONTBOUNDINGBOX 8 12 0 -2\n"
            f"STARTPROPERTIES 2\nFONT_ASCENT 10\nFONT_DESCENT 2\n"
            f"ENDPROPERTIES\nCHARS 94\n{glyphs}ENDFONT\n").encode()


makes_by("screen.pcf", "bdftopcf", "-o", "{}", "{screen.bdf}")
