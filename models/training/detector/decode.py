"""From outputs to faces, as the C++ core does it: decode, NMS, back to the source picture."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from .light import brightened, gain_of
from .net import STRIDES

# Box voting, as in wasm/core/network/one_stage.cpp: agreement, and the score below which a face
# has no say.
VOTE_IOU = 0.65
VOTER_SCORE = 0.1


@dataclass(frozen=True)
class Found:
    """Faces of a picture, best first. Boxes [n, 4] x1, y1, x2, y2; points [n, 5, 2]; pixels."""

    boxes: np.ndarray
    scores: np.ndarray
    logits: np.ndarray
    points: np.ndarray


def letterbox(
    picture: np.ndarray, longest: int, multiple: int = 32, light: bool = True
) -> tuple[np.ndarray, np.ndarray]:
    """Scaled so that the long side is `longest`, at top left of a canvas of zeros.

    Area average when shrinking, bilinear when enlarging; with `light`, a dark picture is
    brightened (light.py).
    Returns float32 [1, 3, H, W] and the factors [x, y] from source to network pixels.
    """
    height, width = picture.shape[:2]
    scale = longest / max(height, width)
    new_w, new_h = max(round(width * scale), 1), max(round(height * scale), 1)
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    small = cv2.resize(picture, (new_w, new_h), interpolation=how)
    canvas = np.zeros((-(-new_h // multiple) * multiple, -(-new_w // multiple) * multiple, 3))
    canvas[:new_h, :new_w] = brightened(small.astype(np.float32), gain_of(small) if light else 1.0)
    factors = np.float32([new_w / width, new_h / height])
    return canvas.transpose(2, 0, 1)[None].astype(np.float32), factors


def suppress(boxes: np.ndarray, scores: np.ndarray, overlap: float) -> np.ndarray:
    """Greedy NMS; indices, best first."""
    order, keep = np.argsort(-scores, kind="stable"), []
    area = (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])
    while len(order):
        best, order = order[0], order[1:]
        keep.append(best)
        low = np.maximum(boxes[best, :2], boxes[order, :2])
        high = np.minimum(boxes[best, 2:], boxes[order, 2:])
        inner = np.clip(high - low, 0, None).prod(axis=1)
        order = order[inner / (area[best] + area[order] - inner) <= overlap]
    return np.array(keep, int)


def voted(kept: np.ndarray, table: np.ndarray) -> np.ndarray:
    """Kept rows as means, weighted by score, of the rows that say nearly the same.

    As in the core (`vote` in wasm/core/network/one_stage.cpp). Rows: four corners, score, the rest.
    """
    out = kept.copy()
    for i, face in enumerate(kept):
        inner = np.clip(
            np.minimum(face[2:4], table[:, 2:4]) - np.maximum(face[:2], table[:, :2]), 0, None
        ).prod(1)
        areas = (table[:, 2:4] - table[:, :2]).prod(1)
        union = areas + (face[2:4] - face[:2]).prod() - inner
        votes = (inner / union >= VOTE_IOU) & (table[:, 4] >= min(VOTER_SCORE, face[4]))
        weight = np.where(votes, table[:, 4], 0)[:, None]
        mean = (weight * table).sum(0) / weight.sum()
        out[i] = np.concatenate([mean[:4], face[4:5], mean[5:]])
    return out


def decode(
    outputs: list[np.ndarray], scale: np.ndarray, floor: float = 0.05, overlap: float = 0.4
) -> Found:
    """Outputs [1, 18, h, w] per stride to faces in source pixels, scores at least `floor`."""
    rows, faintest = [], min(floor, VOTER_SCORE)
    for stride, output in zip(STRIDES, outputs, strict=False):
        score = 1 / (1 + np.exp(-output[0, 0]))
        row, column = np.nonzero(score >= faintest)
        v = output[0, :, row, column]
        centre_x, centre_y = (column + v[:, 1]) * stride, (row + v[:, 2]) * stride
        half_w, half_h = np.exp(v[:, 3]) * stride / 2, np.exp(v[:, 4]) * stride / 2
        corners = [centre_x - half_w, centre_y - half_h, centre_x + half_w, centre_y + half_h]
        points = v[:, 8:18].reshape(-1, 5, 2)
        points = (points + np.stack([column, row], 1)[:, None]) * stride
        rows.append(
            np.concatenate(
                [
                    np.stack(corners, 1) / np.tile(scale, 2),
                    score[row, column][:, None],
                    v[:, 5:8],
                    (points / scale).reshape(-1, 10),
                ],
                1,
            )
        )
    table = np.concatenate(rows)
    table = voted(table[suppress(table[:, :4], table[:, 4], overlap)], table)
    table = table[table[:, 4] >= floor]
    return Found(table[:, :4], table[:, 4], table[:, 5:8], table[:, 8:].reshape(-1, 5, 2))
