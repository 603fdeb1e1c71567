"""Cuts the font of the label plates out of Roboto Medium (Apache-2.0).

    python make_label_font.py /usr/share/fonts/truetype/roboto/unhinted/RobotoTTF/Roboto-Medium.ttf

Needs fonttools. The source is Debian's package fonts-roboto-unhinted. What is left: the printable
characters of Latin-1 and a few marks, outlines without hints, no layout tables, on a grid of 512
units: a quarter of Roboto's own takes a fifth less, and moves an outline of 60 pixels by 0.06.
"""

from __future__ import annotations

import sys
from pathlib import Path

from fontTools import subset
from fontTools.ttLib.scaleUpem import scale_upem

TARGET = Path(__file__).parent / "label_font.ttf"
UNITS_PER_EM = 512
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
    scale_upem(font, UNITS_PER_EM)
    del font["OS/2"]
    font.save(TARGET)


if __name__ == "__main__":
    main(*sys.argv[1:])
