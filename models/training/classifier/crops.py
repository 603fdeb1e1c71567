"""Face crops for the classifier: the pool they are drawn from, and how one is made.

A pool entry keeps the face's surroundings, so that every visit can move and scale the box as a
detector would. The final crop is cut as the program cuts it: see `SIZE`, `MARGIN` and `PAD`,
which go into the manifest.
"""

from __future__ import annotations

import pickle
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from ..data import (
    CORRECT,
    INCORRECT,
    UNMASKED,
    Face,
    MaskTemplates,
    Photo,
    cut_square,
    degrade_tile,
    draw_mask,
    draw_object,
    held_out_groups,
    load_mask12k,
    load_negatives,
    load_photos,
    read_picture,
    training_photos,
    validation_photos,
)
from ..data.pictures import square_around
from ..data.records import BARE_SETS, PEOPLE, SCENE_SETS, Box

SIZE = 72
MARGIN = 0.2
PAD = 127
MEAN, SCALE = 127.5, 1 / 64

# Larger faces are stored reduced to this box side: more than any crop needs.
LARGEST_BOX = 128
SMALLEST_FACE = 10
DRAWN = 14000
HELD = 5000  # faces with something held before the mouth that is no mask
# Of the full degradation: the network is small, and most photos are not that bad.
STRENGTH = 0.8
# Views that may be shown again, mirrored.
KEPT = 4096


@dataclass(frozen=True)
class Crop:
    """`picture`: RGB uint8, the face and what is around it; `box` in its pixels.

    `short`: short side of the face in pixels of the source picture. `points`: left eye, right
    eye, nose and middle of the mouth [4, 2] in pixels of `picture`, where they are known.
    """

    picture: np.ndarray
    box: Box
    label: int
    source: str
    group: str
    short: float
    points: np.ndarray | None = None


def surroundings(
    picture: np.ndarray, face: Face, label: int, source: str, group: str
) -> Crop | None:
    """The face with a full box side of context where the picture has it; None off the picture."""
    x, y, width, height = face.box
    reach = max(width, height)
    left, top = max(int(x - 0.6 * reach), 0), max(int(y - 0.6 * reach), 0)
    right = min(int(x + width + 0.6 * reach) + 1, picture.shape[1])
    bottom = min(int(y + height + 0.6 * reach) + 1, picture.shape[0])
    if right - left < 4 or bottom - top < 4:
        return None
    part = picture[top:bottom, left:right]
    factor = min(1.0, LARGEST_BOX / reach)
    if factor < 1:
        size = (max(round(part.shape[1] * factor), 2), max(round(part.shape[0] * factor), 2))
        part = cv2.resize(part, size, interpolation=cv2.INTER_AREA)
    box = ((x - left) * factor, (y - top) * factor, width * factor, height * factor)
    points = None
    if len(face.keypoints) >= 4:
        known = np.float32(face.keypoints)
        mouth = known[3:].mean(axis=0)
        points = (np.stack([*known[:3], mouth]) - np.float32([left, top])) * np.float32(factor)
    return Crop(part.copy(), box, label, source, group, min(width, height), points)


def _usable(face: Face) -> bool:
    return not face.ignore and not face.doubtful and min(face.box[2:]) >= SMALLEST_FACE


def _labelled(photos: list[Photo]) -> list[Crop]:
    crops = []
    for photo in photos:
        picture = read_picture(photo)
        for face in photo.faces:
            if _usable(face):
                crop = surroundings(picture, face, face.label, photo.data_set, photo.group)
                if crop is not None:
                    crops.append(crop)
    return crops


def _drawn(photos: list[Photo], folder: Path, count: int, seed: int) -> list[Crop]:
    """Drawn masks, right and wrong equally often, on faces large enough to carry one."""
    rng = np.random.default_rng(seed)
    templates = MaskTemplates(folder)
    carriers = [
        (photo, face)
        for photo in photos
        for face in photo.faces
        if _usable(face) and len(face.keypoints) >= 4 and max(face.box[2:]) >= 30
    ]
    crops: list[Crop] = []
    for index in rng.permutation(np.resize(np.arange(len(carriers)), count)):
        photo, face = carriers[index]
        drawn = draw_mask(read_picture(photo), face.keypoints, templates, rng)
        if drawn is None:
            continue
        crop = surroundings(drawn[0], face, drawn[1], "drawn", photo.group)
        if crop is not None:
            crops.append(crop)
    return crops


def _held(photos: list[Photo], folder: Path, count: int, seed: int) -> list[Crop]:
    """Bare faces with a hand, a cup, a sheet of paper… before the mouth."""
    rng = np.random.default_rng([seed, 2])
    textures = [
        read_picture(p) for p in training_photos(load_negatives(folder), held_out_groups(folder))
    ]
    carriers = [
        (photo, face)
        for photo in photos
        for face in photo.faces
        if _usable(face) and len(face.keypoints) >= 4 and max(face.box[2:]) >= 30
    ]
    crops: list[Crop] = []
    for index in rng.permutation(np.resize(np.arange(len(carriers)), count)):
        photo, face = carriers[index]
        drawn = draw_object(read_picture(photo), face.keypoints, rng, textures)
        crop = None if drawn is None else surroundings(drawn, face, UNMASKED, "held", photo.group)
        if crop is not None:
            crops.append(crop)
    return crops


