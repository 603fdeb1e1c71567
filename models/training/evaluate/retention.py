"""What the one-stage networks still find of what their teacher finds, on scenes never trained on.

    python -m models.training.evaluate.retention [--also NAME=FILE@SIDE ...]

The scenes are half of coco_mini: streets, rooms, crowds, hardly a mask. Nobody labelled all their
faces, so the truth is what YuNet-n finds at one and a half times its usual size with a score of 0.6
or more. That is a measure of forgetting, not of accuracy: YuNet-n at its usual 640 pixels is the
row to compare with, and some of what it finds is no face. Writes models/reports/retention.json;
with --also, other weights or other working pictures, it only prints.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import cv2
import numpy as np
import torch

from ..data import data_folder, read_split
from ..data.splits import RETENTION_SET
from ..detector.decode import Found
from ..detector.evaluate import Runner, look, runner
from ..detector.inherit import load_teacher
from ..detector.train import LONGEST
from .yardstick import ROOT, YARDSTICK, load_yardstick

REPORT = ROOT / "models" / "reports" / "retention.json"
TRUTH_SIDE, TRUTH_SCORE, USUAL_SIDE = 960, 0.6, 640
FLOOR = 0.05


def teacher_runner(path: Path) -> Runner:
    """YuNet-n's outputs in the channels of our networks, labels left at zero."""
    teacher = load_teacher(path)

    def run(x: np.ndarray) -> list[np.ndarray]:
        rows = []
        for output in teacher(torch.from_numpy(x)):
            score = output[:, :1].clamp(1e-6, 1 - 1e-6)
            labels = torch.zeros_like(output[:, :3])
            parts = [score.logit(), output[:, 1:5], labels, output[:, 5:]]
            rows.append(torch.cat(parts, 1).numpy())
        return rows

    return run


def boxes(found: Found, least: float) -> list[list]:
    """Corners, score and a label of all faces, as the yardstick takes them."""
    return [
        [*map(float, box), float(score), "unmasked"]
        for box, score in zip(found.boxes, found.scores, strict=True)
        if score >= least
    ]


def main() -> None:
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    p.add_argument("--data")
    p.add_argument("--teacher", type=Path, default=ROOT / "../shared/peers/yunet_n.onnx")
    p.add_argument("--yardstick", type=Path, default=YARDSTICK)
    p.add_argument("--also", nargs="*", default=[], metavar="NAME=FILE@SIDE")
    a = p.parse_args()
    folder, yardstick = data_folder(a.data), load_yardstick(a.yardstick)
    names = read_split(RETENTION_SET)
    pictures = {}
    for name in names:
        whole = cv2.imread(str(folder / RETENTION_SET / "images" / name))
        pictures[name] = cv2.cvtColor(whole, cv2.COLOR_BGR2RGB)
    teacher = teacher_runner(a.teacher)
    truth: dict[str, list] = {}
    for name, picture in pictures.items():
        sure = boxes(look(teacher, picture, TRUTH_SIDE, FLOOR, 0.4), TRUTH_SCORE)
        truth[name] = [(b[:4], b[5], min(b[2] - b[0], b[3] - b[1])) for b in sure]
    ways: dict[str, tuple[Runner, int]] = {"YuNet-n": (teacher, USUAL_SIDE)}
    for size, side in LONGEST.items():
        network = ROOT / "models" / f"one-stage-{size}.onnx"
        ways[f"one-stage-{size}"] = (runner(network), side)
    for extra in a.also:
        name, rest = extra.split("=", 1)
        file, side = rest.rsplit("@", 1)
        ways[name] = (runner(Path(file)), int(side))
    none: dict[str, list] = {name: [] for name in names}
    rows = {}
    for way, (run, side) in ways.items():
        found = {n: boxes(look(run, q, side, FLOOR, 0.4), 0) for n, q in pictures.items()}
        s = yardstick.score(found, truth, none, none, 0.5, 0.5)
        rows[way] = {
            "maxSide": side,
            "ap50": round(s["strict"]["face_ap"], 4),
            "ap50From16": round(s["strict_ge16"]["face_ap"], 4),
            "recallAtHalfAFalseBoxFrom16": round(
                s["strict_ge16"]["recall_at_0.5_false_a_picture"], 4
            ),
        }
        print(f"{way:22s} {json.dumps(rows[way])}", flush=True)
    if not a.also:
        report = {
            "what": "agreement with YuNet-n at 960 pixels on scenes kept out of training",
            "pictures": len(names),
            "faces": sum(map(len, truth.values())),
            "networks": rows,
        }
        REPORT.write_text(json.dumps(report, indent=1) + "\n")


if __name__ == "__main__":
    main()
