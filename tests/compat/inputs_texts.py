# Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
"""Texts in several languages and encodings, and data as text."""

import csv
import io
import json
import random

from made import content, makes

_WORDS = {
    "english": ("the pool is fixed before a program begins and nothing that it "
                "reads can make it larger while whoever waits for an answer "
                "gets one in time").split(),
    "german": ("der Speicher wird vorher geholt und danach öffnet niemand mehr "
               "eine Tür größer als für die Prüfung nötig wäre").split(),
    "greek": ("η μνήμη δίνεται στην αρχή και μετά δεν μεγαλώνει ποτέ όποιο "
              "αρχείο και αν διαβαστεί").split(),
    "japanese": "記憶 は 最初 に 確保 され その後 増える こと は ない".split(),
}


def _text(language, lines, seed):
    draw = random.Random(seed)
    return "".join(
        " ".join(draw.choices(_WORDS[language], k=draw.randrange(4, 14))) +
        f" {draw.randrange(10000)}\n" for _ in range(lines))


@makes("text.txt")
def text():
    return _text("english", 8000, 1).encode()


@makes("small.txt")
def small():
    return _text("english", 800, 2).encode()


@makes("few.txt")
def few():
    return _text("english", 150, 8).encode()


@makes("german.txt")
def german():
    return _text("german", 2000, 3).encode()


@makes("german.latin1.txt")
def german_latin1():
    return content("german.txt").decode().encode("latin-1")


@makes("greek.txt")
def greek():
    return _text("greek", 2000, 4).encode()


@makes("japanese.txt")
def japanese():
    return _text("japanese", 2000, 5).encode()


@makes("japanese.utf16.txt")
def japanese_utf16():
    return content("japanese.txt").decode().encode("utf-16")


@makes("numbers.txt")
def numbers():
    draw = random.Random(6)
    return "".join(f"{draw.randrange(1 << 30)} {draw.random():.6f}\n"
                   for _ in range(20000)).encode()


def _people():
    draw = random.Random(7)
    for number in range(3000):
        yield {"id": number, "name": f"näme {draw.randrange(997)}",
               "city": draw.choice(("Köln", "Oslo", "大阪", "Αθήνα")),
               "weight": round(draw.uniform(40, 120), 2),
               "ok": draw.random() < 0.7}


@makes("rows.json")
def rows_json():
    return json.dumps(list(_people()), ensure_ascii=False).encode()


@makes("rows.csv")
def rows_csv():
    out = io.StringIO()
    writer = csv.DictWriter(out, ["id", "name", "city", "weight", "ok"],
                            lineterminator="\n")
    writer.writeheader()
    writer.writerows(_people())
    return out.getvalue().encode()


@makes("rows.xml")
def rows_xml():
    rows = "".join(
        f'<row id="{row["id"]}"><name>{row["name"]}</name>'
        f'<city>{row["city"]}</city><weight>{row["weight"]}</weight></row>\n'
        for row in _people())
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<rows>\n{rows}</rows>\n'.encode()
