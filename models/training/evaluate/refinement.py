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

from ..data.records import data_folder
from ..data.splits import read_split
from .yardstick import ROOT, SETS, YARDSTICK, detect, load_yardstick

REPORT = ROOT / "models" / "reports" / "refinement.json"
WEIGHTS = (0.0, 0.25, 0.4, 0.5, 0.6, 0.75)
MIN_FACES = (0, 16)
# A one-stage label that is ahead of the second by more stands as it is: the classifier is not run.
MARGINS = (0.5, 0.7, 0.8, 0.9, 0.95, 1.0)
LEAST = 1e-6  # as geometric_mean in wasm/core/network/labels.h


def package_of_crops(scratch: Path) -> Path:
    """A copy of dist/ whose one-stage networks leave every label to the classifier."""
    package = scratch / "crops"
    shutil.copytree(ROOT / "dist", package)
    manifest = package / "assets" / "manifest.json"
    content = json.loads(manifest.read_text())
    for name, entry in content["networks"].items():
        if name.startswith("one-stage"):
            entry["refine"] = {"minFace": 0, "classifierWeight": 1.0}
    manifest.write_text(json.dumps(content))
    return package


def fused(
    alone: dict, crop: dict, weight: float, min_face: float, margin: float
) -> tuple[str, bool]:
    """The label of a face after refinement, and whether the classifier was asked."""
    chances = alone["probabilities"]
    best, second = sorted(chances.values(), reverse=True)[:2]
    asked = weight > 0 and min(alone["box"][2:]) >= min_face
    asked = asked and (margin >= 1 or best - second <= margin)
    if not asked:
        return max(chances, key=chances.get), False

    def word(face: dict, label: str) -> float:
        return math.log(max(face["probabilities"][label], LEAST))

    mean = {c: (1 - weight) * word(alone, c) + weight * word(crop, c) for c in chances}
    return max(mean, key=mean.get), True


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
                            label, was = fused(one, crop, weight, min_face, margin)
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
    REPORT.write_text(json.dumps(report, indent=1) + "\n")


if __name__ == "__main__":
    main()
