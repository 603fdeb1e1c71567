"""Sunglasses, spectacles and goggles, drawn on faces with known points: whatever else is worn.

Faces without visible eyes are found less surely than any others, masked ones above all, and no
set of training pictures holds many of them.
"""

from __future__ import annotations

import cv2
import numpy as np

from .drawing import Canvas, colour_of
from .drawn_masks import frame_of
from .records import Point

# Share of each kind.
GLASSES = {"sunglasses": 0.7, "spectacles": 0.15, "goggles": 0.15}


def _at(canvas: Canvas, sideways: float, down: float) -> np.ndarray:
    """Canvas point; both in eye distances from between the eyes."""
    return canvas.at(down * canvas.frame.eye_distance / _height(canvas), sideways)


def _height(canvas: Canvas) -> float:
    return max(float(np.linalg.norm(canvas.frame.down)), 1e-3)


Pair = tuple[float, float]


def _lens(canvas: Canvas, middle: Pair, half: Pair, shape: float, drop: float) -> list[np.ndarray]:
    """Outline: a super-ellipse, 2 round and 6 nearly square; `drop` hangs its outer half (+-)."""
    turns = np.linspace(0, 2 * np.pi, 40, endpoint=False)
    across = np.sign(np.cos(turns)) * np.abs(np.cos(turns)) ** (2 / shape)
    down = np.sign(np.sin(turns)) * np.abs(np.sin(turns)) ** (2 / shape)
    rows = zip(across, down, strict=True)
    return [
        _at(canvas, middle[0] + half[0] * a, middle[1] + half[1] * d + drop * a * max(d, 0))
        for a, d in rows
    ]


def _glass(
    canvas: Canvas, here: np.ndarray, rng: np.random.Generator, tint: np.ndarray, clear: float
) -> None:
    """Fills `here` with tinted glass, paler towards one side, with a reflection at times."""
    rows, columns = np.nonzero(here)
    if len(rows) == 0:
        return
    fall = (rows - rows.min()) / max(int(np.ptp(rows)), 1)
    paler = 1 + rng.uniform(-0.3, 1.2) * fall
    canvas.colour[rows, columns] = np.clip(tint * paler[:, None], 0, 255)
    canvas.alpha[rows, columns] = 1 - clear * (0.6 + 0.4 * fall)
    if rng.random() < 0.45:
        glare, period = rng.uniform(40, 200), max(int(np.ptp(columns)), 1)
        wave = np.sin((columns + rng.uniform(0.3, 1.5) * rows) * rng.uniform(3, 9) / period)
        bright = (wave > rng.uniform(0.5, 0.95))[:, None] * glare * rng.uniform(0.2, 1, 3)
        canvas.colour[rows, columns] = np.clip(canvas.colour[rows, columns] + bright, 0, 255)


def draw_glasses(
    picture: np.ndarray,
    keypoints: tuple[Point, ...],
    rng: np.random.Generator,
    kind: str | None = None,
) -> np.ndarray | None:
    """A copy of `picture` (RGB uint8) with glasses before the eyes of a face.

    `keypoints` as in `Face`; `kind` is one of GLASSES, None draws one. None is returned where the
    points lie too close together.
    """
    frame = frame_of(keypoints)
    begun = frame and Canvas.over(picture, frame)
    if not begun:
        return None
    canvas, part = begun
    kind = kind or str(rng.choice(list(GLASSES), p=list(GLASSES.values())))
    dark = rng.random() < 0.7
    tint = np.float32(rng.uniform(3, 60) + rng.normal(0, 5, 3)) if dark else colour_of(rng, 0.1)
    rim = tint * rng.uniform(0.3, 0.9) if rng.random() < 0.6 else colour_of(rng, 0.2)
    clear = {"sunglasses": rng.choice([0, rng.uniform(0, 0.35)]), "goggles": rng.uniform(0, 0.6)}
    width = canvas.length(rng.uniform(0.02, 0.09))
    lower = rng.uniform(-0.02, 0.18)
    if kind == "goggles":
        half = rng.uniform(0.95, 1.25), rng.uniform(0.32, 0.55)
        outlines = [_lens(canvas, (0, lower), half, rng.uniform(2.5, 5), 0)]
    else:
        half = rng.uniform(0.32, 0.5), rng.uniform(0.2, 0.46)
        shape, drop, apart = rng.uniform(2, 5), rng.uniform(-0.06, 0.14), rng.uniform(0.48, 0.58)
        # The nearer side of a turned face is the wider one.
        ways = ((-1, 1 - 0.3 * frame.yaw), (1, 1 + 0.3 * frame.yaw))
        outlines = [
            _lens(canvas, (way * apart, lower), (half[0] * wide, half[1]), shape, way * drop)
            for way, wide in ways
        ]
    for way in (-1, 1):  # the temples, before the rims
        begin = _at(canvas, way * (half[0] + (kind != "goggles") * 0.5) * 0.97, lower - 0.1)
        end = _at(canvas, way * rng.uniform(1.1, 1.45), lower - rng.uniform(0, 0.25))
        canvas.stroke(begin, end, rim, width * (3 if kind == "goggles" else 1))
    if kind != "goggles":
        canvas.stroke(_at(canvas, -0.2, lower), _at(canvas, 0.2, lower), rim, width)
    for outline in outlines:
        here = np.zeros(canvas.alpha.shape, np.uint8)
        whole = [np.int32(np.rint(outline))]
        cv2.fillPoly(here, whole, 1)
        if kind == "spectacles":
            _glass(canvas, here > 0, rng, np.float32([235, 240, 245]), rng.uniform(0.75, 1))
        else:
            _glass(canvas, here > 0, rng, tint, float(clear[kind]))
        edge = np.zeros(canvas.alpha.shape, np.uint8)
        cv2.polylines(edge, whole, True, 1, width)
        canvas.paint(edge > 0, rim)
    return canvas.laid_on(picture, part, rng, lit=rng.random() < 0.7)
