"""What is settled on the validation photos: threshold, temperature, `uncertain`, and the score."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path

import cv2
import numpy as np

from ..data import load_negatives, load_photos, read_split
from .evaluate import line, look_twice, probabilities, runner

NMS_IOU = 0.4
# Share of the held-out pictures without a face that a score of 0.5 leaves without a box.
NEGATIVES_SPARED = 0.97
# IoU at which a set is scored: ilc2021's boxes differ by annotator.
SETS = {"facemask853": 0.5, "ilc2021": 0.4}


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
            found = look_twice(run, picture, longest, 0.02, NMS_IOU)
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
    held = set(read_split("negatives"))
    for photo in load_negatives(folder):
        if photo.name not in held:
            continue
        picture = cv2.cvtColor(cv2.imread(str(photo.path)), cv2.COLOR_BGR2RGB)
        found = look_twice(run, picture, longest, 0.02, NMS_IOU)
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


def smallest_certain(found: dict, heat: float) -> float:
    """The least short side at which three verdicts in four are right; smaller are `uncertain`."""
    right = probabilities(found["logits"], heat).argmax(1) == found["labels"]
    least = 0.0
    for low, high in ((4, 8), (8, 12), (12, 16)):
        part = (found["sides"] >= low) & (found["sides"] < high)
        if part.sum() >= 8 and right[part].mean() < 0.75:
            least = float(high)
    return least


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
                    line(name, picture, look_twice(run, picture, longest, 0.05, NMS_IOU), settings)
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
