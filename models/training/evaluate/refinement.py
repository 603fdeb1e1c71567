"""How much the crop classifier's word should weigh in the one-stage label.

Every validation photo goes through the shipped command line twice, with the one-stage label alone
(`--refine never`) and with the classifier's alone (a copy of the package whose manifest gives it
the whole weight). The geometric means in between are then taken here, as the core takes them
(wasm/core/labels.h), and scored by the yardstick. Writes models/reports/refinement.json.

    python -m models.training.evaluate.refinement [--yardstick ../shared/tools/yardstick.py]
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import math
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from types import ModuleType

from ..data.records import data_folder
from ..data.splits import read_split

ROOT = Path(__file__).resolve().parents[3]
REPORT = ROOT / "models" / "reports" / "refinement.json"
# IoU at which a set is scored: ilc2021's boxes differ by annotator.
SETS = {"facemask853": 0.5, "ilc2021": 0.4}
WEIGHTS = (0.0, 0.25, 0.4, 0.5, 0.6, 0.75, 1.0)
MIN_FACES = (0, 16, 24)
LEAST = 1e-6  # as geometric_mean in wasm/core/labels.h


def load_yardstick(path: Path) -> ModuleType:
    """The yardstick as a module; it is written as a command that runs when loaded."""
    spec = importlib.util.spec_from_loader("yardstick", loader=None)
    assert spec is not None
    module = importlib.util.module_from_spec(spec)
    source = path.read_text().rsplit("\nmain()", 1)[0]
    exec(compile(source, str(path), "exec"), module.__dict__)
    return module


def package_with_weight(weight: float, scratch: Path) -> Path:
    """A copy of dist/ whose one-stage networks give the classifier this weight on every face."""
    package = scratch / f"weight_{weight}"
    shutil.copytree(ROOT / "dist", package)
    manifest = package / "assets" / "manifest.json"
    content = json.loads(manifest.read_text())
    for name, entry in content["networks"].items():
        if name.startswith("one-stage"):
            entry["refine"] = {"minFace": 0, "classifierWeight": weight}
    manifest.write_text(json.dumps(content))
    return package


def detect(package: Path, refine: str, quality: str, photos: list[Path]) -> dict[str, list[dict]]:
    command = ["node", str(package / "cli.js"), "detect", "--quality", quality]
    command += ["--refine", refine, "--min-score", "0.05", *map(str, photos)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    return {Path(line["file"]).name: line["faces"] for line in lines}


def fused(alone: dict, crop: dict, weight: float, min_face: float, classes: list[str]) -> str:
    """The label of a face after refinement."""
    if min(alone["box"][2:]) < min_face:
        weight = 0.0

    def word(face: dict, label: str) -> float:
        return math.log(max(face["probabilities"][label], LEAST))

    return max(classes, key=lambda c: (1 - weight) * word(alone, c) + weight * word(crop, c))


def main() -> None:
    p = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    p.add_argument("--data")
    p.add_argument("--yardstick", type=Path, default=ROOT / "../shared/tools/yardstick.py")
    a = p.parse_args()
    folder, yardstick = data_folder(a.data), load_yardstick(a.yardstick)
    report: dict = {}
    with tempfile.TemporaryDirectory() as scratch:
        package = package_with_weight(1.0, Path(scratch))
        for quality in ("accurate", "fast"):
            for data_set, overlap in SETS.items():
                names = set(read_split(data_set))
                photos = [folder / data_set / "images" / name for name in sorted(names)]
                truth, ignored, candidates = yardstick.load_truth(str(folder / data_set), names)
                alone = detect(package, "never", quality, photos)
                crops = detect(package, "always", quality, photos)
                rows = report.setdefault(quality, {}).setdefault(data_set, [])
                for weight in WEIGHTS:
                    for min_face in MIN_FACES if weight else (0,):
                        found = {
                            name: [
                                [
                                    *yardstick.corners(one["box"]),
                                    one["score"],
                                    fused(one, crop, weight, min_face, yardstick.CLASSES),
                                ]
                                for one, crop in zip(alone[name], crops[name], strict=True)
                            ]
                            for name in names
                        }
                        s = yardstick.score(found, truth, ignored, candidates, overlap, 0.5)
                        keys = ("mean_ap", *(f"ap_{c}" for c in yardstick.CLASSES))
                        row = {k: round(100 * s["strict"][k], 1) for k in keys}
                        rows.append({"weight": weight, "minFace": min_face, **row})
                best = max(rows, key=lambda r: r["mean_ap"])
                print(quality, data_set, "alone", rows[0], "best", best, file=sys.stderr)
    REPORT.write_text(json.dumps(report, indent=1) + "\n")


if __name__ == "__main__":
    main()
