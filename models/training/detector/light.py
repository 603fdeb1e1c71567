"""Light: how much a dark or backlit working picture is brightened before the network sees it.

As in the core. The gain comes from the luma histogram of the working picture, without padding:
brighten until the median reaches MIDDLE or the 95th percentile HIGH, whichever comes first, but
where only the highlights forbid it (a window behind the face), by BACKLIT at least allowed. The
curve g v / (1 + (g - 1) v / 255) has slope g at black, keeps 0 and 255 and never clips.
"""

from __future__ import annotations

import numpy as np

MIDDLE, HIGH = 64.0, 224.0
BACKLIT, MOST = 2.0, 24.0


def _lift(level: float, wanted: float) -> float:
    """The gain whose curve takes `level` to `wanted`."""
    level = max(level, 1.0)
    return wanted * (255 - level) / (level * (255 - wanted))


def gain_of(picture: np.ndarray) -> float:
    """Gain for an RGB uint8 picture [h, w, 3], 1 to MOST; 1 leaves it as it is."""
    r, g, b = (picture[..., k].astype(np.int32) for k in range(3))
    count = np.bincount(((77 * r + 150 * g + 29 * b + 128) >> 8).ravel(), minlength=256).cumsum()
    # The least level at or below which lie a half, and 19 in 20, of the pixels.
    median = int(np.searchsorted(2 * count, count[-1]))
    high = int(np.searchsorted(20 * count, 19 * count[-1]))
    gain = min(_lift(median, MIDDLE), max(_lift(high, HIGH), BACKLIT))
    return float(np.clip(gain, 1.0, MOST))


def brightened(picture: np.ndarray, gain: float) -> np.ndarray:
    """Values 0 to 255 through the curve, float32 or, for uint8, rounded."""
    if gain <= 1:
        return picture
    if picture.dtype == np.uint8:
        level = np.arange(256, dtype=np.float32)
        table = gain * level / (1 + (gain - 1) * level / 255)
        return np.rint(table).astype(np.uint8)[picture]
    return gain * picture / (1 + (gain - 1) * picture / 255)
