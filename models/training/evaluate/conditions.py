"""Near and far, dark, turned, covered: how the detector stands where its validation photos do not
say.

    python -m models.training.evaluate.conditions                         # shipped command line
    python -m models.training.evaluate.conditions --network FILE --side 704 [--sets close tight]

Pictures are made of the validation photos alone, always the same ones, into --scratch: close-ups
(../shared/tools/closeup.py), 12k validation crops as they are, photos turned, darkened and with
something drawn before bare mouths or before eyes, the held-out photos of `people`, those of
extra/negatives. The command line's figures go to models/reports/conditions.json; those of
--network, without the classifier and at the threshold --least, are only printed.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import torch

from ..data import (
    CLASSES,
    OBJECTS,
    UNMASKED,
    Face,
    Photo,
    data_folder,
    draw_glasses,
    draw_object,
    load_mask12k,
    load_negatives,
    load_photos,
    read_split,
    validation_photos,
)
from ..detector.evaluate import Runner, line, look, look_twice, runner, settings_of
from ..detector.inherit import load_teacher
from ..detector.teachers import overlaps
from ..export import read_entry
from .yardstick import ROOT, YARDSTICK, detect, load_yardstick

REPORT = ROOT / "models" / "reports" / "conditions.json"
TEACHER = ROOT / "../shared/peers/yunet_n.onnx"
CLOSEUP = ROOT / "../shared/tools/closeup.py"
SETS = ("close", "tight", "people", "light", "turned", "covered", "glasses", "bare", "negatives")
LIGHTS, TURNS = (1.0, 0.3, 0.15, 0.05), (90, 180, 270)
COVERS = ("paper", "book", "cup", "hand", "phone", "microphone")
PORTRAIT, PORTRAITS = 48, 47  # short side of a photo's largest face; how many photos
TIGHT = 300  # of a class
NEAR = 0.4  # IoU at which a face of a known place counts as found

# Faces of every picture by its name.
Detect = Callable[[list[Path]], dict[str, list[dict]]]


def _write(path: Path, picture: np.ndarray) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    quality = [cv2.IMWRITE_JPEG_QUALITY, 92]
    cv2.imwrite(str(path), cv2.cvtColor(picture, cv2.COLOR_RGB2BGR), quality)
    return path


def _read(photo: Photo) -> np.ndarray:
    return cv2.cvtColor(cv2.imread(str(photo.path)), cv2.COLOR_BGR2RGB)


def _hash(name: str) -> str:
    return hashlib.sha256(f"conditions:{name}".encode()).hexdigest()


def _hit(faces: list[dict], box: np.ndarray, least: float, overlap: float = NEAR) -> dict | None:
    """The surest face above `least` at the place of `box` (corners)."""
    near = [f for f in faces if f["score"] >= least]
    if not near:
        return None
    edges = np.float32([f["box"] for f in near])
    edges[:, 2:] += edges[:, :2]
    good = overlaps(edges, box[None])[:, 0] >= overlap
    rows = [f for f, ok in zip(near, good, strict=True) if ok]
    return max(rows, key=lambda f: f["score"], default=None)


def _share(part: int, whole: int) -> float:
    return round(100 * part / max(whole, 1), 1)


def _rates(tally: Counter, *key: str) -> dict:
    """How many faces; of them found, and found and right, in percent."""
    faces = tally[*key, "faces"]
    return {
        "faces": faces,
        "found": _share(tally[*key, "found"], faces),
        "found_and_right": _share(tally[*key, "right"], faces),
    }


def close(folder: Path, scratch: Path, find: Detect, least: float) -> dict:
    """Close-ups: share found, and found and right, by share of the frame and by class."""
    out = scratch / "close"
    if not (out / "manifest.json").exists():
        for name in ("facemask853", "ilc2021"):
            names = ROOT / "models" / "training" / "splits" / f"{name}_val.txt"
            command = [sys.executable, str(CLOSEUP), "cut", "--data", str(folder / name)]
            subprocess.run([*command, "--names", str(names), "--out", str(out)], check=True)
    rows = json.loads((out / "manifest.json").read_text())
    found = find([out / "pics" / row["file"] for row in rows])
    names = {"with_mask": "correct", "mask_weared_incorrect": "incorrect"}
    tally: Counter = Counter()
    for row in rows:
        box = np.float32(row["box"])
        box[2:] += box[:2]
        label = names.get(row["label"], "unmasked")
        face = _hit(found[row["file"]], box, least)
        for key in (f"{row['share']:.0%}", "all", label):
            tally[key, "faces"] += 1
            tally[key, "found"] += face is not None
            tally[key, "right"] += face is not None and face["label"] == label
    keys = dict.fromkeys(key for key, _ in tally)
    return {key: _rates(tally, key) for key in keys}


def tight(folder: Path, scratch: Path, find: Detect, least: float) -> dict:
    """12k validation crops, which are one face from edge to edge."""
    photos = sorted(validation_photos(load_mask12k(folder)), key=lambda p: _hash(p.name))
    out = {}
    for label, kind in ((0, "masked"), (2, "bare")):
        chosen = [p for p in photos if p.faces[0].label == label][:TIGHT]
        paths = [
            _write(scratch / "tight" / f"{kind}_{i:03d}.jpg", _read(p))
            for i, p in enumerate(chosen)
        ]
        found, tally = find(paths), Counter()
        for photo, path in zip(chosen, paths, strict=True):
            whole = np.float32([0, 0, photo.width, photo.height])
            face = _hit(found[path.name], whole, least, 0.3)
            tally["found"] += face is not None
            if face is not None:
                tally[face["label"]] += 1
                tally["uncertain"] += face["uncertain"]
        count = len(chosen)
        out[kind] = {"crops": count, "found": _share(tally["found"], count)}
        out[kind]["found_and_right"] = _share(tally[CLASSES[label]], count)
        out[kind] |= {key: _share(tally[key], count) for key in (*CLASSES, "uncertain")}
    return out


def people(folder: Path, scratch: Path, find: Detect, least: float) -> dict:
    """Agreement with two detectors on scenes of other origin, held out by series."""
    names = set(read_split("people"))
    yardstick = load_yardstick(YARDSTICK)
    truth, ignored, candidates = yardstick.load_truth(str(folder / "people"), names)
    rows = find([folder / "people" / "images" / name for name in sorted(names)])
    found = {
        name: [[*yardstick.corners(f["box"]), f["score"], f["label"]] for f in faces]
        for name, faces in rows.items()
    }
    s = yardstick.score(found, truth, ignored, candidates, 0.5, least)
    return {
        "photos": len(names),
        "faces": s["faces"],
        "ap50": round(100 * s["strict"]["face_ap"], 1),
        "ap50_from_16": round(100 * s["strict_ge16"]["face_ap"], 1),
        "called_unmasked_from_16": _share(
            s["confusion_ge16"]["unmasked"]["unmasked"],
            sum(s["confusion_ge16"]["unmasked"][c] for c in CLASSES),
        ),
    }


def _portraits(folder: Path) -> list[Photo]:
    """Validation photos with a large face."""

    def largest(photo: Photo) -> float:
        return max((min(f.box[2:]) for f in photo.faces if not f.ignore), default=0.0)

    photos = validation_photos(load_photos(folder, ("facemask853", "ilc2021")))
    photos = [p for p in photos if largest(p) >= PORTRAIT]
    return sorted(photos, key=lambda p: _hash(p.name))[:PORTRAITS]


def _copies(
    folder: Path, scratch: Path, find: Detect, least: float, kind: str, change: Callable
) -> int:
    """Photos in which a face is found after `change`."""
    paths = [
        _write(scratch / kind / photo.name, change(_read(photo))) for photo in _portraits(folder)
    ]
    found = find(paths)
    return sum(any(f["score"] >= least for f in faces) for faces in found.values())


def light(folder: Path, scratch: Path, find: Detect, least: float) -> dict:
    """Of photos with a large face: in how many one is found at a share of their light."""
    out: dict = {"photos": len(_portraits(folder))}
    for share in LIGHTS:

        def darker(picture: np.ndarray, share: float = share) -> np.ndarray:
            return np.rint(picture * share).astype(np.uint8)

        out[f"{share:.0%}"] = _copies(folder, scratch, find, least, f"light{share}", darker)
    return out


def turned(folder: Path, scratch: Path, find: Detect, least: float) -> dict:
    """The same photos turned by degrees, clockwise."""
    out: dict = {"photos": len(_portraits(folder))}
    for degrees in TURNS:

        def turn(picture: np.ndarray, degrees: int = degrees) -> np.ndarray:
            return np.ascontiguousarray(np.rot90(picture, -degrees // 90))

        out[str(degrees)] = _copies(folder, scratch, find, least, f"turned{degrees}", turn)
    return out


def _teacher(path: Path) -> Runner:
    """YuNet-n's answers in the channels of our networks, labels left at zero."""
    teacher = load_teacher(path)

    def run(x: np.ndarray) -> list[np.ndarray]:
        rows = []
        for output in teacher(torch.from_numpy(x)):
            score = output[:, :1].clamp(1e-6, 1 - 1e-6).logit()
            labels = torch.zeros_like(output[:, :3])
            parts = [score, output[:, 1:5], labels, output[:, 5:]]
            rows.append(torch.cat(parts, 1).numpy())
        return rows

    return run


