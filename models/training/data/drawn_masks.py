"""Mask drawings laid on bare faces with known eyes, nose and mouth, worn right or wrong.

Right and wrong ones go through the same code, templates, colours and edges: that a mask is
drawn says nothing about the class, only where it sits does.

Each template has six anchor points: a, b, c along the upper edge (left, nose bridge, right) and
d, e, f along the lower edge (left, chin, right). The left half (a, b, e, d) and the right half
(b, c, f, e) are each warped by their own homography, so that a turned face bends the mask.
"""

from __future__ import annotations

import configparser
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from .records import CORRECT, INCORRECT, Point

# How a mask sits, with the share of each among the wrong ones (about as found in ilc2021).
WORN_WRONG = {"below-nose": 0.5, "mouth": 0.14, "chin": 0.28, "eyes": 0.08}
WORN = ("correct", *WORN_WRONG)

# Anchors a..f of the left and the right half, in turn around each.
_HALVES = ((0, 1, 4, 3), (1, 2, 5, 4))


@dataclass(frozen=True)
class Template:
    """RGBA drawing and its anchors [6, 2] in pixels. `side`: the way the face looks."""

    name: str
    side: str
    picture: np.ndarray
    anchors: np.ndarray


class MaskTemplates:
    """The drawings of extra/mask_templates, reduced to at most 320 pixels."""

    def __init__(self, folder: Path, largest: int = 320) -> None:
        """`folder` is the data folder. Raises OSError when a drawing cannot be read."""
        root = folder / "extra" / "mask_templates"
        config = configparser.ConfigParser()
        config.read(root / "masks.cfg")
        self.templates: list[Template] = []
        for name in config.sections():
            path = root / Path(config[name].get("template", "none")).name
            if not path.exists():
                continue
            picture = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
            if picture is None or picture.shape[2] != 4:
                raise OSError(f"{path} is no RGBA picture")
            anchors = np.float32(
                [
                    [float(value) for value in config[name][f"mask_{letter}"].split(",")]
                    for letter in "abcdef"
                ]
            )
            factor = min(1.0, largest / max(picture.shape[:2]))
            picture = cv2.resize(picture, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA)
            side = name.rsplit("_", 1)[-1] if name.endswith(("_left", "_right")) else "front"
            self.templates.append(
                Template(name, side, cv2.cvtColor(picture, cv2.COLOR_BGRA2RGBA), anchors * factor)
            )

    def pick(self, yaw: float, rng: np.random.Generator) -> Template:
        """A drawing for a face turned by `yaw` (nose offset over eye distance, image right > 0)."""
        side = "front" if abs(yaw) < 0.22 else ("right" if yaw > 0 else "left")
        fitting = [template for template in self.templates if template.side == side]
        return fitting[int(rng.integers(len(fitting)))]


