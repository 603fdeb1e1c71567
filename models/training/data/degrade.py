"""One random degradation for every class and every set.

The 12k set ties class to picture history (warped, smeared and resampled copies on the masked
side only). Whatever the source, a picture goes through the same random downscale, JPEG, blur,
noise, border, colour and light, so that none of these says anything about a class.
"""

from __future__ import annotations

import cv2
import numpy as np


def _jpeg(picture: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    quality = int(rng.integers(20, 96))
    sampling = (0x411111, 0x221111, 0x111111)[int(rng.integers(3))]
    _, data = cv2.imencode(
        ".jpg",
        picture,
        [cv2.IMWRITE_JPEG_QUALITY, quality, cv2.IMWRITE_JPEG_SAMPLING_FACTOR, sampling],
    )
    return cv2.imdecode(data, cv2.IMREAD_COLOR)


def _blur(picture: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    extent = max(picture.shape[:2])
    if rng.random() < 0.5:
        sigma = rng.uniform(0.3, 0.012 * extent + 0.5)
        return cv2.GaussianBlur(picture, (0, 0), sigma)
    length = int(rng.integers(2, max(3, extent // 16) + 1))
    angle = rng.uniform(0, np.pi)
    kernel = np.zeros((length, length), np.float32)
    centre = (length - 1) / 2
    for t in np.linspace(-centre, centre, 2 * length):
        column, row = round(centre + t * np.cos(angle)), round(centre + t * np.sin(angle))
        kernel[int(row), int(column)] = 1
    return cv2.filter2D(picture, -1, kernel / kernel.sum())


def _colour(picture: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Contrast, brightness, gamma, white balance and saturation, through a table per channel."""
    levels = np.arange(256, dtype=np.float32) / 255
    contrast, brightness = rng.uniform(0.6, 1.4), rng.uniform(-0.15, 0.15)
    gamma = np.exp(rng.uniform(-0.5, 0.5))
    balance = rng.uniform(0.85, 1.15, 3)
    tables = [
        np.clip(((levels**gamma - 0.5) * contrast + 0.5 + brightness) * gain, 0, 1) * 255
        for gain in balance
    ]
    table = np.stack(tables, axis=-1).astype(np.uint8).reshape(256, 1, 3)
    picture = cv2.LUT(picture, table)
    amount = 0.0 if rng.random() < 0.06 else rng.uniform(0.4, 1.4)
    if rng.random() < 0.5:
        gray = cv2.cvtColor(cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB)
        picture = cv2.addWeighted(picture, amount, gray, 1 - amount, 0)
    return picture


def _low_light(picture: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    gain = rng.uniform(0.25, 0.6)
    dark = picture.astype(np.float32) * gain
    dark += rng.normal(0, rng.uniform(1, 5), picture.shape).astype(np.float32)
    return np.clip(dark, 0, 255).astype(np.uint8)


def _noise(picture: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    sigma = rng.uniform(2, 16)
    shape = picture.shape if rng.random() < 0.6 else picture.shape[:2] + (1,)
    noisy = picture.astype(np.float32) + rng.normal(0, sigma, shape).astype(np.float32)
    return np.clip(noisy, 0, 255).astype(np.uint8)


def _border(picture: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Loses up to a tenth of some edges and fills the loss: flat, smeared or mirrored."""
    height, width = picture.shape[:2]
    top, bottom, left, right = (
        int(rng.uniform(0, 0.1) * extent) if rng.random() < 0.5 else 0
        for extent in (height, height, width, width)
    )
    inner = picture[top : height - bottom, left : width - right]
    style = (cv2.BORDER_CONSTANT, cv2.BORDER_REPLICATE, cv2.BORDER_REFLECT)[int(rng.integers(3))]
    value = (0, 0, 0) if rng.random() < 0.6 else tuple(int(v) for v in rng.integers(0, 256, 3))
    return cv2.copyMakeBorder(inner, top, bottom, left, right, style, value=value)


def _rescale(
    picture: np.ndarray, rng: np.random.Generator, smallest: int, largest: int
) -> np.ndarray:
    """Down to a random long side (log-uniform) and back, each way with a random filter."""
    height, width = picture.shape[:2]
    target = np.exp(rng.uniform(np.log(smallest), np.log(largest)))
    factor = target / max(height, width)
    if factor >= 1:
        return picture
    small = (max(round(width * factor), 4), max(round(height * factor), 4))
    down = (cv2.INTER_AREA, cv2.INTER_LINEAR, cv2.INTER_CUBIC)[int(rng.integers(3))]
    up = (cv2.INTER_LINEAR, cv2.INTER_CUBIC, cv2.INTER_NEAREST)[
        int(rng.choice(3, p=[0.6, 0.3, 0.1]))
    ]
    reduced = cv2.resize(picture, small, interpolation=down)
    if rng.random() < 0.4:
        reduced = _jpeg(reduced, rng)
    return cv2.resize(reduced, (width, height), interpolation=up)


def degrade_tile(
    picture: np.ndarray,
    rng: np.random.Generator,
    smallest: int = 16,
    largest: int = 112,
    strength: float = 1.0,
) -> np.ndarray:
    """Degrades a face crop (RGB uint8), same size out.

    `smallest` and `largest` bound the long side in pixels that the crop passes through;
    `strength` in [0, 1] scales the probability of every step.
    """
    if rng.random() < 0.6 * strength:
        picture = _rescale(picture, rng, smallest, largest)
    if rng.random() < 0.8 * strength:
        picture = _colour(picture, rng)
    if rng.random() < 0.2 * strength:
        picture = _blur(picture, rng)
    if rng.random() < 0.08 * strength:
        picture = _low_light(picture, rng)
    if rng.random() < 0.2 * strength:
        picture = _noise(picture, rng)
    if rng.random() < 0.12 * strength:
        picture = _border(picture, rng)
    if rng.random() < 0.4 * strength:
        picture = _jpeg(picture, rng)
    return picture


def degrade(picture: np.ndarray, rng: np.random.Generator, strength: float = 1.0) -> np.ndarray:
    """Degrades a whole photo (RGB uint8): like `degrade_tile`, without the loss of resolution
    and borders that a detector's geometry would not survive."""
    if rng.random() < 0.7 * strength:
        picture = _colour(picture, rng)
    if rng.random() < 0.12 * strength:
        picture = _blur(picture, rng)
    if rng.random() < 0.06 * strength:
        picture = _low_light(picture, rng)
    if rng.random() < 0.15 * strength:
        picture = _noise(picture, rng)
    if rng.random() < 0.3 * strength:
        picture = _jpeg(picture, rng)
    return picture
