"""Cuts the font of the label plates out of Roboto Medium (Apache-2.0).

    python make_label_font.py /usr/share/fonts/truetype/roboto/unhinted/RobotoTTF/Roboto-Medium.ttf

Needs fonttools. The source is Debian's package fonts-roboto-unhinted. What is left: the printable
characters of Latin-1 and a few marks, outlines without hints, no layout tables.
"""

from __future__ import annotations

import sys
from pathlib import Path

from fontTools import subset

TARGET = Path(__file__).parent / "label_font.ttf"
MARKS = "\u2013\u2014\u2018\u2019\u201c\u201d\u201e\u2026\u20ac"


def main(source: str) -> None:
    options = subset.Options()
    options.hinting = False
    options.layout_features = []
    options.notdef_outline = True  # characters that are missing show as a box
    options.recalc_timestamp = False
    options.name_IDs = [0, 1, 2, 13]  # copyright, family, style, licence
    options.drop_tables += ["GSUB", "GPOS", "GDEF", "DSIG", "gasp", "hdmx", "VDMX", "LTSH"]
    font = subset.load_font(source, options)
    cutter = subset.Subsetter(options)
    cutter.populate(unicodes=[*range(0x20, 0x7F), *range(0xA0, 0x100), *map(ord, MARKS)])
    cutter.subset(font)
    font.save(TARGET)


if __name__ == "__main__":
    main(*sys.argv[1:])