Known = tuple[Photo, Face, np.ndarray, np.ndarray]


def _known_faces(folder: Path, labels: tuple[int, ...]) -> list[Known]:
    """Validation faces of 40 px and more: corners, and their points as YuNet-n sees them."""
    run, rows = _teacher(TEACHER), []
    for photo in validation_photos(load_photos(folder, ("facemask853", "ilc2021"))):
        faces = [f for f in photo.faces if f.label in labels and not (f.ignore or f.doubtful)]
        faces = [f for f in faces if min(f.box[2:]) >= 40]
        if not faces:
            continue
        seen = look(run, _read(photo), 640, 0.3, 0.4)
        for face in faces:
            x, y, w, h = face.box
            box = np.float32([x, y, x + w, y + h])
            if not len(seen.boxes):
                continue
            table = overlaps(seen.boxes, box[None])[:, 0]
            if table.max() >= 0.4:
                rows.append((photo, face, box, seen.points[int(table.argmax())]))
    return rows


def covered(folder: Path, scratch: Path, find: Detect, least: float) -> dict:
    """Bare faces with something drawn before the mouth: what is said of them, surely or not."""
    faces, out = _known_faces(folder, (UNMASKED,)), {}
    for kind in COVERS:
        assert kind in OBJECTS
        paths, boxes = [], []
        for index, (photo, _, box, points) in enumerate(faces):
            rng = np.random.default_rng([int(_hash(photo.name)[:8], 16), index, len(kind)])
            drawn = draw_object(_read(photo), tuple(map(tuple, points.tolist())), rng, (), kind)
            if drawn is not None:
                path = scratch / "covered" / f"{kind}_{index:03d}.jpg"
                paths.append(_write(path, drawn))
                boxes.append(box)
        found, tally = find(paths), Counter()
        for path, box in zip(paths, boxes, strict=True):
            face = _hit(found[path.name], box, least)
            tally["not_found"] += face is None
            if face is not None:
                tally["uncertain" if face["uncertain"] else f"surely_{face['label']}"] += 1
        out[kind] = {"faces": len(paths), **dict(sorted(tally.items()))}
    return out


