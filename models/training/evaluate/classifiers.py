"""Reports of the classifiers: `python -m models.training.evaluate.classifiers [NAME ...]`.

For each of masklens, cnn, baseline and vgg19 (those that the manifest has), through the shipped
pipeline, models/reports/NAME_report.json and .svg with

  official   the 992 published test crops. Contaminated: every masked one has a warped copy of the
             same photo among the training crops.
  honest     12k validation crops and labelled faces (short side 24 px and more) of the validation
             photos: nothing shares a source photo or a near-duplicate group with training.
  mtcnn,     what the detectors cut out of the validation photos, matched to the labels
  one_stage  (IoU >= 0.4), faces of 24 px and more at their natural shares.

Needs `npm run build`.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np

from ..classifier import crops as crop_maker
from ..data import (
    CLASSES,
    INCORRECT,
    Photo,
    data_folder,
    load_mask12k,
    load_photos,
    read_picture,
    validation_photos,
)
from ..data.pictures import square_around
from ..export import MODELS
from . import pipeline, statistics
from .figures import draw

NETWORKS = {"masklens": "classifier", "cnn": "cnn", "baseline": "baseline", "vgg19": "vgg19"}
SMALLEST = 24
MATCH = 0.4


@dataclass
class Judged:
    """Faces with label and probabilities, in the order of CLASSES."""

    labels: list[int] = field(default_factory=list)
    probabilities: list[list[float]] = field(default_factory=list)
    groups: list[str] = field(default_factory=list)
    short: list[float] = field(default_factory=list)

    def add(self, label: int, face: dict, group: str, short: float) -> None:
        self.labels.append(label)
        self.probabilities.append([face["probabilities"][name] for name in CLASSES])
        self.groups.append(group)
        self.short.append(short)

    def report(self, classes: list[str]) -> dict:
        return statistics.report(
            np.array(self.probabilities), np.array(self.labels), self.groups, classes
        )


def judge_crops(photos: list[Photo], name: str, assets: Path, into: Judged) -> None:
    """12k crops: the whole picture is the box."""
    options = {"detector": "one-stage", "classifier": name}
    results = pipeline.run([photo.path for photo in photos], options, assets, {"refine": "always"})
    for photo, result in zip(photos, results):
        face = photo.faces[0]
        if len(result["faces"]) != 1:
            raise SystemExit(f"{photo.name}: {len(result['faces'])} boxes instead of one")
        into.add(face.label, result["faces"][0], photo.group, min(photo.width, photo.height))


def judge_labelled(
    photos: list[Photo], name: str, margin: float, assets: Path, into: Judged
) -> None:
    """Labelled faces: the square that the core would cut, cut beforehand at whole pixels.

    `assets` has the margin 0, so that the picture handed over is the network's view.
    """
    faces = [
        (photo, face)
        for photo in photos
        for face in photo.faces
        if not face.ignore and not face.doubtful and min(face.box[2:]) >= SMALLEST
    ]
    with tempfile.TemporaryDirectory() as folder:
        files = []
        for index, (photo, face) in enumerate(faces):
            left, top, side = (round(value) for value in square_around(face.box, margin))
            picture = read_picture(photo)
            square = np.full((side, side, 3), crop_maker.PAD, np.uint8)
            x0, y0 = max(left, 0), max(top, 0)
            x1, y1 = min(left + side, photo.width), min(top + side, photo.height)
            square[y0 - top : y1 - top, x0 - left : x1 - left] = picture[y0:y1, x0:x1]
            path = Path(folder) / f"{index}.png"
            cv2.imwrite(str(path), cv2.cvtColor(square, cv2.COLOR_RGB2BGR))
            files.append(path)
        options = {"detector": "one-stage", "classifier": name}
        results = pipeline.run(files, options, assets, {"refine": "always"})
    for (photo, face), result in zip(faces, results):
        into.add(face.label, result["faces"][0], photo.group, min(face.box[2:]))


def overlap(a: tuple[float, ...], b: tuple[float, ...]) -> float:
    width = min(a[0] + a[2], b[0] + b[2]) - max(a[0], b[0])
    height = min(a[1] + a[3], b[1] + b[3]) - max(a[1], b[1])
    shared = max(width, 0.0) * max(height, 0.0)
    return shared / (a[2] * a[3] + b[2] * b[3] - shared)


def judge_found(
    photos: list[Photo], name: str, detector: str, refine: str, assets: Path, into: Judged
) -> dict[str, int]:
    """Faces that a detector finds, each label matched once, best score first."""
    options = {"detector": detector, "classifier": name}
    results = pipeline.run([photo.path for photo in photos], options, assets, {"refine": refine})
    labelled = dict.fromkeys(CLASSES, 0)
    for photo, result in zip(photos, results):
        open_faces = [
            face
            for face in photo.faces
            if not face.ignore and not face.doubtful and min(face.box[2:]) >= SMALLEST
        ]
        for face in open_faces:
            labelled[CLASSES[face.label]] += 1
        for found in sorted(result["faces"], key=lambda face: -face["score"]):
            box = tuple(found["box"][key] for key in ("x", "y", "width", "height"))
            best = max(open_faces, key=lambda face: overlap(face.box, box), default=None)
            if best is not None and overlap(best.box, box) >= MATCH:
                open_faces.remove(best)
                into.add(best.label, found, photo.group, min(best.box[2:]))
    return labelled


def speed(file: Path, size: int) -> dict[str, float]:
    """Median and fastest in batches of 8 with one thread; on a busy machine read the fastest."""
    script = Path(__file__).with_name("speed.mjs")
    command = ["node", str(script), str(file), str(size)]
    return json.loads(subprocess.run(command, check=True, capture_output=True).stdout)


def evaluate(name: str, folder: Path, scratch: Path) -> dict:
    manifest = json.loads((MODELS / "manifest.json").read_text())
    network = NETWORKS[name]
    entry = manifest["networks"][network]
    current = pipeline.assets(scratch / "current")
    whole = pipeline.whole_picture_assets(scratch / "whole")
    cut = pipeline.whole_picture_assets(scratch / "cut", {network: {"margin": 0}})
    scenes = validation_photos(load_photos(folder, ("facemask853", "ilc2021")))
    report: dict = {
        "what": f"classifier '{name}' ({entry['file']}, sha256 {entry['sha256'][:16]}) through "
        "the shipped pipeline: Node, WASM core, ONNX Runtime Web, one thread",
        "intervals": "[value, low, high] at 95 %: Wilson for shares, resampled groups for the rest",
        "classes": entry["classes"],
        "milliseconds_a_face": speed(MODELS / entry["file"], entry["input"]["shape"][2]),
        "sets": {},
    }

    def keep(key: str, judged: Judged, about: str, more: dict | None = None) -> None:
        figures = judged.report(entry["classes"])
        report["sets"][key] = {"about": about} | (more or {}) | figures
        two = figures["masked_or_not"]
        print(f"{name} {key}: accuracy {two['accuracy']} balanced {two['balanced']}", flush=True)
        if "incorrect" in figures["classes"]:
            print(
                f"  incorrect {figures['classes']['incorrect']['recall']} recall, "
                f"{figures['classes']['incorrect']['precision']} precision",
                flush=True,
            )

    official = Judged()
    judge_crops(load_mask12k(folder, ("test",)), name, whole, official)
    keep(
        "official",
        official,
        "992 published test crops; contaminated: masked ones have copies in training",
    )
    honest, labelled = Judged(), Judged()
    judge_crops(validation_photos(load_mask12k(folder)), name, whole, honest)
    keep("honest_crops", honest, "12k validation crops, no source photo shared with training")
    judge_labelled(scenes, name, entry["margin"], cut, labelled)
    keep("honest_photos", labelled, "labelled faces of 24 px and more of the validation photos")
    for part in ("labels", "probabilities", "groups", "short"):
        getattr(honest, part).extend(getattr(labelled, part))
    keep("honest", honest, "both of the honest sets together")
    detectors = [("mtcnn", "mtcnn", "auto")]
    if "one-stage-accurate" in manifest["networks"]:
        detectors.append(("one_stage", "one-stage", "always"))
        detectors.append(("one_stage_auto", "one-stage", "auto"))
    for key, detector, refine in detectors:
        if key == "one_stage_auto" and name != "masklens":
            continue
        found = Judged()
        counts = judge_found(scenes, name, detector, refine, current, found)
        labels = np.array(found.labels)
        more = {
            "labelled": counts,
            "found": {label: int((labels == k).sum()) for k, label in enumerate(CLASSES)},
            "detector": detector,
            "refine": refine,
        }
        if "incorrect" in entry["classes"]:
            hits = (labels == INCORRECT) & (np.array(found.probabilities).argmax(1) == INCORRECT)
            more["incorrect_found_and_right"] = statistics.wilson(
                int(hits.sum()), counts["incorrect"]
            )
        keep(key, found, f"faces of 24 px and more found by {detector} on validation photos", more)
    return report


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(NETWORKS)}")
    parser.add_argument("--data", help="data folder (default: $MASKLENS_DATA, ../shared/data)")
    arguments = parser.parse_args()
    folder = data_folder(arguments.data)
    manifest = json.loads((MODELS / "manifest.json").read_text())
    for name in arguments.names or NETWORKS:
        if NETWORKS[name] not in manifest["networks"]:
            print(f"{name}: not in the manifest", flush=True)
            continue
        with tempfile.TemporaryDirectory() as scratch:
            report = evaluate(name, folder, Path(scratch))
        reports = MODELS / "reports"
        (reports / f"{name}_report.json").write_text(json.dumps(report, indent=1) + "\n")
        training = reports / f"{NETWORKS[name]}_training.json"
        curves = json.loads(training.read_text())["curves"] if training.exists() else []
        draw(report, curves, reports / f"{name}_report.svg")


if __name__ == "__main__":
    main()