def _recolour(rgba: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Turns the drawing into a mask of another colour, at times with stripes or dots."""
    colour = rgba[..., :3].astype(np.float32)
    kind = rng.random()
    if kind < 0.55:
        gray = colour.mean(axis=2, keepdims=True)
        inside = rgba[..., 3] > 128
        shade = gray / max(float(gray[inside].mean()), 1.0)
        hue, saturation = rng.uniform(0, 180), rng.choice([0.0, rng.uniform(20, 220)])
        value = rng.uniform(20, 250)
        base = cv2.cvtColor(np.uint8([[[hue, saturation, value]]]), cv2.COLOR_HSV2RGB)[0, 0]
        colour = shade**0.8 * base.astype(np.float32)
        if rng.random() < 0.35:
            height, width = gray.shape[:2]
            rows, columns = np.mgrid[0:height, 0:width].astype(np.float32)
            period, angle = rng.uniform(8, 60), rng.uniform(0, np.pi)
            wave = np.sin(2 * np.pi * (rows * np.sin(angle) + columns * np.cos(angle)) / period)
            if rng.random() < 0.5:
                wave *= np.sin(
                    2 * np.pi * (columns * np.sin(angle) - rows * np.cos(angle)) / period
                )
            second = rng.uniform(0, 255, 3).astype(np.float32)
            share = (wave > rng.uniform(-0.2, 0.6))[..., None] * rng.uniform(0.4, 1.0)
            colour = colour * (1 - share) + shade * second * share
    else:
        colour = colour * rng.uniform(0.75, 1.1, 3).astype(np.float32)
    return np.dstack([np.clip(colour, 0, 255).astype(np.uint8), rgba[..., 3]])


@dataclass(frozen=True)
class Frame:
    """Face axes: eye middle, unit vector to image right along the eyes, eyes to mouth vector."""

    eyes: np.ndarray
    across: np.ndarray
    down: np.ndarray
    nose: np.ndarray
    eye_distance: float
    yaw: float


def frame_of(keypoints: tuple[Point, ...]) -> Frame | None:
    """The axes of a face with four or five points; None where they lie too close together."""
    points = np.float32(keypoints)
    left, right, nose = points[0], points[1], points[2]
    mouth = points[3] if len(points) == 4 else (points[3] + points[4]) / 2
    eyes = (left + right) / 2
    down = mouth - eyes
    height = float(np.linalg.norm(down))
    apart = float(np.linalg.norm(right - left))
    if height < 4 or apart < 0.25 * height:
        return None
    # On a turned face the eyes come close together; the height keeps the face's own size.
    across = (right - left) / apart
    size = max(apart, 0.85 * height)
    middle = eyes + down * 0.55
    yaw = float(np.dot(nose - middle, across) / size)
    return Frame(eyes, across, down, nose, size, float(np.clip(yaw, -0.9, 0.9)))


def _targets(frame: Frame, worn: str, rng: np.random.Generator) -> np.ndarray:
    """Where the six anchors go, [6, 2]."""
    nose_height = float(
        np.dot(frame.nose - frame.eyes, frame.down) / np.dot(frame.down, frame.down)
    )
    nose_height = float(np.clip(nose_height, 0.35, 0.8))
    # Heights along eyes (0) -> mouth (1); the chin is near 1.75.
    if worn == "correct":
        bridge = nose_height * rng.uniform(0.15, 0.62)
        cheek = bridge + rng.uniform(0.05, 0.3)
        jaw, chin = rng.uniform(1.15, 1.45), rng.uniform(1.7, 2.0)
    elif worn == "below-nose":
        bridge = nose_height + (1 - nose_height) * rng.uniform(0.22, 0.6)
        cheek = bridge + rng.uniform(-0.2, 0.12)
        jaw, chin = rng.uniform(1.3, 1.6), rng.uniform(1.75, 2.1)
    elif worn == "mouth":
        bridge = nose_height + (1 - nose_height) * rng.uniform(0.25, 0.55)
        cheek = bridge + rng.uniform(-0.05, 0.1)
        jaw, chin = rng.uniform(1.15, 1.3), rng.uniform(1.3, 1.5)
    elif worn == "chin":
        bridge = rng.uniform(1.22, 1.55)
        cheek = bridge - rng.uniform(0.0, 0.35)
        jaw, chin = bridge + rng.uniform(0.25, 0.5), bridge + rng.uniform(0.6, 1.0)
    else:
        bridge = rng.uniform(-1.0, -0.35)
        cheek = bridge + rng.uniform(0.05, 0.2)
        jaw, chin = rng.uniform(0.05, 0.25), rng.uniform(0.1, 0.4)
    width = rng.uniform(0.92, 1.12) * frame.eye_distance
    if worn == "mouth":
        width *= rng.uniform(0.6, 0.9)
    # The side that the face turns to is seen shorter, the other a little longer.
    left = width * float(np.clip(1 + 1.1 * frame.yaw, 0.2, 1.25))
    right = width * float(np.clip(1 - 1.1 * frame.yaw, 0.2, 1.25))
    slim = rng.uniform(0.78, 0.95)
    bow = frame.yaw * frame.eye_distance

    def at(height: float, sideways: float) -> np.ndarray:
        return frame.eyes + frame.down * height + frame.across * sideways

    targets = np.float32(
        [
            at(cheek, -left),
            at(bridge, bow * (0.9 if bridge < 1.2 else 0.5)),
            at(cheek, right),
            at(jaw, -left * slim),
            at(chin, bow * 0.55),
            at(jaw, right * slim),
        ]
    )
    jitter = rng.normal(0, 0.025 * frame.eye_distance, (6, 2)).astype(np.float32)
    tilt = rng.normal(0, 4.0)
    turn = cv2.getRotationMatrix2D(tuple(float(v) for v in targets[[1, 4]].mean(axis=0)), tilt, 1)
    return cv2.transform((targets + jitter)[None], turn)[0].astype(np.float32)


def _warp(
    template: Template, targets: np.ndarray, picture: np.ndarray, shape: tuple[int, int]
) -> np.ndarray:
    """The drawing on a canvas of `shape`, float RGBA with colour multiplied by alpha."""
    height, width = shape
    canvas = np.zeros((height, width, 4), np.float32)
    source = picture.astype(np.float32)
    source[..., :3] *= source[..., 3:] / 255
    middle = (template.anchors[1] + template.anchors[4]) / 2
    columns = np.arange(source.shape[1], dtype=np.float32)[None, :]
    rows = np.arange(source.shape[0], dtype=np.float32)[:, None]
    # The seam runs through b and e; half a pixel of overlap hides it.
    slope = (template.anchors[4, 0] - template.anchors[1, 0]) / max(
        template.anchors[4, 1] - template.anchors[1, 1], 1
    )
    seam = middle[0] + (rows - middle[1]) * slope
    for corners, keep in zip(_HALVES, (columns <= seam + 1, columns >= seam - 1)):
        matrix = cv2.getPerspectiveTransform(
            template.anchors[list(corners)], targets[list(corners)]
        )
        half = source * keep[..., None]
        drawn = cv2.warpPerspective(half, matrix, (width, height), flags=cv2.INTER_AREA)
        canvas = np.where(drawn[..., 3:] > canvas[..., 3:], drawn, canvas)
    # A steep homography throws what lies outside the anchors far away: keep near the hull.
    centre = targets.mean(axis=0)
    hull = cv2.convexHull(np.int32(centre + 1.15 * (targets - centre)))
    near = cv2.fillConvexPoly(np.zeros((height, width), np.uint8), hull, 1)
    return canvas * near[..., None]


def draw_mask(
    picture: np.ndarray,
    keypoints: tuple[Point, ...],
    templates: MaskTemplates,
    rng: np.random.Generator,
    worn: str | None = None,
) -> tuple[np.ndarray, int] | None:
    """A copy of `picture` (RGB uint8) with a mask on the face, and the face's label.

    `keypoints` as in `Face`. `worn` is one of WORN; None draws right and wrong ones equally
    often. None is returned for a face that cannot carry a drawing (points too close, profile).
    """
    frame = frame_of(keypoints)
    if frame is None:
        return None
    if worn is None:
        wrong = rng.choice(list(WORN_WRONG), p=list(WORN_WRONG.values()))
        worn = "correct" if rng.random() < 0.5 else str(wrong)
    template = templates.pick(frame.yaw, rng)
    targets = _targets(frame, worn, rng)
    # A half seen edge-on can fold over itself; its homography would throw the mask anywhere.
    if not all(cv2.isContourConvex(targets[list(half)]) for half in _HALVES):
        return None
    # Work on the face's surroundings alone: photos are large, faces small.
    pad = int(2.2 * frame.eye_distance) + 4
    x0, y0 = np.maximum(np.floor(targets.min(axis=0)).astype(int) - pad, 0)
    x1, y1 = np.minimum(np.ceil(targets.max(axis=0)).astype(int) + pad, picture.shape[1::-1])
    if x1 - x0 < 4 or y1 - y0 < 4:
        return None
    part = picture[y0:y1, x0:x1].astype(np.float32)
    # Drawn at twice the size and averaged, so that edges come out as soft as a camera's.
    local = (targets - np.float32([x0, y0])) * 2
    shape = (2 * part.shape[0], 2 * part.shape[1])
    canvas = _warp(template, local, _recolour(template.picture, rng), shape)
    if rng.random() < 0.6:
        loops = np.zeros_like(canvas)
        strength = int(rng.uniform(150, 255))
        shade = float(rng.choice([30.0, 230.0]))
        ear = frame.eyes + frame.down * rng.uniform(0.2, 0.5)
        for index, low, sign in ((0, 3, -1), (2, 5, 1)):
            reach = (
                rng.uniform(1.15, 1.4) * frame.eye_distance * sign * (1 + 0.6 * sign * -frame.yaw)
            )
            end = (ear + frame.across * reach - np.float32([x0, y0])) * 2
            for anchor in (local[index], local[low]):
                cv2.line(
                    loops,
                    tuple(int(v) for v in anchor),
                    tuple(int(v) for v in end),
                    (shade, shade, shade, float(strength)),
                    max(1, round(0.05 * frame.eye_distance)),
                    cv2.LINE_AA,
                )
        loops[..., :3] *= loops[..., 3:] / 255
        under = 1 - canvas[..., 3:] / 255
        canvas = canvas + loops * under
    canvas = cv2.resize(canvas, part.shape[1::-1], interpolation=cv2.INTER_AREA)
    alpha = canvas[..., 3:] / 255
    inside = alpha[..., 0] > 0.5
    if inside.sum() < 12:
        return None
    # Light of the place: the drawing takes the brightness of what it covers, and its slope.
    light = cv2.GaussianBlur(part.mean(axis=2), (0, 0), max(0.8 * frame.eye_distance, 1.0))
    level = float(light[inside].mean())
    gain = np.clip(light / max(level, 1.0), 0.6, 1.5)[..., None]
    gain = gain * np.clip((level + 60) / 190 * rng.uniform(0.85, 1.2), 0.25, 1.25)
    shadow = cv2.GaussianBlur(alpha[..., 0], (0, 0), max(0.06 * frame.eye_distance, 0.4))[..., None]
    part = part * (1 - rng.uniform(0.0, 0.35) * shadow * (1 - alpha))
    mixed = part * (1 - alpha) + canvas[..., :3] * gain
    result = picture.copy()
    result[y0:y1, x0:x1] = np.clip(mixed, 0, 255).astype(np.uint8)
    return result, CORRECT if worn == "correct" else INCORRECT