def glasses(folder: Path, scratch: Path, find: Detect, least: float) -> dict:
    """Faces with sunglasses drawn on, and without: found; found and right; by class."""
    rows = []
    for index, (photo, face, box, points) in enumerate(_known_faces(folder, (0, 1, 2))):
        rng = np.random.default_rng([int(_hash(photo.name)[:8], 16), index])
        known, plain = tuple(map(tuple, points.tolist())), _read(photo)
        drawn = draw_glasses(plain, known, rng, "sunglasses")
        if drawn is None:
            continue
        for way, picture in (("without", plain), ("with", drawn)):
            path = _write(scratch / "glasses" / f"{way}_{index:03d}.jpg", picture)
            rows.append((way, path, box, CLASSES[face.label]))
    found, tally = find([path for _, path, _, _ in rows]), Counter()
    for way, path, box, label in rows:
        face = _hit(found[path.name], box, least)
        tally[way, label, "faces"] += 1
        tally[way, label, "found"] += face is not None
        tally[way, label, "right"] += face is not None and face["label"] == label
    return {
        way: {label: _rates(tally, way, label) for label in CLASSES} for way in ("without", "with")
    }


def bare(folder: Path, scratch: Path, find: Detect, least: float) -> dict:
    """Photos of YouTube faces, 232 px: found and called unmasked. Trained on: a check, no score."""
    photos = sorted(load_photos(folder, ("ytf68",)), key=lambda p: _hash(p.name))[:100]
    found, tally = find([p.path for p in photos]), Counter()
    for photo in photos:
        x, y, w, h = photo.faces[0].box
        face = _hit(found[photo.path.name], np.float32([x, y, x + w, y + h]), least)
        tally["found"] += face is not None
        tally["right"] += face is not None and face["label"] == "unmasked"
    return {"photos": len(photos), "found": tally["found"], "found_and_right": tally["right"]}


