"""Writes the figures of models/reports into models/README.md, between its two markers.

python -m models.training.evaluate.card
"""

from __future__ import annotations

import json

from ..export import MODELS
from .classifiers import NETWORKS

START = "<!-- figures: written by models/training/evaluate/card.py -->\n"
END = "<!-- end of figures -->"


def percent(figure: list[float] | None) -> str:
    """[value, low, high] as text."""
    if figure is None:
        return "-"
    value, low, high = (100 * number for number in figure)
    return f"{value:.1f} ({low:.1f}–{high:.1f})"


def table() -> str:
    lines = [
        "| | official, accuracy | honest, masked or not, balanced | incorrect: recall / precision "
        "(MTCNN) | likewise (one-stage + classifier) | calibration error | size |",
        "|---|---|---|---|---|---|---|",
    ]
    manifest = json.loads((MODELS / "manifest.json").read_text())["networks"]
    for name, network in NETWORKS.items():
        path = MODELS / "reports" / f"{name}_report.json"
        if not path.exists() or network not in manifest:
            continue
        sets = json.loads(path.read_text())["sets"]
        cells = [
            percent(sets["official"]["masked_or_not"]["accuracy"]),
            percent(sets["honest"]["masked_or_not"]["balanced"]),
        ]
        for key in ("mtcnn", "one_stage"):
            wrong = sets.get(key, {}).get("classes", {}).get("incorrect")
            cells.append(
                f"{percent(wrong['recall'])} / {percent(wrong['precision'])}" if wrong else "-"
            )
        cells.append(f"{sets['honest']['calibration']['error']:.3f}")
        cells.append(f"{manifest[network]['bytes'] / 1000:.0f} kB")
        lines.append(f"| **{name}** | " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def main() -> None:
    path = MODELS / "README.md"
    before, rest = path.read_text().split(START)
    path.write_text(before + START + table() + END + rest.split(END)[1])
    print(table())


if __name__ == "__main__":
    main()
