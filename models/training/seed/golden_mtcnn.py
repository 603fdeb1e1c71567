"""The faces that the Python package `mtcnn` 1.0.0 finds, as a golden file for the core's tests.

    python -m models.training.seed.golden_mtcnn [--data FOLDER] [--decoder stb|pillow|package]

Needs `pip install mtcnn==1.0.0 tensorflow-cpu`; run once, the result is committed. Every fourth
photo of facemask853 in the order of names, 120 in all. Settings: the package's defaults but for
the third threshold (its own is 0.8), boxes as they come (fit_to_image=False, no rounding).
Result: {file: [[x, y, width, height, score, x1..x5, y1..y5], ...]}, in pixels of the photo,
rounded to four decimals. Points: left eye, right eye, nose, left and right mouth corner.

Decoding decides more than one would think: the package's own loader (tf.image.decode_image)
takes libjpeg's fast integer transform, one gray level off on average, and that alone moves a
third of the faces by more than the tests allow. So the package is given the pixels that the core
sees, by stb_image (`--decoder stb`, the default; needs a C++ compiler and libstb-dev).
`--decoder package` and `--decoder pillow` (libjpeg's accurate transform) serve to measure that:
`--compare FILE` counts the faces of FILE that agree with the run.
"""

from __future__ import annotations

import argparse
import ctypes
import json
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
from mtcnn import MTCNN
from PIL import Image

from ..data.records import data_folder
from .convert_mtcnn import SETTINGS

STEP, COUNT = 4, 120

Source = str | np.ndarray


def stb_decoder() -> Callable[[Path], np.ndarray]:
    """stb_image as the core builds it (SSE2 paths), through a library compiled on the spot."""
    folder = Path(tempfile.mkdtemp())
    (folder / "decode.cpp").write_text(
        "#define STB_IMAGE_IMPLEMENTATION\n"
        "#if __has_include(<stb/stb_image.h>)\n#include <stb/stb_image.h>\n"
        "#else\n#include <stb_image.h>\n#endif\n"
        'extern "C" unsigned char* load(const char* path, int* w, int* h) {\n'
        "  int channels; return stbi_load(path, w, h, &channels, 3);\n}\n"
    )
    library = folder / "decode.so"
    subprocess.run(
        ["c++", "-O2", "-shared", "-fPIC", "-o", str(library), str(folder / "decode.cpp")],
        check=True,
    )
    load = ctypes.CDLL(str(library)).load
    load.restype = ctypes.POINTER(ctypes.c_ubyte)

    def decode(path: Path) -> np.ndarray:
        width, height = ctypes.c_int(), ctypes.c_int()
        pixels = load(str(path).encode(), ctypes.byref(width), ctypes.byref(height))
        if not pixels:
            raise OSError(f"cannot decode {path}")
        return np.ctypeslib.as_array(pixels, (height.value, width.value, 3)).astype(np.float32)

    return decode


def overlap(a: list[float], b: list[float]) -> float:
    """Intersection over union of two [x, y, width, height, ...]."""
    width = min(a[0] + a[2], b[0] + b[2]) - max(a[0], b[0])
    height = min(a[1] + a[3], b[1] + b[3]) - max(a[1], b[1])
    shared = max(width, 0.0) * max(height, 0.0)
    return shared / (a[2] * a[3] + b[2] * b[3] - shared)


def agreement(ours: dict[str, list[list[float]]], other: dict[str, list[list[float]]]) -> str:
    """How many faces of `other` are in `ours` with IoU >= 0.95 and score within 0.005."""
    total = agreed = 0
    for name, faces in other.items():
        for face in faces:
            total += 1
            agreed += any(
                overlap(face, mine) >= 0.95 and abs(face[4] - mine[4]) <= 0.005
                for mine in ours.get(name, [])
            )
    return f"{agreed} of {total} faces agree"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", help="data folder (default: $MASKLENS_DATA, ../shared/data)")
    parser.add_argument("--decoder", choices=("stb", "pillow", "package"), default="stb")
    parser.add_argument("--compare", type=Path, help="golden file of another run")
    root = Path(__file__).resolve().parents[3]
    parser.add_argument(
        "--out", type=Path, default=root / "tests" / "fixtures" / "mtcnn_golden.json"
    )
    arguments = parser.parse_args()
    images = sorted((data_folder(arguments.data) / "facemask853" / "images").iterdir())
    detector = MTCNN()
    decode: dict[str, Callable[[Path], Source]] = {
        "package": str,
        "pillow": lambda path: np.asarray(Image.open(path).convert("RGB"), np.float32),
    }
    if arguments.decoder == "stb":
        decode["stb"] = stb_decoder()
    golden: dict[str, list[list[float]]] = {}
    for path in images[::STEP][:COUNT]:
        rows = detector.detect_faces(
            decode[arguments.decoder](path),
            fit_to_image=False,
            box_format="xywh",
            output_type="numpy",
            min_face_size=SETTINGS["pnet"]["minFace"],
            scale_factor=SETTINGS["pnet"]["factor"],
            threshold_pnet=SETTINGS["pnet"]["threshold"],
            nms_pnet1=SETTINGS["pnet"]["nmsPerScale"],
            nms_pnet2=SETTINGS["pnet"]["nmsAcrossScales"],
            threshold_rnet=SETTINGS["rnet"]["threshold"],
            nms_rnet=SETTINGS["rnet"]["nms"],
            threshold_onet=SETTINGS["onet"]["threshold"],
            nms_onet=SETTINGS["onet"]["nms"],
        )
        golden[path.name] = [[round(float(value), 4) for value in row[1:]] for row in rows]
        print(f"{len(golden)}/{COUNT} {path.name}: {len(rows)} faces", flush=True)
    if arguments.compare:
        print(agreement(golden, json.loads(arguments.compare.read_text())))
    lines = [f"  {json.dumps(name)}: {json.dumps(faces)}" for name, faces in golden.items()]
    arguments.out.write_text("{\n" + ",\n".join(lines) + "\n}\n")


if __name__ == "__main__":
    main()
