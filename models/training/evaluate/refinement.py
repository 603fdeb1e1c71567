"""How much the crop classifier's word should weigh in the one-stage label, and on which faces.

Every validation photo goes through the shipped command line twice, with the one-stage label alone
(`--refine never`) and with the classifier's alone (a copy of the package whose manifest gives it
the whole weight). The geometric means in between are then taken here, as the core takes them
(wasm/core/network/labels.h), and scored by the yardstick. Writes models/reports/refinement.json.

    python -m models.training.evaluate.refinement [--yardstick ../shared/tools/yardstick.py]
"""

from __future__ import annotations

import argparse
import json
import math
import shutil
import sys
import tempfile
from pathlib import Path
from types import ModuleType

from ..data.records import data_folder
from ..data.splits import read_split
from ..export import read_entry
from .yardstick import ROOT, SETS, YARDSTICK, detect, load_yardstick

REPORT = ROOT / "models" / "reports" / "refinement.json"
WEIGHTS = (0.0, 0.25, 0.4, 0.5, 0.6, 0.75, 0.9)
MIN_FACES = (0, 16)
# A one-stage label that is ahead of the second by more stands as it is: the classifier is not run.
MARGINS = (0.5, 0.7, 0.8, 0.9, 0.95, 1.0)
MARGINS_OF_DOUBT = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95)
LEAST = 1e-6  # as geometric_mean in wasm/core/network/labels.h


def package_of_crops(scratch: Path) -> Path:
    """A copy of dist/ whose one-stage networks leave every label to the classifier."""
    package = scratch / "crops"
    shutil.copytree(ROOT / "dist", package)
    manifest = package / "assets" / "manifest.json"
    content = json.loads(manifest.read_text())
    for name, entry in content["networks"].items():
        if name.startswith("one-stage"):
            entry["refine"] = {"minFace": 0, "classifierWeight": 1.0, "maxMargin": 1.0}
    manifest.write_text(json.dumps(content))
    return package


def fused(
    alone: dict, crop: dict, weight: float, min_face: float, margin: float
) -> tuple[dict[str, float], bool]:
    """The probabilities of a face after refinement, and whether the classifier was asked."""
    chances = alone["probabilities"]
    best, second = sorted(chances.values(), reverse=True)[:2]
    asked = weight > 0 and min(alone["box"][2:]) >= min_face
    asked = asked and (margin >= 1 or best - second <= margin)
    if not asked:
        return chances, False

    def word(face: dict, label: str) -> float:
        return math.log(max(face["probabilities"][label], LEAST))

    mean = {c: math.exp((1 - weight) * word(alone, c) + weight * word(crop, c)) for c in chances}
    total = sum(mean.values())
    return {c: v / total for c, v in mean.items()}, True


def doubt(yardstick: ModuleType, rows: list[tuple[dict, dict, dict, float, float]]) -> list[dict]:
    """For each margin: of the labelled faces found at the default threshold, the share of certain
    verdicts that are right, and the share of faces from 32 px that are uncertain.

    `rows`: per set, boxes with probabilities by picture, truth, ignored regions, overlap.
    """
    verdicts = []
    for found, truth, ignored, overlap, least in rows:
        for name, faces in truth.items():
            boxes = [b for b in found[name] if b[4] >= least]
            for box, hit, skipped in yardstick.match(boxes, faces, overlap, 0, ignored[name]):
                if hit is not None and not skipped:
                    best, second = sorted(box[6].values(), reverse=True)[:2]
                    verdicts.append((best - second, box[5] == faces[hit][1], faces[hit][2]))
    out = []
    for margin in MARGINS_OF_DOUBT:
        certain = [right for gap, right, _ in verdicts if gap >= margin]
        large = [gap < margin for gap, _, side in verdicts if side >= 32]
        out.append(
            {
                "margin": margin,
                "faces": len(verdicts),
                "certain_and_right": round(sum(certain) / max(len(certain), 1), 4),
                "uncertain": round(1 - len(certain) / len(verdicts), 4),
                "uncertain_from_32": round(sum(large) / max(len(large), 1), 4),
            }
        )
    return out


def main() -> None:
    p = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    p.add_argument("--data")
    p.add_argument("--yardstick", type=Path, default=YARDSTICK)
    p.add_argument("--quality", nargs="*", default=["accurate", "fast"])
    a = p.parse_args()
    folder, yardstick = data_folder(a.data), load_yardstick(a.yardstick)
    report: dict = json.loads(REPORT.read_text()) if REPORT.exists() else {}
    report |= {quality: {} for quality in a.quality}
    with tempfile.TemporaryDirectory() as scratch:
        package = package_of_crops(Path(scratch))
        for quality in a.quality:
            network = read_entry(f"one-stage-{quality}")
            shipped, kept = network["refine"], []
            for data_set, overlap in SETS.items():
                names = set(read_split(data_set))
                photos = [folder / data_set / "images" / name for name in sorted(names)]
                truth, ignored, candidates = yardstick.load_truth(str(folder / data_set), names)
                alone = detect(ROOT / "dist", "never", quality, photos)
                crops = detect(package, "always", quality, photos)
                rows = report.setdefault(quality, {}).setdefault(data_set, [])
                rules = [
                    (weight, min_face, margin)
                    for weight in WEIGHTS
                    for min_face in (MIN_FACES if weight else (0,))
                    for margin in (MARGINS if weight else (1.0,))
                ]
                for weight, min_face, margin in rules:
                    found, asked, shown = {}, 0, 0
                    for name in names:
                        found[name] = []
                        for one, crop in zip(alone[name], crops[name], strict=True):
                            chances, was = fused(one, crop, weight, min_face, margin)
                            label = max(chances, key=chances.get)
                            found[name].append(
                                [*yardstick.corners(one["box"]), one["score"], label]
                            )
                            if one["score"] >= 0.5:
                                shown, asked = shown + 1, asked + was
                    s = yardstick.score(found, truth, ignored, candidates, overlap, 0.5)
                    keys = ("mean_ap", *(f"ap_{c}" for c in yardstick.CLASSES))
                    row = {k: round(100 * s["strict"][k], 1) for k in keys}
                    large = s["confusion_ge16"]
                    right = {c: large[c][c] / sum(large[c].values()) for c in large}
                    row["found_and_right_ge16"] = {c: round(100 * v, 1) for c, v in right.items()}
                    row["asked"] = round(asked / max(shown, 1), 3)
                    rows.append({"weight": weight, "minFace": min_face, "maxMargin": margin, **row})
                best = max(rows, key=lambda r: r["mean_ap"])
                print(quality, data_set, "alone", rows[0], "best", best, file=sys.stderr)
                rule = (shipped["classifierWeight"], shipped["minFace"], shipped["maxMargin"])
                by_picture = {}
                for name in names:
                    by_picture[name] = []
                    for one, crop in zip(alone[name], crops[name], strict=True):
                        chances, _ = fused(one, crop, *rule)
                        label = max(chances, key=chances.get)
                        by_picture[name].append(
                            [*yardstick.corners(one["box"]), one["score"], label, chances]
                        )
                kept.append((by_picture, truth, ignored, overlap, network["minScore"]))
            report[quality]["doubt"] = {"rule": shipped, "margins": doubt(yardstick, kept)}
            print(quality, "doubt", json.dumps(report[quality]["doubt"]), file=sys.stderr)
    REPORT.write_text(json.dumps(report, indent=1) + "\n")


if __name__ == "__main__":
    main()
