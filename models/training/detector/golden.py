"""The faces that the shipped one-stage networks find by Python, as a golden file for the tests.

    python -m models.training.detector.golden

Runs after every export. Three ways must agree: PyTorch with the float weights, ONNX Runtime in
Python with the shipped file (this module prints how far they are apart), and the C++ core with
ONNX Runtime Web (tests/lib/golden_one_stage.test.mjs reads the file). Result:
{network: {photo: [{"box", "score", "label", "landmarks"}, ...]}} in pixels of the photo, scores
from 0.3 up, over tests/fixtures/photos.
"""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np

from ..export import MODELS, read_entry
from .evaluate import lines, look, runner

FIXTURES = MODELS.parent / "tests" / "fixtures"
FLOOR = 0.3


def _rounded(face: dict) -> dict:
    return {
        "box": [round(v, 3) for v in face["box"]],
        "score": round(face["score"], 4),
        "label": face["label"],
        "uncertain": face["uncertain"],
        "landmarks": [[round(v, 3) for v in point] for point in face["landmarks"]],
    }


def _apart(a: Path, b: Path, pictures: list[Path], entry: dict) -> tuple[float, float]:
    """Largest difference of scores and of box edges (pixels) of the faces both find."""
    run_a, run_b, score, edge = runner(a), runner(b), 0.0, 0.0
    for path in pictures:
        picture = cv2.cvtColor(cv2.imread(str(path)), cv2.COLOR_BGR2RGB)
        x, y = (
            look(run, picture, entry["maxSide"], FLOOR, entry["nmsIou"], "light" in entry)
            for run in (run_a, run_b)
        )
        for box, value in zip(x.boxes, x.scores):
            if not len(y.boxes):
                continue
            gap = np.abs(y.boxes - box).max(axis=1)
            near = int(gap.argmin())
            if gap[near] < 8:
                edge = max(edge, float(gap[near]))
                score = max(score, abs(float(y.scores[near] - value)))
    return score, edge


def main() -> None:
    pictures = sorted((FIXTURES / "photos").glob("*.jpg"))
    golden: dict[str, dict] = {}
    for name in ("one-stage-accurate", "one-stage-fast"):
        entry, network = read_entry(name), MODELS / f"{name}.onnx"
        golden[name] = {
            row["file"]: [_rounded(face) for face in row["faces"]]
            for row in lines(network, pictures, None, FLOOR)
        }
        score, edge = _apart(MODELS / "weights" / f"{name}.npz", network, pictures, entry)
        print(f"{name}: float and int8 differ by {score:.4f} in score, {edge:.2f} pixels in a box")
    (FIXTURES / "one_stage_golden.json").write_text(json.dumps(golden, indent=1) + "\n")


if __name__ == "__main__":
    main()
