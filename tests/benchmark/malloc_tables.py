# Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
"""Results as Markdown, and as bars for gnuplot.

Results are {row: {column: number or other value}}; a cell may be missing.
"""

import math
import os
import subprocess


def print_table(title, columns, results, show, ratios=()):
    """`show` makes a text of a cell. `ratios`: (title, function of a row)."""
    titles = [*columns, *(name for name, _ in ratios)]
    print(f"| {title} | " + " | ".join(titles) + " |")
    print("| --- |" + " ---: |" * len(titles))
    for name, row in results.items():
        cells = [show(row[column]) if column in row else "-"
                 for column in columns]
        cells += [compare(row) for _, compare in ratios]
        print(f"| {name} | " + " | ".join(cells) + " |")
    print(flush=True)


def ratio(part, wholes, value):
    """Of a row: `part` to the least of `wholes`, each by `value`."""
    def compare(row):
        if part not in row or any(whole not in row for whole in wholes):
            return "-"
        least = min(value(row[whole]) for whole in wholes)
        return f"{value(row[part]) / least:.2f}"
    return compare


def geometric_mean(values):
    return math.exp(math.fsum(map(math.log, values)) / len(values))


def draw(name, columns, results, value):
    """Writes docs/plots/NAME.dat and has it drawn."""
    os.makedirs("docs/plots", exist_ok=True)
    with open(f"docs/plots/{name}.dat", "w", encoding="ascii") as file:
        print("row", *(f'"{column}"' for column in columns), file=file)
        for title, row in results.items():
            print(f'"{title}"', *(f"{value(row[column]):.3f}"
                                  if column in row else "-"
                                  for column in columns), file=file)
    subprocess.run(["gnuplot", f"tests/benchmark/{name}.gnuplot"], check=True)
