"""Cuts the font of the label plates out of Roboto Medium (Apache-2.0).

    python make_label_font.py /usr/share/fonts/truetype/roboto/unhinted/RobotoTTF/Roboto-Medium.ttf

Needs fonttools. The source is Debian's package fonts-roboto-unhinted. What is left: the printable
characters of Latin-1 and a few marks, outlines without hints, no layout tables, on a grid of 256
units: an eighth of Roboto's own moves an outline of 60 pixels by 0.12 at most.

The file is one glyph after another, the box for missing characters first. Whole numbers are written
in groups of seven bits, the lowest first, the eighth bit set where another follows; signed ones as
0, -1, 1, -2, ... A glyph is
    how far its character is from the one before (U+0000 stands for missing ones),
    its advance,
    how many points it has, and for each of them
        2 * signed step in x + 1 where it lies on the outline (0: a quadratic curve's control point),
        2 * signed step in y, upwards, + 1 where it is the last of its contour.
Every contour begins on the outline. Between two control points lies an outline point unwritten.
"""

from __future__ import annotations

import sys
from pathlib import Path

from fontTools.ttLib import TTFont
from fontTools.ttLib.scaleUpem import scale_upem

TARGET = Path(__file__).parent / "label_font.outlines"
UNITS_PER_EM = 256
MARKS = "\u2013\u2014\u2018\u2019\u201c\u201d\u201e\u2026\u20ac"
CHARACTERS = [*range(0x20, 0x7F), *range(0xA0, 0x100), *map(ord, MARKS)]


def unsigned(number: int) -> bytes:
    out = bytearray()
    while number > 127:
        out.append(number & 127 | 128)
        number >>= 7
    return bytes([*out, number])


def with_flag(step: int, flag: bool) -> bytes:
    folded = 2 * step if step >= 0 else -2 * step - 1
    return unsigned(2 * folded + flag)


def from_outline(contour: list[tuple[int, int, bool]]) -> list[tuple[int, int, bool]]:
    """The same contour, beginning on the outline."""
    for i, (_, _, on) in enumerate(contour):
        if on:
            return contour[i:] + contour[:i]
    (x0, y0, _), (x1, y1, _) = contour[0], contour[-1]
    return [((x0 + x1) // 2, (y0 + y1) // 2, True), *contour]


def outline(font: TTFont, glyph: str) -> bytes:
    points, ends, flags = font["glyf"][glyph].getCoordinates(font["glyf"])
    out = bytearray()
    count = x = y = start = 0
    for end in ends:
        contour = [(*map(int, points[i]), bool(flags[i] & 1)) for i in range(start, end + 1)]
        contour = from_outline(contour)
        start = end + 1
        count += len(contour)
        for i, (next_x, next_y, on) in enumerate(contour):
            out += with_flag(next_x - x, on) + with_flag(next_y - y, i == len(contour) - 1)
            x, y = next_x, next_y
    return unsigned(count) + bytes(out)


def main(source: str) -> None:
    font = TTFont(source)
    scale_upem(font, UNITS_PER_EM)
    names = {0: ".notdef"} | {code: font.getBestCmap()[code] for code in CHARACTERS}
    out = bytearray()
    last = 0
    for code, name in names.items():
        advance, _ = font["hmtx"][name]
        out += unsigned(code - last) + unsigned(advance) + outline(font, name)
        last = code
    TARGET.write_bytes(out)


if __name__ == "__main__":
    main(*sys.argv[1:])
