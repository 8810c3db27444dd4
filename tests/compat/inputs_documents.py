# Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
"""Documents."""

import struct

from made import content, input_path, makes, makes_by, run


@makes("page.html")
def page():
    rows = "".join(f"<tr><td>{n}<td>{n * n}<td><a href='#r{n}'>row</a></tr>\n"
                   for n in range(120))
    return (f"<html><head><title>Größe &amp; Zahl</title></head><body>"
            f"<h1>Squares</h1><p>A <b>table</b> that nobody closes, and "
            f"<i>some</i> text &mdash; for a test.<table>{rows}</table>"
            f"<ul><li>one<li>two</ul></body></html>").encode()


@makes("page.md")
def markdown():
    parts = [f"## Part {n}\n\nSome *text* with `code`, a [link](#p{n}) and\n\n"
             f"* one\n* two\n\n    indented {n}\n" for n in range(60)]
    return ("# A document\n\n" + "\n".join(parts)).encode()


@makes("page.ps")
def postscript():
    return b"""%!PS-Adobe-3.0
%%Pages: 2
%%Page: 1 1
/Helvetica findfont 24 scalefont setfont
72 700 moveto (Written in PostScript) show
0 10 360 { gsave 300 400 translate rotate 0.2 setlinewidth
0 0 moveto 150 0 lineto stroke grestore } for
showpage
%%Page: 2 2
/Times-Roman findfont 12 scalefont setfont
1 1 40 { dup 15 mul 60 exch moveto 20 string cvs show } for
showpage
%%EOF
"""


def _pdf(pages):
    """With a font, text, a picture and a bookmark."""
    parts = []

    def add(body):
        parts.append(body)
        return len(parts)

    picture = content("picture.jpg")
    add(b"<</Type/Catalog/Pages 2 0 R/Outlines 3 0 R>>")
    kids = " ".join(f"{6 + 2 * n} 0 R" for n in range(pages))
    add(f"<</Type/Pages/Count {pages}/Kids[{kids}]>>".encode())
    add(b"<</Type/Outlines/Count 0>>")
    add(b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>")
    add(b"<</Type/XObject/Subtype/Image/Width 320/Height 240/ColorSpace"
        b"/DeviceRGB/BitsPerComponent 8/Filter/DCTDecode/Length %d>>stream\n"
        % len(picture) + picture + b"\nendstream\n")
    for n in range(pages):
        lines = "".join(f"({row} lines of page {n + 1}, with some words) Tj T* "
                        for row in range(20))
        text = (f"BT /F 14 Tf 16 TL 60 720 Td {lines} ET "
                f"q 160 0 0 120 200 100 cm /P Do Q "
                f"0.{n} 0.5 0.2 rg 60 60 100 40 re f").encode()
        add(f"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents "
            f"{7 + 2 * n} 0 R/Resources<</Font<</F 4 0 R>>/XObject<</P 5 0 R>>"
            f">>>>".encode())
        add(b"<</Length %d>>stream\n" % len(text) + text + b"\nendstream\n")
    out = bytearray(b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n")
    offsets = []
    for number, body in enumerate(parts, 1):
        offsets.append(len(out))
        out += b"%d 0 obj" % number + body + b"endobj\n"
    table = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(parts) + 1)
    out += b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    out += (b"trailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" %
            (len(parts) + 1, table))
    return bytes(out)


@makes("paper.pdf")
def paper():
    return _pdf(3)


@makes("packed.pdf")
def packed():
    """The same with compressed objects."""
    return run("qpdf", "--deterministic-id", "--object-streams=generate",
               "--compress-streams=y", input_path("paper.pdf"), "-")


@makes("letter.rtf")
def rtf():
    body = "".join(r"{\b Part %d} some text, \'e4 \u937? \par " % n
                   for n in range(60))
    return (r"{\rtf1\ansi\deff0{\fonttbl{\f0 Times;}}\f0\fs24 " + body +
            "}").encode()


@makes("rows.xsl")
def stylesheet():
    return b"""<xsl:stylesheet version="1.0"
 xmlns:xsl="http://www.w3.org/1999/XSL/Transform"><xsl:output method="html"/>
<xsl:template match="/rows"><ul><xsl:for-each select="row[weight &gt; 90]">
<xsl:sort select="city"/><li><xsl:value-of select="city"/>:
<xsl:value-of select="name"/></li></xsl:for-each></ul></xsl:template>
</xsl:stylesheet>
"""


@makes("page.roff")
def roff():
    parts = "".join(f".SH PART {n}\n.PP\nSome \\fBbold\\fP text, part {n}.\n"
                    f".IP \\(bu 4\nA point.\n" for n in range(40))
    return f".TH PAGE 7 2020-02-02\n.SH NAME\npage \\- a page\n{parts}".encode()


@makes("calls.msc")
def message_chart():
    calls = "".join(
        f'  program->kernel [label="call {n}"]; kernel>>jail [label="{n}"];\n'
        for n in range(20))
    return f"msc {{\n  program, kernel, jail;\n{calls}}}\n".encode()


@makes("graph.dot")
def graph():
    edges = "".join(f"  n{n} -> n{n * 7 % 23} [label=\"{n}\"];\n"
                    for n in range(40))
    return f"digraph g {{\n  node [shape=box];\n{edges}}}\n".encode()


@makes("curve.txt")
def curve():
    return "".join(f"{n} {n * n % 97}\n" for n in range(200)).encode()


@makes("curve.gp")
def gnuplot():
    return (b"set terminal svg size 400,300\nset title 'points'\n"
            b"plot '" + input_path("curve.txt").encode() +
            b"' using 1:2 with lines, 50 + 40 * sin(x / 9)\n")


makes_by("drawing.djvu", "cjb2", "{drawing.pbm}", "{}")
makes_by("picture.djvu", "c44", "{picture.ppm}", "{}")


@makes("sheet.xls")
def xls():
    """A sheet as the second version of the format has it: records alone."""
    records = [(0x0009, struct.pack("<HH", 2, 0x10))]
    for n in range(200):
        records.append((0x0003, struct.pack("<HHBBB", n, 0, 0, 0, 0) +
                        struct.pack("<d", n * 1.5)))
        text = b"row %d" % n
        records.append((0x0004, struct.pack("<HHBBBB", n, 1, 0, 0, 0,
                                            len(text)) + text))
    records.append((0x000a, b""))
    return b"".join(struct.pack("<HH", kind, len(body)) + body
                    for kind, body in records)
