"""Reading pictures and cutting faces out of them as the program does."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import cv2
import numpy as np

from .records import Box, Photo


@lru_cache(maxsize=64)
def _read(path: Path) -> np.ndarray:
    picture = cv2.imread(str(path), cv2.IMREAD_COLOR)
    if picture is None:
        raise OSError(f"cannot read {path}")
    return cv2.cvtColor(picture, cv2.COLOR_BGR2RGB)


def read_picture(photo: Photo) -> np.ndarray:
    """RGB, uint8, [height, width, 3]; a tile is cut out of its mosaic. Do not write into it."""
    picture = _read(photo.path)
    if photo.region is not None:
        left, top, width, height = photo.region
        picture = picture[top : top + height, left : left + width]
    return picture


def square_around(box: Box, margin: float) -> tuple[float, float, float]:
    """(left, top, side) of the square the classifier sees: max(w, h) * (1 + 2 * margin)."""
    x, y, width, height = box
    side = max(width, height) * (1.0 + 2.0 * margin)
    return x + width / 2 - side / 2, y + height / 2 - side / 2, side


def cut_square(
    picture: np.ndarray, left: float, top: float, side: float, size: int, pad: int = 0
) -> np.ndarray:
    """A square of `side` source pixels at (left, top), as [size, size, 3] uint8.

    Area average when shrinking, bilinear when enlarging; what lies outside is `pad`. The
    edges are fractional: an output pixel covers exactly side / size source pixels.
    """
    height, width = picture.shape[:2]
    x0, y0 = int(np.floor(left)) - 1, int(np.floor(top)) - 1
    x1, y1 = int(np.ceil(left + side)) + 1, int(np.ceil(top + side)) + 1
    inner = picture[max(y0, 0) : max(min(y1, height), 0), max(x0, 0) : max(min(x1, width), 0)]
    if inner.size == 0:
        return np.full((size, size, 3), pad, np.uint8)
    window = np.full((y1 - y0, x1 - x0, 3), pad, np.uint8)
    oy, ox = max(y0, 0) - y0, max(x0, 0) - x0
    window[oy : oy + inner.shape[0], ox : ox + inner.shape[1]] = inner
    scale = side / size
    dx, dy = left - x0, top - y0
    if scale > 1.0:
        # An exact area average with fractional edges: mean over `step` sub-samples per side of
        # each output pixel's footprint, taken bilinearly.
        step = int(np.ceil(scale))
        fine, fine_scale = size * step, scale / step
        matrix = np.float32(
            [
                [fine_scale, 0, dx + fine_scale / 2 - 0.5],
                [0, fine_scale, dy + fine_scale / 2 - 0.5],
            ]
        )
        sampled = cv2.warpAffine(
            window, matrix, (fine, fine), flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        )
        return cv2.resize(sampled, (size, size), interpolation=cv2.INTER_AREA)
    matrix = np.float32([[scale, 0, dx + scale / 2 - 0.5], [0, scale, dy + scale / 2 - 0.5]])
    return cv2.warpAffine(
        window, matrix, (size, size), flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    )
