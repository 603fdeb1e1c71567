"""Report of the one-stage detector, both sizes: `python -m models.training.evaluate.detectors`.

Every validation photo, and every held-out picture of extra/negatives, goes through the shipped
command line
as a user would call it. Scored by the yardstick, strict: every box off a labelled face is false.
Writes models/reports/detector_report.json. Needs `npm run build`.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from types import ModuleType

from ..data import data_folder, load_negatives, read_split
from ..export import read_entry
from .yardstick import ROOT, SETS, YARDSTICK, detect, load_yardstick

REPORT = ROOT / "models" / "reports" / "detector_report.json"
FALSE_ALLOWED = 0.5  # boxes a photo
THRESHOLD = 0.5  # of the yardstick's confusion tables


def recalls(yardstick: ModuleType, found: dict, truth: dict, ignored: dict, overlap: float) -> dict:
    """Recall of masked and bare faces from 16 and 32 px, at half a false box a photo."""
    rows = []
    for name, faces in truth.items():
        for box, hit, skipped in yardstick.match(found[name], faces, overlap, 16, ignored[name]):
            if not skipped:
                rows.append((box[4], None if hit is None else faces[hit]))
    rows.sort(key=lambda row: -row[0])
    allowed, wrong, kept = FALSE_ALLOWED * len(truth), 0, []
    for _, face in rows:
        wrong += face is None
        if wrong > allowed:
            break
        kept.append(face)
    out = {}
    for least in (16, 32):
        for name, masked in (("masked", True), ("bare", False)):

            def counts(face: tuple | None, least: int = least, masked: bool = masked) -> bool:
                return bool(face) and face[2] >= least and (face[1] != "unmasked") == masked

            total = sum(counts(face) for faces in truth.values() for face in faces)
            right = sum(map(counts, kept))
            out[f"{name}_from_{least}"] = {"recall": round(right / total, 4), "faces": total}
    return out


def main() -> None:
    p = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    p.add_argument("--data")
    p.add_argument("--yardstick", type=Path, default=YARDSTICK)
    a = p.parse_args()
    folder, yardstick = data_folder(a.data), load_yardstick(a.yardstick)
    report: dict = {
        "what": "the shipped command line on validation photos, strict; AP at IoU 0.5 "
        "(facemask853) and 0.4 (ilc2021)"
    }
    for quality in ("accurate", "fast"):
        mine = report[quality] = {}
        for data_set, overlap in SETS.items():
            names = set(read_split(data_set))
            photos = [folder / data_set / "images" / name for name in sorted(names)]
            truth, ignored, candidates = yardstick.load_truth(str(folder / data_set), names)
            rows = detect(ROOT / "dist", "auto", quality, photos)
            found = {
                name: [[*yardstick.corners(f["box"]), f["score"], f["label"]] for f in faces]
                for name, faces in rows.items()
            }
            s = yardstick.score(found, truth, ignored, candidates, overlap, THRESHOLD)
            figures = mine[data_set] = {"photos": len(names), "faces": s["faces"]}
            for mode in ("strict", "fair", "strict_ge16", "fair_ge16"):
                keys = ("face_ap", "mean_ap", *(f"ap_{c}" for c in yardstick.CLASSES))
                figures[mode] = {k: round(s[mode][k], 4) for k in keys}
            for key in ("confusion_ge16", "confusion_ge32"):
                figures[key] = s[key]
            figures["at_half_a_false_box"] = recalls(yardstick, found, truth, ignored, overlap)
        held = set(read_split("negatives"))
        negatives = [photo.path for photo in load_negatives(folder) if photo.name in held]
        seen = detect(ROOT / "dist", "auto", quality, negatives)
        least = read_entry(f"one-stage-{quality}")["minScore"]
        wrong = {
            name: round(max(f["score"] for f in faces), 3)
            for name, faces in seen.items()
            if any(f["score"] >= least for f in faces)
        }
        mine["negatives"] = {
            "pictures": len(negatives),
            "minScore": least,
            "with_a_box": wrong,
        }
        print(quality, json.dumps(mine, indent=1))
    REPORT.write_text(json.dumps(report, indent=1) + "\n")


if __name__ == "__main__":
    main()
