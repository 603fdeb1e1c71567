"""Faces that the default pipeline labels wrongly, as models/reports/failures.svg and failures.json.

    python -m models.training.evaluate.failures

Only photos of facemask853 (CC0) are shown: its validation photos, faces of 10 px and more found
by the one-stage detector, the surest errors first. Needs `npm run build`. The picture is for
the README; the JSON holds the same cut-outs for the site, which says the rest in its own words.
"""

from __future__ import annotations

import argparse
import base64
import io
import json
import tempfile
from pathlib import Path

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt  # noqa: E402
import numpy as np  # noqa: E402
from PIL import Image  # noqa: E402

from ..data import CLASSES, cut_square, data_folder, load_photos, read_picture, validation_photos
from ..data.pictures import square_around
from ..export import MODELS
from . import pipeline
from .classifiers import MATCH, overlap

SMALLEST = 10
SHOWN = 12


def as_address(crop: np.ndarray) -> str:
    """An RGB crop as a data address: JPEG, since it was one before."""
    file = io.BytesIO()
    Image.fromarray(crop).save(file, "jpeg", quality=88)
    return "data:image/jpeg;base64," + base64.b64encode(file.getvalue()).decode()


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", help="data folder (default: $MASKLENS_DATA, ../shared/data)")
    folder = data_folder(parser.parse_args().data)
    photos = validation_photos(load_photos(folder, ("facemask853",)))
    with tempfile.TemporaryDirectory() as scratch:
        results = pipeline.run(
            [photo.path for photo in photos], {}, pipeline.assets(Path(scratch) / "assets")
        )
    wrong, faces = [], 0
    for photo, result in zip(photos, results):
        for found in result["faces"]:
            box = tuple(found["box"][key] for key in ("x", "y", "width", "height"))
            labelled = [face for face in photo.faces if not face.ignore and not face.doubtful]
            best = max(labelled, key=lambda face: overlap(face.box, box), default=None)
            if best is None or overlap(best.box, box) < MATCH or min(best.box[2:]) < SMALLEST:
                continue
            faces += 1
            if found["label"] != CLASSES[best.label]:
                wrong.append((found["probabilities"][found["label"]], photo, box, best, found))
    wrong.sort(key=lambda row: (-row[0], row[1].name))
    print(f"{len(wrong)} of {faces} faces wrong; {min(SHOWN, len(wrong))} shown")
    plt.rcParams.update({"svg.hashsalt": "masklens", "font.size": 8, "svg.fonttype": "path"})
    rows = 1 if len(wrong) <= SHOWN // 2 else 2
    figure, axes = plt.subplots(
        rows, SHOWN // 2, figsize=(12, 2.6 * rows), layout="constrained", squeeze=False
    )
    for axis in axes.flat:
        axis.axis("off")
    shown = []
    for axis, (sure, photo, box, best, found) in zip(axes.flat, wrong):
        crop = cut_square(read_picture(photo), *square_around(box, 0.35), 96, 127)
        shown.append(
            {
                "crop": as_address(crop),
                "label": CLASSES[best.label],
                "verdict": found["label"],
                "confidence": round(sure, 4),
                "side": round(min(best.box[2:])),
                "uncertain": found["uncertain"],
            }
        )
        axis.imshow(crop)
        doubt = ", uncertain" if found["uncertain"] else ""
        axis.set_title(
            f"label {CLASSES[best.label]}\nverdict {found['label']} {sure:.0%}\n"
            f"{min(best.box[2:]):.0f} px{doubt}"
        )
    path = MODELS / "reports" / "failures.svg"
    figure.savefig(path, format="svg", metadata={"Date": None, "Creator": None})
    report = {"faces": faces, "wrong": len(wrong), "shown": shown}
    path.with_suffix(".json").write_text(json.dumps(report, indent=2) + "\n")


if __name__ == "__main__":
    main()
