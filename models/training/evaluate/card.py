"""Writes the figures of models/reports into models/README.md, between its two markers.

python -m models.training.evaluate.card
"""

from __future__ import annotations

import json

from ..export import MODELS
from .classifiers import NETWORKS

START = "<!-- figures: written by models/training/evaluate/card.py -->\n"
END = "<!-- end of figures -->"
DETECTOR_START = "<!-- detector figures: written by models/training/evaluate/card.py -->\n"


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


def detector_table() -> str:
    """AP and recall of both sizes on the validation photos, in percent."""
    report = json.loads((MODELS / "reports" / "detector_report.json").read_text())
    lines = ["| | accurate | fast |", "|---|---|---|"]

    def row(title: str, *keys: str) -> None:
        cells = []
        for quality in ("accurate", "fast"):
            value = report[quality]
            for key in keys:
                value = value[key]
            cells.append(f"{100 * value:.1f}")
        lines.append(f"| {title} | " + " | ".join(cells) + " |")

    recall = "at_half_a_false_box"
    for data_set in ("facemask853", "ilc2021"):
        row(f"{data_set}: AP of faces", data_set, "strict", "face_ap")
        row(f"{data_set}: AP of faces from 16 px", data_set, "strict_ge16", "face_ap")
        row(f"{data_set}: likewise, unlabelled faces ignored", data_set, "fair_ge16", "face_ap")
        row(f"{data_set}: mean AP of the three labels", data_set, "strict", "mean_ap")
        for label in ("correct", "incorrect", "unmasked"):
            row(f"{data_set}: AP of `{label}`", data_set, "strict", f"ap_{label}")
        for kind in ("masked_from_16", "masked_from_32", "bare_from_16"):
            title = f"{data_set}: recall, {kind.replace('_', ' ')} px"
            row(title, data_set, recall, kind, "recall")
    cells = []
    for quality in ("accurate", "fast"):
        seen = report[quality]["negatives"]
        cells.append(f"{len(seen['with_a_box'])} of {seen['pictures']}")
    lines.append("| pictures without a human face that get a box | " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def main() -> None:
    path = MODELS / "README.md"
    for start, made in ((START, table()), (DETECTOR_START, detector_table())):
        before, rest = path.read_text().split(start)
        path.write_text(before + start + made + END + rest.split(END, 1)[1])
        print(made)


if __name__ == "__main__":
    main()