def training_pool(folder: Path, cache: Path, seed: int = 1) -> list[Crop]:
    """All crops that may be trained on; kept in `cache` as they take a minute or two to make."""
    path = cache / f"classifier-pool-3-{seed}.pickle"
    if path.exists():
        return pickle.loads(path.read_bytes())
    held_out = held_out_groups(folder)
    scenes = training_photos(load_photos(folder, SCENE_SETS), held_out)
    bare = training_photos(load_photos(folder, BARE_SETS), held_out)
    people = training_photos(load_photos(folder, (PEOPLE,)), held_out)
    pool = _labelled(scenes + bare + people)
    pool += _labelled(training_photos(load_mask12k(folder), held_out))
    pool += _drawn(bare, folder, DRAWN, seed)
    pool += _held(bare, folder, HELD, seed)
    cache.mkdir(parents=True, exist_ok=True)
    path.write_bytes(pickle.dumps(pool))
    return pool


def labelled_crops(folder: Path) -> list[Crop]:
    """The 12k set's part of the pool."""
    return _labelled(training_photos(load_mask12k(folder), held_out_groups(folder)))


# Share of each source within a class. The 12k set keeps the same weight on both of its sides,
# and drawn masks the same on right and wrong, as far as the real ones allow.
SHARES: dict[int, dict[str, float]] = {
    CORRECT: {"mask12k": 0.34, "ilc2021": 0.26, "facemask853": 0.12, "eden": 0.1, "drawn": 0.18},
    INCORRECT: {"ilc2021": 0.56, "facemask853": 0.06, "eden": 0.06, "drawn": 0.32},
    UNMASKED: {
        "mask12k": 0.24,
        "ilc2021": 0.23,
        "facemask853": 0.07,
        "eden": 0.05,
        "mtfl80": 0.13,
        "ytf68": 0.04,
        "caltech_webfaces": 0.03,
        "coco_mini": 0.01,
        "people": 0.04,
        "held": 0.16,
    },
}
CLASS_SHARES = {CORRECT: 0.37, INCORRECT: 0.26, UNMASKED: 0.37}


class Sampler:
    """Draws crops: class, then source, then group, then one of the group's faces.

    A group's chance grows with the square root of its size, so that a series of one man or one
    crowd does not outweigh fifty single photos.
    """

    def __init__(
        self,
        pool: list[Crop],
        rng: np.random.Generator,
        crops_share: float | None = None,
        emphasis: dict[str, float] | None = None,
    ) -> None:
        """`crops_share`: the 12k set's share of `correct` and `unmasked`, instead of SHARES'.

        `emphasis` multiplies the chance of the groups that it names.
        """
        self._rng = rng
        table: dict[tuple[int, str], dict[str, list[Crop]]] = defaultdict(lambda: defaultdict(list))
        for crop in pool:
            table[crop.label, crop.source][crop.group].append(crop)
        self._groups = {key: list(groups.values()) for key, groups in table.items()}
        self._chances = {}
        for key, groups in self._groups.items():
            weights = np.sqrt([len(group) for group in groups])
            if emphasis:
                weights *= [emphasis.get(group[0].group, 1.0) for group in groups]
            self._chances[key] = np.cumsum(weights / weights.sum())
        self._keys, weights = [], []
        for label, shares in SHARES.items():
            for source, share in shares.items():
                if crops_share is not None and "mask12k" in shares:
                    rest = 1 - shares["mask12k"]
                    of_crops = source == "mask12k"
                    share = crops_share if of_crops else share * (1 - crops_share) / rest
                if (label, source) in self._groups:
                    self._keys.append((label, source))
                    weights.append(CLASS_SHARES[label] * share)
        self._weights = np.cumsum(np.array(weights) / np.sum(weights))

    def draw(self) -> Crop:
        pick = int(np.searchsorted(self._weights, self._rng.random()))
        key = self._keys[min(pick, len(self._keys) - 1)]
        groups, chances = self._groups[key], self._chances[key]
        group = groups[min(int(np.searchsorted(chances, self._rng.random())), len(groups) - 1)]
        return group[int(self._rng.integers(len(group)))]


