"""Runs a network over pictures as the program does; prints the program's JSON lines.

    python -m models.training.detector.evaluate --network models/one-stage-accurate.onnx \
        --pictures PHOTOS --names models/training/splits/facemask853_val.txt

NETWORK is an ONNX file of the manifest (its settings are read there) or weights (.pt, .npz).
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np

from ..data.records import CLASSES
from ..export import MANIFEST
from .decode import Found, decode, letterbox, suppress
from .teachers import overlaps

# Faces of the second look are at least this share of the picture's longer side; those of both looks
# that overlap by SAME (IoU) and more are one, and both have a say in its label from a score of SAY
# on, as in wasm/core/pipeline/pipeline.cpp.
NEAR, SAME, SAY = 0.3, 0.4, 0.3
FIELDS = ("boxes", "scores", "logits", "points")

Runner = Callable[[np.ndarray], list[np.ndarray]]


def runner(path: Path) -> Runner:
    """Input [1, 3, H, W] to the outputs, by ONNX Runtime or PyTorch."""
    if path.suffix == ".onnx":
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        session = onnxruntime.InferenceSession(str(path), options, ["CPUExecutionProvider"])
        return lambda x: session.run(None, {"input": x})
    import torch

    from .weights import load_net

    torch.set_num_threads(1)
    net = load_net(path)

    def run(x: np.ndarray) -> list[np.ndarray]:
        with torch.no_grad():
            return [output.numpy() for output in net(torch.from_numpy(x))]

    return run


def look(
    run: Runner,
    picture: np.ndarray,
    longest: int,
    floor: float,
    overlap: float,
    light: bool = True,
) -> Found:
    """Faces of an RGB picture; `light`: dark ones are brightened."""
    x, scale = letterbox(picture, longest, light=light)
    return decode(run(x), scale, floor, overlap)


def near_side(longest: int) -> int | None:
    """Longer side of the second look that always follows a first one at `longest`, if any does."""
    near = json.loads(MANIFEST.read_text())["detectors"]["one-stage"].get("near")
    return near["maxSide"] if near and longest >= near["alwaysFrom"] else None


def _with_other(found: Found, other: Found) -> np.ndarray:
    """Logits of `found`, each the mean with those of the other look's face at the same place."""
    logits = found.logits - np.log(np.exp(found.logits).sum(1, keepdims=True))
    sure = other.scores >= SAY
    if not (len(found.boxes) and sure.any()):
        return logits
    theirs = other.logits[sure] - np.log(np.exp(other.logits[sure]).sum(1, keepdims=True))
    table = overlaps(found.boxes, other.boxes[sure])
    best = table.argmax(1)
    same = (table.max(1) >= SAME)[:, None]
    return np.where(same, (logits + theirs[best]) / 2, logits)


def look_twice(
    run: Runner,
    picture: np.ndarray,
    longest: int,
    floor: float,
    overlap: float,
    light: bool = True,
) -> Found:
    """As the program looks: with the large faces of a smaller working picture, where it has one."""
    far, near = look(run, picture, longest, floor, overlap, light), near_side(longest)
    if near is None:
        return far
    close = look(run, picture, near, floor, overlap, light)
    large = (close.boxes[:, 2:] - close.boxes[:, :2]).max(1) >= NEAR * max(picture.shape[:2])
    close = Found(*(getattr(close, n)[large] for n in FIELDS))
    logits = [_with_other(far, close), _with_other(close, far)]
    parts = [np.concatenate([getattr(far, n), getattr(close, n)]) for n in FIELDS]
    parts[FIELDS.index("logits")] = np.concatenate(logits)
    kept = suppress(parts[0], parts[1], SAME)
    return Found(*(part[kept] for part in parts))


def probabilities(logits: np.ndarray, temperature: float) -> np.ndarray:
    """Softmax of logits / temperature, [n, 3]."""
    scaled = logits / temperature
    scaled = np.exp(scaled - scaled.max(axis=1, keepdims=True))
    return scaled / scaled.sum(axis=1, keepdims=True)


def line(name: str, picture: np.ndarray, found: Found, settings: dict) -> dict:
    """One picture's JSON line."""
    share = probabilities(found.logits, settings.get("temperature", 1.0))
    faces = []
    for box, score, chance, points in zip(
        found.boxes, found.scores, share, found.points, strict=True
    ):
        x, y, right, bottom = (float(v) for v in box)
        ranked = np.sort(chance)
        small = min(right - x, bottom - y) < settings.get("minFace", 0)
        faces.append(
            {
                "box": [x, y, right - x, bottom - y],
                "score": float(score),
                "label": CLASSES[int(chance.argmax())],
                "probabilities": dict(zip(CLASSES, map(float, chance), strict=True)),
                "uncertain": bool(
                    small or ranked[-1] - ranked[-2] < settings.get("uncertainMargin", 0)
                ),
                "landmarks": points.tolist(),
            }
        )
    return {"file": name, "width": picture.shape[1], "height": picture.shape[0], "faces": faces}


def settings_of(network: Path) -> dict:
    """The manifest's entry of an ONNX file, or nothing."""
    networks = json.loads(MANIFEST.read_text())["networks"] if MANIFEST.exists() else {}
    return next((e for e in networks.values() if e["file"] == network.name), {})


def lines(network: Path, pictures: list[Path], longest: int | None, floor: float) -> list[dict]:
    """JSON lines of all pictures."""
    settings, run = settings_of(network), runner(network)
    longest = longest or settings.get("maxSide", 576)
    rows = []
    for path in pictures:
        picture = cv2.cvtColor(cv2.imread(str(path)), cv2.COLOR_BGR2RGB)
        light = not settings or "light" in settings
        found = look_twice(run, picture, longest, floor, settings.get("nmsIou", 0.4), light)
        rows.append(line(path.name, picture, found, settings))
    return rows


def main() -> None:
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    p.add_argument("--network", type=Path, required=True)
    p.add_argument("--pictures", type=Path, required=True, help="folder")
    p.add_argument("--names", type=Path, help="only these, one name a line")
    p.add_argument("--max-side", type=int)
    p.add_argument("--min-score", type=float, default=0.05)
    a = p.parse_args()
    names = set(a.names.read_text().split()) if a.names else None
    chosen = [q for q in sorted(a.pictures.iterdir()) if q.suffix == ".jpg"]
    chosen = [q for q in chosen if names is None or q.name in names]
    for row in lines(a.network, chosen, a.max_side, a.min_score):
        sys.stdout.write(json.dumps(row) + "\n")


if __name__ == "__main__":
    main()
