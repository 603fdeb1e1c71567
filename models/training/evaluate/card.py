"""Writes the figures of models/reports into models/README.md, between its two markers.

python -m models.training.evaluate.card
"""

from __future__ import annotations

import json
from collections.abc import Callable

from ..export import MODELS
from .classifiers import NETWORKS

START = "<!-- figures: written by models/training/evaluate/card.py -->\n"
END = "<!-- end of figures -->"
DETECTOR_START = "<!-- detector figures: written by models/training/evaluate/card.py -->\n"
CONDITIONS_START = "<!-- conditions: written by models/training/evaluate/card.py -->\n"


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


def conditions_table() -> str:
    """Both sizes on copies of validation photos and on other scenes."""
    report = json.loads((MODELS / "reports" / "conditions.json").read_text())
    lines = ["| | accurate | fast |", "|---|---|---|"]

    def row(title: str, cell: Callable[[dict], str]) -> None:
        cells = []
        for quality in ("accurate", "fast"):
            try:
                cells.append(cell(report[quality]))
            except KeyError:
                cells.append("not measured")
        lines.append(f"| {title} | " + " | ".join(cells) + " |")

    first = max((report["accurate"], report["fast"]), key=len)

    def found(rates: dict) -> str:
        return f"{rates['found']} / {rates['found_and_right']} %"

    def wrong(verdicts: dict) -> str:
        return f"{verdicts.get('surely_correct', 0)} / {verdicts.get('surely_incorrect', 0)}"

    for key in sorted(k for k in first["close"] if k.endswith("%")):
        count = first["close"][key]["faces"]
        title = f"face takes {key} of the frame ({count}): found / and right"
        row(title, lambda r, k=key: found(r["close"][k]))
    for kind in ("masked", "bare"):
        title = f"tight crops, {kind} ({first['tight'][kind]['crops']}): found / and right"
        row(title, lambda r, k=kind: found(r["tight"][k]))
    title = "tight crops, worn well but called `incorrect`"
    row(title, lambda r: f"{r['tight']['masked']['incorrect']} %")
    title = f"`people`, held out ({first['people']['faces']} faces): AP50 / from 16 px"
    row(title, lambda r: f"{r['people']['ap50']} / {r['people']['ap50_from_16']}")
    photos = first["light"]["photos"]
    for key in (k for k in first["light"] if k.endswith("%")):
        title = f"{key} of the light: of {photos} photos, those with a face found"
        row(title, lambda r, k=key: str(r["light"][k]))
    for key in (k for k in first["turned"] if k != "photos"):
        row(f"turned by {key} degrees, likewise", lambda r, k=key: str(r["turned"][k]))
    for key, kind in first["covered"].items():
        title = f"{key} before a bare mouth ({kind['faces']}): surely `correct` / `incorrect`"
        row(title, lambda r, k=key: wrong(r["covered"][k]))
    for way in ("without", "with"):
        for key, kind in first["glasses"][way].items():
            title = f"`{key}`, {way} drawn sunglasses ({kind['faces']}): found / and right"
            row(title, lambda r, w=way, k=key: found(r["glasses"][w][k]))
    for part in ("held_out", "trained_on"):
        title = f"pictures without a face ({part.replace('_', ' ')}) that get a box"
        row(title, lambda r, p=part: str(len(r["negatives"][p]["with_a_box"])))
    return "\n".join(lines) + "\n"


def main() -> None:
    path = MODELS / "README.md"
    tables = (
        (START, table()),
        (DETECTOR_START, detector_table()),
        (CONDITIONS_START, conditions_table()),
    )
    for start, made in tables:
        before, rest = path.read_text().split(start)
        path.write_text(before + start + made + END + rest.split(END, 1)[1])
        print(made)


if __name__ == "__main__":
    main()
