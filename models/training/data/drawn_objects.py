"""What is held before a bare mouth and is no mask: drawn on faces with known points.

A hand, a cup, a sheet of paper or a book, a phone, a microphone, a scarf, a beard, a patch of
some other picture. The face stays `unmasked`. Nothing here uses the outlines of the mask
drawings, which stay a mask's own; sizes, places, colours and patterns vary widely, so that what
is learnt is "not a mask" and not these drawings.
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from .drawing import Canvas, colour_of
from .drawn_masks import frame_of
from .records import Point

# Share of each kind.
OBJECTS = {
    "hand": 0.27,
    "paper": 0.15,
    "book": 0.12,
    "cup": 0.17,
    "phone": 0.08,
    "microphone": 0.07,
    "scarf": 0.05,
    "beard": 0.05,
    "patch": 0.04,
}


def _quad(canvas: Canvas, rng: np.random.Generator, top: float, low: float, half: float) -> list:
    """Corners of a tilted rectangle over the mouth."""
    side, turn = rng.normal(0, 0.25), np.tan(np.radians(rng.normal(0, 13)))
    lean = rng.normal(0, 0.1)
    return [
        canvas.at(top - turn * half, side - half),
        canvas.at(top + turn * half, side + half),
        canvas.at(low + turn * half, side + half * (1 + lean) + turn),
        canvas.at(low - turn * half, side - half * (1 + lean) + turn),
    ]


def _between(corners: list, u: float, v: float) -> np.ndarray:
    top = corners[0] + (corners[1] - corners[0]) * u
    low = corners[3] + (corners[2] - corners[3]) * u
    return top + (low - top) * v


def _paper(canvas: Canvas, rng: np.random.Generator) -> None:
    corners = _quad(
        canvas, rng, rng.uniform(0.3, 0.85), rng.uniform(1.7, 3.6), rng.uniform(0.6, 1.8)
    )
    canvas.fill(corners, colour_of(rng, 0.8))
    if rng.random() < 0.6:
        ink, count = np.float32(rng.uniform(20, 150, 3)), int(rng.integers(3, 14))
        for row in range(count):
            v, end = (row + 0.7) / (count + 0.5), rng.uniform(0.5, 0.92)
            canvas.stroke(
                _between(corners, 0.08, v),
                _between(corners, end, v),
                ink,
                canvas.length(rng.uniform(0.01, 0.05)),
            )


def _book(canvas: Canvas, rng: np.random.Generator) -> None:
    corners = _quad(
        canvas, rng, rng.uniform(0.25, 0.85), rng.uniform(1.7, 3.2), rng.uniform(0.7, 1.7)
    )
    base = colour_of(rng, 0.2)
    canvas.fill(corners, base)
    for _ in range(int(rng.integers(0, 5))):
        u, v = np.sort(rng.uniform(0.05, 0.95, (2, 2)), axis=1)
        block = [_between(corners, u[i], v[j]) for i, j in ((0, 0), (1, 0), (1, 1), (0, 1))]
        canvas.fill(block, colour_of(rng, 0.4))
    if rng.random() < 0.6:  # spine, or the fold between two pages
        u = 0.5 if rng.random() < 0.5 else rng.choice([0.04, 0.96])
        ends = _between(corners, u, 0.0), _between(corners, u, 1.0)
        canvas.stroke(*ends, base * 0.55, canvas.length(rng.uniform(0.03, 0.1)))


def _cup(canvas: Canvas, rng: np.random.Generator) -> None:
    top, low = rng.uniform(0.55, 1.05), rng.uniform(1.5, 2.9)
    half, taper, side = rng.uniform(0.28, 0.75), rng.uniform(0.6, 1.05), rng.normal(0, 0.12)
    lean = rng.normal(0, 0.2)
    body = colour_of(rng, 0.45)
    if rng.random() < 0.5:
        reach = half * rng.choice([-1, 1])
        middle = canvas.at((top + low) / 2, side + reach * 1.05)
        axes = (canvas.length(0.25), canvas.length(0.3))
        ring = np.zeros(canvas.alpha.shape, np.uint8)
        centre = tuple(int(v) for v in middle)
        cv2.ellipse(ring, centre, axes, 0, 0, 360, 1, canvas.length(0.09))
        canvas.paint(ring > 0, body * 0.85)
    corners = [
        canvas.at(top, side - half),
        canvas.at(top, side + half),
        canvas.at(low, side + lean + half * taper),
        canvas.at(low, side + lean - half * taper),
    ]
    canvas.fill(corners, body)
    for strip in range(8):  # a round body is darker towards its sides
        u = strip / 8
        edge = [_between(corners, *uv) for uv in ((u, 0), (u + 0.13, 0), (u + 0.13, 1), (u, 1))]
        canvas.fill(edge, body * (1 - 0.45 * abs(u + 0.06 - 0.45)))
    if rng.random() < 0.6:
        v = np.sort(rng.uniform(0.1, 0.9, 2))
        band = [_between(corners, *uv) for uv in ((0, v[0]), (1, v[0]), (1, v[1]), (0, v[1]))]
        canvas.fill(band, colour_of(rng))
    rim = np.zeros(canvas.alpha.shape, np.uint8)
    centre = tuple(int(v) for v in canvas.at(top, side))
    tilt = float(np.degrees(np.arctan2(canvas.frame.across[1], canvas.frame.across[0])))
    axes = (canvas.length(half), max(1, canvas.length(half * rng.uniform(0.1, 0.45))))
    cv2.ellipse(rim, centre, axes, tilt, 0, 360, 1, -1)
    canvas.paint(rim > 0, body * rng.uniform(0.4, 1.1))


def _hand(canvas: Canvas, rng: np.random.Generator, skin: np.ndarray) -> None:
    skin = np.clip(skin * rng.uniform(0.75, 1.2) + rng.normal(0, 5, 3), 15, 250).astype(np.float32)
    side = rng.choice([-1.0, 1.0])
    # The palm comes from below or from the side; fingers run over the mouth.
    from_side = rng.random() < 0.55
    thick = rng.uniform(0.16, 0.27)
    if from_side:
        tips = canvas.at(rng.uniform(0.75, 1.15), side * rng.uniform(-0.7, -0.1))
        root = canvas.at(rng.uniform(1.0, 1.7), side * rng.uniform(0.5, 1.1))
    else:
        tips = canvas.at(rng.uniform(0.35, 0.95), side * rng.uniform(-0.3, 0.3))
        root = canvas.at(rng.uniform(1.5, 2.1), side * rng.uniform(-0.2, 0.7))
    along = root - tips
    across = np.float32([-along[1], along[0]]) / max(float(np.linalg.norm(along)), 1e-3)
    width = canvas.length(thick)
    count = int(rng.integers(3, 6))
    palm = root + along * 0.25
    spread = rng.uniform(0.9, 1.25)
    canvas.stroke(palm, palm + along * rng.uniform(0.5, 1.2), skin * 0.92, int(width * count * 0.9))
    for finger in range(count):
        offset = (finger - (count - 1) / 2) * width * spread
        short = 1 - 0.14 * abs(finger - (count - 1) / 2) + rng.normal(0, 0.05)
        tip = root - along * short + across * offset * rng.uniform(0.95, 1.2)
        base = root + along * 0.3 + across * offset * 0.9
        tone = skin * rng.uniform(0.9, 1.04)
        canvas.stroke(tip, base, tone * 0.62, int(width * 1.1))
        canvas.stroke(tip, base, tone, int(width * 0.9))
        if rng.random() < 0.5:
            nail = tip + along * 0.05
            canvas.stroke(nail, nail, np.clip(tone * 1.12, 0, 255), int(width * 0.45))


def _phone(canvas: Canvas, rng: np.random.Generator) -> None:
    half = rng.uniform(0.35, 0.8)
    corners = _quad(canvas, rng, rng.uniform(0.3, 0.9), rng.uniform(1.5, 2.6), half)
    body = np.float32(rng.uniform(5, 70, 3)) if rng.random() < 0.6 else colour_of(rng)
    canvas.fill(corners, body)
    for _ in range(int(rng.integers(1, 4))):
        spot = _between(corners, rng.uniform(0.1, 0.4), rng.uniform(0.05, 0.35))
        canvas.stroke(spot, spot, body * 0.4 + 20, canvas.length(0.14))


def _microphone(canvas: Canvas, rng: np.random.Generator) -> None:
    ball = canvas.at(rng.uniform(0.85, 1.25), rng.normal(0, 0.2))
    foot = canvas.at(rng.uniform(2.4, 3.6), rng.normal(0, 0.8))
    radius = canvas.length(rng.uniform(0.22, 0.5))
    tone = np.float32([1, 1, 1]) * rng.uniform(15, 190) if rng.random() < 0.7 else colour_of(rng)
    canvas.stroke(ball, foot, np.float32([1, 1, 1]) * rng.uniform(5, 90), radius)
    canvas.stroke(ball, ball, tone, 2 * radius)
    for _ in range(6):
        spot = ball + rng.normal(0, 0.45 * radius, 2).astype(np.float32)
        canvas.stroke(spot, spot, tone * rng.uniform(0.6, 1.5), max(radius // 5, 1))


def _scarf(canvas: Canvas, rng: np.random.Generator) -> None:
    top, bottom, half = rng.uniform(0.7, 1.1), rng.uniform(2.4, 3.4), rng.uniform(1.3, 2.0)
    across = np.linspace(-half, half, 9)
    upper = [canvas.at(top + rng.normal(0, 0.05) - 0.12 * abs(x), x) for x in across]
    lower = [canvas.at(bottom + rng.normal(0, 0.1), x * 1.15) for x in across[::-1]]
    first, second = colour_of(rng, 0.1), colour_of(rng, 0.3)
    here = canvas.fill(upper + lower, first)
    rows, columns = np.mgrid[0 : here.shape[0], 0 : here.shape[1]].astype(np.float32)
    period, angle = canvas.length(rng.uniform(0.06, 0.4)), rng.uniform(0, np.pi)
    wave = np.sin(2 * np.pi * (rows * np.sin(angle) + columns * np.cos(angle)) / max(period, 2))
    share = (0.5 + 0.5 * wave)[..., None] * rng.uniform(0.2, 1.0)
    canvas.paint(here, first * (1 - share) + second * share)
    for _ in range(int(rng.integers(1, 5))):  # folds
        a, b = canvas.at(rng.uniform(top + 0.2, bottom), -half), canvas.at(bottom, half)
        middle = canvas.at(rng.uniform(top + 0.3, bottom), rng.uniform(-0.5, 0.5))
        for start, end in ((a, middle), (middle, b)):
            canvas.stroke(start, end, first * 0.6, canvas.length(0.05))


def _beard(canvas: Canvas, rng: np.random.Generator) -> None:
    tone = np.float32([60, 45, 35]) * rng.uniform(0.2, 1.6) + rng.uniform(0, 60)
    for _ in range(int(rng.integers(140, 320))):
        angle, far = rng.uniform(-0.15, np.pi + 0.15), rng.uniform(0.45, 1.0) ** 0.6
        height = 0.95 + 0.75 * far * np.sin(angle)
        root = canvas.at(height, 0.78 * far * np.cos(angle))
        tip = canvas.at(height + rng.uniform(0.05, 0.3), 0.8 * far * np.cos(angle) * 1.02)
        canvas.stroke(root, tip, tone * rng.uniform(0.6, 1.4), canvas.length(0.025))


def _patch(canvas: Canvas, rng: np.random.Generator, textures: Sequence[np.ndarray]) -> None:
    """An irregular piece of another picture."""
    middle, turns = (rng.uniform(0.9, 1.3), rng.normal(0, 0.2)), np.sort(rng.uniform(0, 6.28, 9))
    reach = rng.uniform(0.5, 1.1, 9) * rng.uniform(0.7, 1.6)
    outline = [
        canvas.at(middle[0] + r * np.sin(t) * 0.8, middle[1] + r * np.cos(t))
        for t, r in zip(turns, reach, strict=True)
    ]
    if not len(textures):
        canvas.fill(outline, colour_of(rng))
        return
    picture = textures[int(rng.integers(len(textures)))]
    part = rng.uniform(0.2, 0.8)
    h, w = (max(2, int(part * v)) for v in picture.shape[:2])
    y, x = int(rng.integers(picture.shape[0] - h + 1)), int(rng.integers(picture.shape[1] - w + 1))
    size = (canvas.alpha.shape[1], canvas.alpha.shape[0])
    canvas.fill(outline, cv2.resize(picture[y : y + h, x : x + w], size).astype(np.float32))


def draw_object(
    picture: np.ndarray,
    keypoints: tuple[Point, ...],
    rng: np.random.Generator,
    textures: Sequence[np.ndarray] = (),
    kind: str | None = None,
) -> np.ndarray | None:
    """A copy of `picture` (RGB uint8) with something before the mouth of a face.

    `keypoints` as in `Face`; `kind` is one of OBJECTS, None draws one; `textures`: RGB pictures
    that patches are cut from. None is returned where the points lie too close together.
    """
    frame = frame_of(keypoints)
    if frame is None:
        return None
    kind = kind or str(rng.choice(list(OBJECTS), p=list(OBJECTS.values())))
    begun = Canvas.over(picture, frame)
    if begun is None:
        return None
    canvas, part = begun
    if kind == "hand":
        # Skin as it is between the eyes and the nose.
        at = frame.nose * 0.6 + frame.eyes * 0.4 - canvas.origin
        nose = np.clip(at.astype(int), 2, None)
        skin = part[nose[1] - 2 : nose[1] + 3, nose[0] - 2 : nose[0] + 3].reshape(-1, 3)
        _hand(canvas, rng, skin.mean(0) if len(skin) else np.float32([190, 150, 130]))
    elif kind == "patch":
        _patch(canvas, rng, textures)
    else:
        draw = {
            "paper": _paper,
            "book": _book,
            "cup": _cup,
            "phone": _phone,
            "microphone": _microphone,
            "scarf": _scarf,
            "beard": _beard,
        }[kind]
        draw(canvas, rng)
    return canvas.laid_on(picture, part, rng, lit=kind != "hand")
