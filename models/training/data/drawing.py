"""A drawing over a face's surroundings, in the light of the place: for what is drawn on faces."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from .drawn_masks import Frame

_FINE = 2  # drawn at this multiple and averaged


class Canvas:
    """Colour [h, w, 3] and alpha [h, w] of a drawing over a face's surroundings."""

    def __init__(self, frame: Frame, origin: np.ndarray, shape: tuple[int, int]) -> None:
        self.frame, self.origin = frame, origin
        self.colour = np.zeros((shape[0] * _FINE, shape[1] * _FINE, 3), np.float32)
        self.alpha = np.zeros(self.colour.shape[:2], np.float32)

    def at(self, height: float, sideways: float) -> np.ndarray:
        """Canvas point: heights along eyes (0) to mouth (1), sideways in eye distances."""
        f = self.frame
        point = f.eyes + f.down * height + f.across * (sideways * f.eye_distance)
        return (point - self.origin) * _FINE

    def length(self, eye_distances: float) -> int:
        return max(1, round(eye_distances * self.frame.eye_distance * _FINE))

    def fill(self, outline: Sequence[np.ndarray], colour: np.ndarray) -> np.ndarray:
        """A polygon of one colour [3] or of a picture; returns its area."""
        shape = np.zeros(self.alpha.shape, np.uint8)
        cv2.fillPoly(shape, [np.int32(np.rint(outline))], 1)
        return self.paint(shape > 0, colour)

    def paint(self, here: np.ndarray, colour: np.ndarray) -> np.ndarray:
        self.colour[here] = colour if np.ndim(colour) == 1 else colour[here]
        self.alpha[here] = 1
        return here

    def stroke(self, a: np.ndarray, b: np.ndarray, colour: np.ndarray, width: int) -> None:
        """A line with round ends."""
        shape = np.zeros(self.alpha.shape, np.uint8)
        ends = [tuple(int(v) for v in np.rint(p)) for p in (a, b)]
        cv2.line(shape, *ends, 1, max(width, 1))
        for end in ends:
            cv2.circle(shape, end, max(width // 2, 1), 1, -1)
        self.paint(shape > 0, colour)

    @classmethod
    def over(cls, picture: np.ndarray, frame: Frame) -> tuple[Canvas, np.ndarray] | None:
        """An empty one, and the part of the RGB picture under it as floats; None outside of it."""
        middle, reach = frame.eyes + frame.down, 3.4 * frame.eye_distance
        x0, y0 = np.maximum(np.floor(middle - reach).astype(int), 0)
        x1, y1 = np.minimum(np.ceil(middle + reach).astype(int), picture.shape[1::-1])
        if x1 - x0 < 6 or y1 - y0 < 6:
            return None
        part = picture[y0:y1, x0:x1].astype(np.float32)
        return cls(frame, np.float32([x0, y0]), part.shape[:2]), part

    def laid_on(
        self, picture: np.ndarray, part: np.ndarray, rng: np.random.Generator, lit: bool
    ) -> np.ndarray | None:
        """A copy of the picture with the drawing; None where next to nothing of it shows.

        `part` as `over` gave it; with `lit` the drawing takes the level of light of the place,
        in any case its slope, a shadow beside it, some grain.
        """
        frame = self.frame
        size = part.shape[1::-1]
        alpha = cv2.resize(self.alpha, size, interpolation=cv2.INTER_AREA)
        premultiplied = self.colour * self.alpha[..., None]
        colour = cv2.resize(premultiplied, size, interpolation=cv2.INTER_AREA)
        inside = alpha > 0.5
        if inside.sum() < 12:
            return None
        light = cv2.GaussianBlur(part.mean(axis=2), (0, 0), max(0.8 * frame.eye_distance, 1.0))
        level = float(light[inside].mean())
        gain = np.clip((level + 60) / 190 * rng.uniform(0.85, 1.2), 0.25, 1.25) if lit else 1.0
        slope = np.clip(light / max(level, 1.0), 0.7, 1.35)
        grain = cv2.GaussianBlur(
            rng.normal(0, rng.uniform(0, 25), part.shape[:2]).astype(np.float32),
            (0, 0),
            rng.uniform(0.5, 2.5),
        )
        shadow = cv2.GaussianBlur(alpha, (0, 0), max(0.08 * frame.eye_distance, 0.4))
        part *= (1 - rng.uniform(0, 0.4) * shadow * (1 - alpha))[..., None]
        drawn = colour * (gain * slope)[..., None] + (grain * alpha)[..., None]
        x0, y0 = self.origin.astype(int)
        result = picture.copy()
        mixed = np.clip(part * (1 - alpha[..., None]) + drawn, 0, 255).astype(np.uint8)
        result[y0 : y0 + size[1], x0 : x0 + size[0]] = mixed
        return result


def colour_of(rng: np.random.Generator, pale: float = 0.3) -> np.ndarray:
    if rng.random() < pale:
        return np.float32(rng.uniform(190, 252) + rng.normal(0, 6, 3))
    hsv = np.uint8([[[rng.integers(180), rng.integers(256), rng.integers(20, 250)]]])
    return cv2.cvtColor(hsv, cv2.COLOR_HSV2RGB)[0, 0].astype(np.float32)