def negatives(folder: Path, scratch: Path, find: Detect, least: float) -> dict:
    """Pictures without a human face that get a box: held out, and trained on."""
    held, rows = set(read_split("negatives")), find([p.path for p in load_negatives(folder)])
    seen = {n for n, faces in rows.items() if any(f["score"] >= least for f in faces)}
    return {
        "held_out": {"pictures": len(held), "with_a_box": sorted(seen & held)},
        "trained_on": {"pictures": len(rows) - len(held), "with_a_box": sorted(seen - held)},
    }


def _python(network: Path, side: int) -> Detect:
    run, settings = runner(network), settings_of(network)

    def find(paths: list[Path]) -> dict[str, list[dict]]:
        out = {}
        for path in paths:
            picture = cv2.cvtColor(cv2.imread(str(path)), cv2.COLOR_BGR2RGB)
            light = not settings or "light" in settings
            found = look_twice(run, picture, side, 0.05, settings.get("nmsIou", 0.4), light)
            out[path.name] = line(path.name, picture, found, settings)["faces"]
        return out

    return find


def _command_line(quality: str) -> Detect:
    return lambda paths: detect(ROOT / "dist", "auto", quality, paths)


def main() -> None:
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    p.add_argument("--data")
    p.add_argument("--network", type=Path, help="ONNX file or weights instead")
    p.add_argument("--side", type=int, default=704, help="working side of --network")
    p.add_argument("--least", type=float, default=0.5, help="threshold of --network")
    p.add_argument("--quality", nargs="*", default=["accurate", "fast"])
    p.add_argument("--sets", nargs="*", default=SETS, choices=SETS)
    p.add_argument("--scratch", type=Path, default=Path(tempfile.gettempdir()) / "conditions")
    a = p.parse_args()
    folder = data_folder(a.data)
    ways = {q: (_command_line(q), read_entry(f"one-stage-{q}")["minScore"]) for q in a.quality}
    if a.network:
        ways = {a.network.stem: (_python(a.network, a.side), a.least)}
    report = json.loads(REPORT.read_text()) if REPORT.exists() else {}
    report["what"] = "copies of validation photos; found: at the shipped threshold; percent"
    for way, (find, least) in ways.items():
        mine = report.setdefault(way, {})
        for name in a.sets:
            mine[name] = globals()[name](folder, a.scratch, find, least)
            print(way, name, json.dumps(mine[name]), flush=True)
        if not a.network:
            REPORT.write_text(json.dumps(report, indent=1) + "\n")


if __name__ == "__main__":
    main()