def augmented(
    crop: Crop,
    rng: np.random.Generator,
    size: int = SIZE,
    margin: float = MARGIN,
    strength: float = STRENGTH,
) -> tuple[np.ndarray, np.ndarray]:
    """One random view of a crop, [size, size, 3] uint8, and its points.

    Points [4, 2] are shares of the view's side, with its middle at (0, 0); NaN when unknown.
    """
    picture = crop.picture
    points = np.full((4, 2), np.nan, np.float32) if crop.points is None else crop.points.copy()
    x, y, width, height = crop.box
    reach = max(width, height)
    # A picture may end at the box: the 12k crops always do, so others do at times.
    if crop.source != "mask12k" and rng.random() < 0.25:
        grow = rng.uniform(0.0, 0.2, 4) * reach
        left, top = max(int(x - grow[0]), 0), max(int(y - grow[1]), 0)
        right, bottom = int(x + width + grow[2]) + 1, int(y + height + grow[3]) + 1
        picture = picture[top:bottom, left:right]
        x, y = x - left, y - top
        points -= np.float32([left, top])
    centre_x = x + width / 2 + reach * float(np.clip(rng.normal(0, 0.05), -0.15, 0.15))
    centre_y = y + height / 2 + reach * float(np.clip(rng.normal(0, 0.05), -0.15, 0.15))
    side = reach * (1 + 2 * margin) * np.exp(rng.uniform(np.log(0.8), np.log(1.25)))
    if rng.random() < 0.5:
        angle = float(np.clip(rng.normal(0, 8), -25, 25))
        turn = cv2.getRotationMatrix2D((centre_x, centre_y), angle, 1.0)
        picture = cv2.warpAffine(picture, turn, picture.shape[1::-1], borderValue=(PAD, PAD, PAD))
    # Degradation happens at a resolution of its own, before the reduction to the input.
    working = size if rng.random() < 0.5 else int(rng.integers(size, 2 * size))
    view = cut_square(picture, centre_x - side / 2, centre_y - side / 2, side, working, PAD)
    view = degrade_tile(view, rng, strength=strength)
    points = (points - np.float32([centre_x, centre_y])) / np.float32(side)
    if working != size:
        view = cv2.resize(view, (size, size), interpolation=cv2.INTER_AREA)
    if rng.random() < 0.5:
        view = view[:, ::-1]
        points = points[[1, 0, 2, 3]] * np.float32([-1, 1])
    return view, points


def mirrored(view: np.ndarray, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The view [3, size, size] and its points, left and right exchanged."""
    return view[:, :, ::-1], points[[1, 0, 2, 3]] * np.float32([-1, 1])


def batches(
    pool: list[Crop],
    batch: int,
    seed: int,
    size: int = SIZE,
    margin: float = MARGIN,
    strength: float = STRENGTH,
    fresh: float = 1.0,
    crops_share: float | None = None,
    emphasis: dict[str, float] | None = None,
) -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """Endless (views [batch, 3, size, size] uint8, labels [batch], points [batch, 4, 2]).

    Making a view costs about as much as learning from it: `fresh` is the share that is new, the
    rest are mirrored views of the last `KEPT`. `crops_share` and `emphasis`: see Sampler.
    """
    rng = np.random.default_rng(seed)
    sampler = Sampler(pool, rng, crops_share, emphasis)
    kept: list[tuple[np.ndarray, int, np.ndarray]] = []
    count = 0
    while True:
        views = np.empty((batch, 3, size, size), np.uint8)
        labels = np.empty(batch, np.int64)
        points = np.empty((batch, 4, 2), np.float32)
        for index in range(batch):
            if len(kept) == KEPT and rng.random() >= fresh:
                view, labels[index], known = kept[int(rng.integers(KEPT))]
                views[index], points[index] = mirrored(view, known)
                continue
            crop = sampler.draw()
            view, points[index] = augmented(crop, rng, size, margin, strength)
            views[index] = view.transpose(2, 0, 1)
            labels[index] = crop.label
            if fresh < 1:
                entry = (views[index].copy(), crop.label, points[index].copy())
                if len(kept) < KEPT:
                    kept.append(entry)
                else:
                    kept[count % KEPT] = entry
                count += 1
        yield views, labels, points


@dataclass(frozen=True)
class Examination:
    """Fixed crops without jitter: views uint8 [N, 3, SIZE, SIZE] and what is known of each."""

    views: np.ndarray
    labels: np.ndarray
    short: np.ndarray
    groups: list[str]


def examination(crops: list[Crop], size: int = SIZE, margin: float = MARGIN) -> Examination:
    views = [
        cut_square(crop.picture, *square_around(crop.box, margin), size, PAD).transpose(2, 0, 1)
        for crop in crops
    ]
    return Examination(
        np.stack(views),
        np.array([crop.label for crop in crops]),
        np.array([crop.short for crop in crops]),
        [crop.group for crop in crops],
    )


def examinations(folder: Path, size: int = SIZE, margin: float = MARGIN) -> dict[str, Examination]:
    """`official`: the 992 test crops; `crops`: 12k validation; `scenes`: validation photos."""
    scenes = validation_photos(load_photos(folder, ("facemask853", "ilc2021")))
    return {
        "official": examination(_labelled(load_mask12k(folder, ("test",))), size, margin),
        "crops": examination(_labelled(validation_photos(load_mask12k(folder))), size, margin),
        "scenes": examination(_labelled(scenes), size, margin),
    }


def normalise(views: np.ndarray) -> np.ndarray:
    """uint8 views to the network's float32 input."""
    return (views.astype(np.float32) - MEAN) * SCALE
