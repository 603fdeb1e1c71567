"""Training pictures for the detector: crops of photos at many scales, mosaics, collages.

A sample is a square RGB picture and its faces. Everything random comes from one generator per
sample, seeded by (seed, number of the sample), so that a resumed run sees what it would have.
Faces that nobody labelled come from the two teachers' notes (teachers.py), as faces of unknown
class or as regions to ignore; where they looked and saw nothing is background.
"""

from __future__ import annotations

import json
import pickle
from collections.abc import Callable
from dataclasses import dataclass, field, replace

import cv2
import numpy as np

from ..data import (
    CORRECT,
    INCORRECT,
    Face,
    MaskTemplates,
    Photo,
    data_folder,
    degrade,
    draw_glasses,
    draw_mask,
    draw_object,
    held_out_groups,
    load_mask12k,
    load_negatives,
    load_photos,
    training_photos,
)
from .light import brightened, gain_of
from .teachers import CACHE, YUNET, open_yunet, overlaps, yunet_points

# How far a set's boxes are trusted: facemask853's standard is 1; ilc2021's are loose and differ
# by annotator; those of the bare sets are computed from points.
BOX_TRUST = {
    "facemask853": 1.0,
    "eden": 1.0,
    "ilc2021": 0.45,
    "caltech_webfaces": 0.3,
    "mtfl80": 0.5,
    "ytf68": 0.5,
    "coco_mini": 0.5,
    "people": 0.6,
    # The whole crop: the face fills 80 to 100 % of it.
    "mask12k": 0.15,
}
TAUGHT_TRUST = 0.5
# Of the faces drawn on: something held before the mouth in place of a mask.
OBJECT_SHARE = 0.4
# Of the drawings: with glasses before the eyes, whatever else there is.
GLASSES_SHARE = 0.25
SMALLEST = 5.0  # Faces with a shorter side (network pixels) become ignore regions.


@dataclass
class Sample:
    """`boxes` [n, 4] x1, y1, x2, y2; `labels` [n], -1 where not to be learnt; `points` [n, 5, 2],
    NaN where unknown; `trust` [n] of the boxes; `ignore` [m, 4]. Pixels of `picture`. `ground`
    [height, width] is true where there is certainly no face, when that is known. `looked`: the
    teachers looked at all of it, so that what is neither face nor ignored is background."""

    picture: np.ndarray
    boxes: np.ndarray = field(default_factory=lambda: np.zeros((0, 4), np.float32))
    labels: np.ndarray = field(default_factory=lambda: np.zeros(0, np.int64))
    points: np.ndarray = field(default_factory=lambda: np.zeros((0, 5, 2), np.float32))
    trust: np.ndarray = field(default_factory=lambda: np.zeros(0, np.float32))
    ignore: np.ndarray = field(default_factory=lambda: np.zeros((0, 4), np.float32))
    negative: bool = False
    ground: np.ndarray | None = None
    looked: bool = False


def _corners(rows: list[list[float]]) -> np.ndarray:
    table = np.float32([row[:4] for row in rows]).reshape(-1, 4)
    table[:, 2:] += table[:, :2]
    return table


def _with_teachers(sample: Sample, notes: dict | None) -> Sample:
    """Adds the faces and the doubtful regions that the teachers saw and no label covers."""
    if notes is None:
        return sample
    known = np.concatenate([sample.boxes, sample.ignore])
    parts = {}
    for kind in ("faces", "ignore"):
        boxes = _corners(notes[kind])
        if len(known) and len(boxes):
            boxes = boxes[overlaps(boxes, known).max(1) < 0.3]
        parts[kind] = boxes
    faces = parts["faces"]
    sample.boxes = np.concatenate([sample.boxes, faces])
    sample.labels = np.concatenate([sample.labels, np.full(len(faces), -1, np.int64)])
    unknown = np.full((len(faces), 5, 2), np.nan, np.float32)
    sample.points = np.concatenate([sample.points, unknown])
    trust = np.full(len(faces), TAUGHT_TRUST, np.float32)
    sample.trust = np.concatenate([sample.trust, trust])
    sample.ignore = np.concatenate([sample.ignore, parts["ignore"]])
    sample.looked = True
    return sample


def _record(photo: Photo, picture: np.ndarray) -> Sample:
    boxes, labels, points, ignore = [], [], [], []
    for face in photo.faces:
        x, y, w, h = face.box
        corners = (x, y, x + w, y + h)
        if face.ignore:
            ignore.append(corners)
            continue
        boxes.append(corners)
        labels.append(-1 if face.doubtful else face.label)
        known = np.full((5, 2), np.nan, np.float32)
        if len(face.keypoints) >= 4:
            # With four points the last is the mouth's middle: kept in both corners' places and
            # told apart by their being equal.
            known[:] = np.float32([*face.keypoints[:4], face.keypoints[-1]])
        points.append(known)
    return Sample(
        picture,
        np.float32(boxes).reshape(-1, 4),
        np.int64(labels),
        np.float32(points).reshape(-1, 5, 2),
        np.full(len(boxes), BOX_TRUST[photo.data_set], np.float32),
        np.float32(ignore).reshape(-1, 4),
        looked=photo.data_set == "people",
    )


def _with_drawings(
    sample: Sample,
    templates: MaskTemplates,
    textures: list[np.ndarray],
    rng: np.random.Generator,
    share: float,
) -> Sample:
    """Masks, or things that are none, drawn on `share` of the bare faces with known points."""
    picture, labels = sample.picture, sample.labels.copy()
    for i in range(len(labels)):
        if np.isnan(sample.points[i]).any() or rng.random() > share:
            continue
        known = sample.points[i]
        if np.allclose(known[3], known[4]):
            known = known[:4]
        points = tuple(map(tuple, known.tolist()))
        if rng.random() < OBJECT_SHARE:
            held = draw_object(picture, points, rng, textures)
            picture = picture if held is None else held
        else:
            drawn = draw_mask(picture, points, templates, rng)
            if drawn is not None:
                picture, labels[i] = drawn
        worn = draw_glasses(picture, points, rng) if rng.random() < GLASSES_SHARE else None
        picture = picture if worn is None else worn
    return replace(sample, picture=picture, labels=labels)


def _with_glasses(sample: Sample, yunet, rng: np.random.Generator) -> Sample | None:  # noqa: ANN001
    """Glasses on most of the labelled faces whose eyes YuNet-n finds; None where on none."""
    seen, points = yunet_points(yunet, sample.picture, 640)
    if not len(seen) or not len(sample.boxes):
        return None
    table, picture, count = overlaps(sample.boxes, seen), sample.picture, 0
    for row in table:
        j = int(row.argmax())
        if row[j] < 0.4 or seen[j, 4] < 0.5 or rng.random() > 0.7:
            continue
        if np.linalg.norm(points[j, 1] - points[j, 0]) > 200:
            continue  # larger than any network sees it, and slow to draw
        worn = draw_glasses(picture, tuple(map(tuple, points[j].tolist())), rng)
        if worn is not None:
            picture, count = worn, count + 1
    return replace(sample, picture=picture) if count else None


def _darkened(picture: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """As little light as a camera may get, with its noise and its JPEG; at times from one side."""
    light = np.exp(rng.uniform(np.log(0.03), np.log(0.45)))
    share = np.full(picture.shape[:2], light, np.float32)
    if rng.random() < 0.3:
        share *= np.linspace(1, rng.uniform(1, 3), picture.shape[1], dtype=np.float32)
    dark = picture * np.minimum(share, 1)[..., None]
    dark += rng.normal(0, rng.uniform(0, 1.5), picture.shape).astype(np.float32)
    dark = np.clip(np.rint(dark), 0, 255).astype(np.uint8)
    if rng.random() < 0.5:
        quality = [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(60, 97))]
        dark = cv2.imdecode(cv2.imencode(".jpg", dark, quality)[1], cv2.IMREAD_COLOR)
    return dark


def place(sample: Sample, size: int, scale: float, left: float, top: float) -> Sample:
    """The square of `size` pixels whose corner lies at (left, top) of the scaled sample."""
    picture = sample.picture
    if scale < 0.75:
        small = (round(picture.shape[1] * scale), round(picture.shape[0] * scale))
        picture = cv2.resize(
            picture, (max(small[0], 2), max(small[1], 2)), interpolation=cv2.INTER_AREA
        )
        rest = picture.shape[1] / sample.picture.shape[1]
    else:
        rest = 1.0
    step = scale / rest
    matrix = np.float32([[step, 0, step / 2 - 0.5 - left], [0, step, step / 2 - 0.5 - top]])
    out = cv2.warpAffine(picture, matrix, (size, size), flags=cv2.INTER_LINEAR)
    shift = np.float32([left, top])
    boxes = sample.boxes * scale - np.tile(shift, 2)
    ignore = sample.ignore * scale - np.tile(shift, 2)
    points = sample.points * scale - shift
    inside = np.clip(boxes, 0, size)
    area = np.prod(np.maximum(boxes[:, 2:] - boxes[:, :2], 1e-3), axis=1)
    seen = np.prod(np.maximum(inside[:, 2:] - inside[:, :2], 0), axis=1) / area
    side = np.minimum(*(boxes[:, 2:] - boxes[:, :2]).T) if len(boxes) else np.zeros(0)
    good = (seen > 0.6) & (side >= SMALLEST)
    cut = ~good & (seen > 0.1)
    labels = np.where(seen > 0.85, sample.labels, -1)
    return Sample(
        out,
        np.where((seen > 0.6)[:, None], inside, boxes)[good].astype(np.float32),
        labels[good],
        points[good],
        sample.trust[good],
        np.concatenate([np.clip(ignore, 0, size), inside[cut]]).astype(np.float32),
        sample.negative,
        looked=sample.looked,
    )


def flip(sample: Sample) -> Sample:
    """Mirrored; left and right points change places."""
    width = sample.picture.shape[1]

    def mirror(boxes: np.ndarray) -> np.ndarray:
        out = boxes.copy()
        out[:, 0], out[:, 2] = width - boxes[:, 2], width - boxes[:, 0]
        return out

    points = sample.points[:, [1, 0, 2, 4, 3]].copy()
    points[..., 0] = width - points[..., 0]
    picture = np.ascontiguousarray(sample.picture[:, ::-1])
    return Sample(
        picture,
        mirror(sample.boxes),
        sample.labels,
        points,
        sample.trust,
        mirror(sample.ignore),
        sample.negative,
        looked=sample.looked,
    )


def join(samples: list[Sample], picture: np.ndarray) -> Sample:
    """One sample of the faces of several, on `picture`."""
    names = ("boxes", "labels", "points", "trust", "ignore")
    joined = (np.concatenate([getattr(s, n) for s in samples]) for n in names)
    return Sample(picture, *joined, looked=all(s.looked for s in samples))


# Photos of crops and mosaics: running shares of the sets; the rest are drawings.
SOURCES = (
    (0.27, "ilc2021"),
    (0.51, "facemask853"),
    (0.61, "eden"),
    (0.67, "caltech_webfaces"),
    (0.70, "coco_mini"),
    (0.86, "people"),
    (0.87, "ytf68"),
    (0.89, "mask12k"),
)
# Squares up to this side are what the second look sees of a whole picture.
NEAR = 256
# Close-ups: running shares of what is cut or shown whole; the rest are drawings.
CLOSE = ((0.36, "labelled"), (0.74, "mask12k"), (0.79, "ytf68"))
# Share of the crops and close-ups that come from the pool with drawn glasses.
WITH_GLASSES = 0.12
# Photos with labels of all three classes, and the least side of a face cut out of them.
LABELLED, LARGE = ("ilc2021", "ilc2021", "facemask853", "eden"), 56
# The pool of drawings is the same for every run.
DRAWN_SEED = 21


def _pool(name: str, count: int, make: Callable[[], Sample | None]) -> list[Sample]:
    """Samples drawn once, the same for every run: drawing is slower than all the rest."""
    kept = CACHE.parent / f"{name}-{DRAWN_SEED}-{count}.pickle"
    if kept.exists():
        return pickle.loads(kept.read_bytes())
    pool: list[Sample] = []
    while len(pool) < count:
        sample = make()
        if sample is not None:
            pool.append(sample)
    kept.write_bytes(pickle.dumps(pool))
    return pool


class Samples:
    """Makes sample number `index` of a seeded, endless series."""

    def __init__(
        self,
        folder: str | None,
        seed: int,
        longest: int = 576,
        hard: dict[str, float] | None = None,
        drawn_pool: int = 4500,
        glasses_pool: int = 1500,
    ) -> None:
        cv2.setNumThreads(1)
        root = data_folder(folder)
        self.seed, self.longest = seed, longest
        self.templates = MaskTemplates(root)
        held_out = held_out_groups(root)
        photos = training_photos([*load_photos(root), *load_mask12k(root)], held_out)
        self.notes: dict[str, dict] = json.loads(CACHE.read_text())
        self.sets: dict[str, list[Photo]] = {}
        for photo in photos:
            masked = photo.data_set == "mask12k" and photo.faces[0].label == CORRECT
            self.sets.setdefault(photo.data_set + "/masked" * masked, []).append(photo)
        self.negatives = training_photos(load_negatives(root), held_out)
        # Animals' faces are what a face detector mistakes for faces: they come up more often,
        # or, once it is known, what this network mistakes for faces.
        weights = hard or {
            p.name: 1.0 + p.name.startswith(("animal", "raccoon")) for p in self.negatives
        }
        self.negative_share = np.array([weights.get(p.name, 0.1) for p in self.negatives])
        self.negative_share /= self.negative_share.sum()
        self.pictures: dict[str, np.ndarray] = {}
        self.large: dict[str, list[tuple[Photo, Face]]] = {}
        self.large_share: dict[str, np.ndarray] = {}
        self._weights = {name: self._balance(rows) for name, rows in self.sets.items()}
        self.drawn = self._draw(drawn_pool)
        self.glasses = self._draw_glasses(glasses_pool)

    @staticmethod
    def _balance(photos: list[Photo]) -> np.ndarray:
        """Photos of rare classes more often, those of large groups (one scene) less."""
        sizes: dict[str, int] = {}
        for photo in photos:
            sizes[photo.group] = sizes.get(photo.group, 0) + 1
        weight = np.array(
            [
                (3.5 if any(f.label == INCORRECT and not f.ignore for f in p.faces) else 1.0)
                / sizes[p.group] ** 0.4
                for p in photos
            ]
        )
        return weight / weight.sum()

    def _picture(self, photo: Photo) -> np.ndarray:
        key = str(photo.path)
        if key not in self.pictures:
            self.pictures[key] = cv2.cvtColor(cv2.imread(key), cv2.COLOR_BGR2RGB)
        picture = self.pictures[key]
        if photo.region is not None:
            x, y, w, h = photo.region
            picture = picture[y : y + h, x : x + w]
        return picture

    def _photo(self, rng: np.random.Generator, name: str) -> Sample:
        if name == "mask12k" and rng.random() < 0.75:
            name = "mask12k/masked"  # 893 photos and their copies, against thousands of bare ones
        rows = self.sets[name]
        photo = rows[int(rng.choice(len(rows), p=self._weights[name]))]
        record = _record(photo, self._picture(photo))
        return _with_teachers(record, self.notes.get(f"{photo.data_set}/{photo.name}"))

    def _draw(self, count: int) -> list[Sample]:
        """Bare faces with masks."""
        rng = np.random.default_rng([DRAWN_SEED, 1])
        sources = ["mtfl80"] * 13 + ["ytf68"] * 6 + ["caltech_webfaces"]
        textures = [self._picture(photo) for photo in self.negatives]

        def one() -> Sample:
            sample = self._photo(rng, sources[int(rng.integers(len(sources)))])
            share = 0.6 if len(sample.boxes) > 1 else 1.0
            return _with_drawings(sample, self.templates, textures, rng, share)

        return _pool("worn", count, one)

    def _draw_glasses(self, count: int) -> list[Sample]:
        """Labelled faces of every kind with glasses."""
        rng = np.random.default_rng([DRAWN_SEED, 4])
        sources = ["mask12k/masked"] * 4 + ["ilc2021"] * 3 + ["facemask853"] * 3 + ["eden"]
        yunet = open_yunet(YUNET)

        def one() -> Sample | None:
            sample = self._photo(rng, sources[int(rng.integers(len(sources)))])
            return _with_glasses(sample, yunet, rng)

        return _pool("glasses", count, one)

    def _source(self, rng: np.random.Generator) -> Sample:
        if rng.random() < WITH_GLASSES:
            return self.glasses[int(rng.integers(len(self.glasses)))]
        kind = rng.random()
        for upto, name in SOURCES:
            if kind < upto:
                return self._photo(rng, name)
        return self.drawn[int(rng.integers(len(self.drawn)))]

    def _close(self, rng: np.random.Generator, size: int) -> Sample:
        """A large face alone: a tight crop as a program sees it, or one laid on something else."""
        if rng.random() < WITH_GLASSES:
            worn = self.glasses[int(rng.integers(len(self.glasses)))]
            sides = (worn.boxes[:, 2:] - worn.boxes[:, :2]).max(1)
            return self._cut_out(rng, size, worn, worn.boxes[int(sides.argmax())])
        kind = rng.random()
        name = next((n for upto, n in CLOSE if kind < upto), "drawn")
        if name == "labelled":
            return self._cut(rng, size)
        if name == "drawn":
            tile = self.drawn[int(rng.integers(len(self.drawn)))]
        else:
            tile = self._photo(rng, name)
        longest = max(tile.picture.shape[:2])
        if rng.random() < 0.5:  # the whole crop, scaled to the square, padded
            out = place(tile, size, size / longest, 0.0, 0.0)
        else:
            side = size * rng.uniform(0.3, 1.1)
            scale = side / longest
            room_x, room_y = (
                size - tile.picture.shape[1] * scale,
                size - tile.picture.shape[0] * scale,
            )
            left = -rng.uniform(min(0, room_x), max(0, room_x))
            top = -rng.uniform(min(0, room_y), max(0, room_y))
            out = place(tile, size, scale, float(left), float(top))
            if rng.random() < 0.5:
                under = self._background(rng, size).picture
                x1, y1 = (int(np.ceil(max(-v, 0))) for v in (left, top))
                x2 = int(min(size, tile.picture.shape[1] * scale - left))
                y2 = int(min(size, tile.picture.shape[0] * scale - top))
                under[y1:y2, x1:x2] = out.picture[y1:y2, x1:x2]
                out.picture = under
        return flip(out) if rng.random() < 0.5 else out

    def _cut(self, rng: np.random.Generator, size: int) -> Sample:
        """A large labelled face that takes 0.3 of the square and more; wrongly worn ones often."""
        name = LABELLED[int(rng.integers(len(LABELLED)))]
        rows = self.large.get(name) or self._large(name)
        index = int(rng.choice(len(rows), p=self.large_share[name]))
        photo, face = rows[index]
        notes = self.notes.get(f"{photo.data_set}/{photo.name}")
        sample = _with_teachers(_record(photo, self._picture(photo)), notes)
        x, y, w, h = face.box
        return self._cut_out(rng, size, sample, np.float32([x, y, x + w, y + h]))

    @staticmethod
    def _cut_out(
        rng: np.random.Generator, size: int, sample: Sample, corners: np.ndarray
    ) -> Sample:
        scale = size * rng.uniform(0.3, 1.05) / float((corners[2:] - corners[:2]).max())
        middle = (corners[:2] + corners[2:]) / 2 * scale
        left, top = middle - size / 2 + rng.normal(0, 0.06, 2) * size
        height, width = sample.picture.shape[:2]
        # Within the photo where it is large enough, as whoever cuts a portrait does.
        left = np.clip(left, min(0, width * scale - size), max(0, width * scale - size))
        top = np.clip(top, min(0, height * scale - size), max(0, height * scale - size))
        out = place(sample, size, float(scale), float(left), float(top))
        return flip(out) if rng.random() < 0.5 else out

    def _large(self, name: str) -> list[tuple[Photo, Face]]:
        """Large faces of a set with their photos; one of a large group (one scene) counts less."""
        sizes: dict[str, int] = {}
        rows = []
        for photo in self.sets[name]:
            for face in photo.faces:
                if not (face.ignore or face.doubtful) and min(face.box[2:]) >= LARGE:
                    rows.append((photo, face))
                    sizes[photo.group] = sizes.get(photo.group, 0) + 1
        share = np.array(
            [(4.0 if f.label == INCORRECT else 1.0) / sizes[p.group] ** 0.4 for p, f in rows]
        )
        self.large[name], self.large_share[name] = rows, share / share.sum()
        return rows

    def _crop(self, rng: np.random.Generator, size: int, shrink: float = 1.0) -> Sample:
        sample = self._source(rng)
        height, width = sample.picture.shape[:2]
        longest = max(height, width)
        faces = sample.boxes
        index = int(rng.integers(len(faces))) if len(faces) else -1
        # As the program sees a photo: its long side as at run time, give or take.
        scale = shrink * self.longest / longest * np.exp(rng.uniform(np.log(0.65), np.log(1.6)))
        if longest < 250:
            scale = shrink * rng.uniform(0.15, 1.0) * size / longest
        elif index >= 0 and rng.random() < 0.34:
            # A face of a chosen size: the large ones above all, which photos rarely show.
            side = max(faces[index, 2] - faces[index, 0], faces[index, 3] - faces[index, 1])
            wanted = np.exp(rng.uniform(np.log(0.08), np.log(1.15)))
            if side > 40 and rng.random() < 0.5:
                wanted = rng.uniform(0.3, 1.15)
            scale = shrink * size * wanted / max(side, 1.0)
        scale = float(np.clip(scale, 0.05, 10.0))
        w, h = width * scale, height * scale
        if index >= 0 and rng.random() < 0.85:
            x1, y1, x2, y2 = faces[index] * scale
            left = rng.uniform(min(x2 - size, x1), max(x2 - size, x1))
            top = rng.uniform(min(y2 - size, y1), max(y2 - size, y1))
        else:
            left, top = rng.uniform(0, max(w - size, 0)), rng.uniform(0, max(h - size, 0))
        # A photo wider than the window fills it; a smaller one lies anywhere, at top left often.
        left = (
            np.clip(left, 0, w - size)
            if w > size
            else (0.0 if rng.random() < 0.5 else -rng.uniform(0, size - w))
        )
        top = (
            np.clip(top, 0, h - size)
            if h > size
            else (0.0 if rng.random() < 0.5 else -rng.uniform(0, size - h))
        )
        out = place(sample, size, scale, float(left), float(top))
        return flip(out) if rng.random() < 0.5 else out

    def _mosaic(self, rng: np.random.Generator, size: int) -> Sample:
        half = size // 2
        picture = np.empty((size, size, 3), np.uint8)
        parts = []
        for row in range(2):
            for column in range(2):
                part = self._crop(rng, half, rng.uniform(0.5, 0.9))
                picture[row * half : (row + 1) * half, column * half : (column + 1) * half] = (
                    part.picture
                )
                shift = np.float32([column * half, row * half])
                part.boxes += np.tile(shift, 2)
                part.ignore += np.tile(shift, 2)
                part.points += shift
                parts.append(part)
        return join(parts, picture)

    def _background(self, rng: np.random.Generator, size: int) -> Sample:
        photo = self.negatives[int(rng.choice(len(self.negatives), p=self.negative_share))]
        whole = Sample(self._picture(photo), negative=True)
        height, width = whole.picture.shape[:2]
        scale = float(size / max(height, width) * np.exp(rng.uniform(np.log(0.6), np.log(2.0))))
        w, h = width * scale, height * scale
        left = rng.uniform(min(0, w - size), max(0, w - size))
        top = rng.uniform(min(0, h - size), max(0, h - size))
        out = place(whole, size, scale, float(left), float(top))
        return flip(out) if rng.random() < 0.5 else out

    def _collage(self, rng: np.random.Generator, size: int) -> Sample:
        """Tiles of single faces, bare or with drawn masks, laid over a negative."""
        canvas = self._background(rng, size).picture
        taken: list[tuple[float, float, float]] = []
        parts = []
        for _ in range(int(rng.integers(3, 12))):
            side = int(size * np.exp(rng.uniform(np.log(0.05), np.log(0.5))))
            x, y = int(rng.integers(0, size - side + 1)), int(rng.integers(0, size - side + 1))
            if any(x < a + s and a < x + side and y < b + s and b < y + side for a, b, s in taken):
                continue
            taken.append((x, y, side))
            tile = (
                self.drawn[int(rng.integers(len(self.drawn)))]
                if rng.random() < 0.6
                else self._photo(rng, "mtfl80")
            )
            longest = max(tile.picture.shape[:2])
            part = place(tile, side, side / longest, 0.0, 0.0)
            part = flip(part) if rng.random() < 0.5 else part
            canvas[y : y + side, x : x + side] = part.picture
            shift = np.float32([x, y])
            part.boxes += np.tile(shift, 2)
            part.ignore += np.tile(shift, 2)
            part.points += shift
            parts.append(part)
        if not parts:
            return Sample(canvas, negative=True)
        collage = join(parts, canvas)
        collage.ground = np.ones((size, size), bool)
        for x, y, side in taken:
            collage.ground[int(y) : int(y + side), int(x) : int(x + side)] = False
        return collage

    def _crowd(self, rng: np.random.Generator, size: int) -> Sample:
        """Bare and masked faces in front of each other, the nearer ones lower and larger."""
        canvas = self._background(rng, size).picture
        owner = np.full((size, size), -1, np.int32)
        base = size * np.exp(rng.uniform(np.log(0.07), np.log(0.3)))
        count = int(np.clip(rng.uniform(0.5, 1.6) * (size / base) ** 2, 4, 40))
        middles = np.sort(rng.uniform(0.05, 0.95, count)) * size
        parts = []
        for index, middle in enumerate(middles):
            side = int(base * (0.7 + 0.6 * middle / size) * rng.uniform(0.85, 1.2))
            left = int(rng.uniform(-0.3 * side, size - 0.7 * side))
            top = int(middle - side / 2)
            tile = (
                self.drawn[int(rng.integers(len(self.drawn)))]
                if rng.random() < 0.35
                else self._photo(rng, "mtfl80")
            )
            part = place(tile, side, side / max(tile.picture.shape[:2]), 0.0, 0.0)
            part = flip(part) if rng.random() < 0.5 else part
            shape = np.zeros((side, side), np.uint8)
            if rng.random() < 0.7:
                axes = (int(side * rng.uniform(0.4, 0.5)), int(side * 0.5))
                cv2.ellipse(shape, (side // 2, side // 2), axes, 0, 0, 360, 1, -1)
            else:
                shape[:] = 1
            x1, y1 = max(left, 0), max(top, 0)
            x2, y2 = min(left + side, size), min(top + side, size)
            inner = np.s_[y1 - top : y2 - top, x1 - left : x2 - left]
            here = shape[inner] > 0
            canvas[y1:y2, x1:x2][here] = part.picture[inner][here]
            owner[y1:y2, x1:x2][here] = index
            shift = np.float32([left, top])
            part.boxes += np.tile(shift, 2)
            part.ignore += np.tile(shift, 2)
            part.points += shift
            parts.append(part)
        for index, part in enumerate(parts):
            seen = np.array([self._seen(owner, box, index) for box in part.boxes])
            part.ignore = np.concatenate([part.ignore, part.boxes[(seen > 0.2) & (seen <= 0.5)]])
            part.labels = np.where(seen > 0.8, part.labels, -1)
            kept = seen > 0.5
            for name in ("boxes", "labels", "points", "trust"):
                setattr(part, name, getattr(part, name)[kept])
        crowd = join(parts, canvas)
        crowd.boxes = np.clip(crowd.boxes, 0, size)
        crowd.ground = owner < 0
        return crowd

    @staticmethod
    def _seen(owner: np.ndarray, box: np.ndarray, index: int) -> float:
        """Share of a box (or of the ellipse in it) that nothing else covers."""
        x1, y1, x2, y2 = (int(round(float(v))) for v in box)
        area = max((x2 - x1) * (y2 - y1), 1)
        part = owner[max(y1, 0) : max(y2, 0), max(x1, 0) : max(x2, 0)]
        return min(1.0, float((part == index).sum()) / area / 0.85)

    def _occluded(self, rng: np.random.Generator, sample: Sample) -> Sample:
        """Something before a third of the faces, from above or the side; their labels unasked."""
        labels = sample.labels.copy()
        for i, (x1, y1, x2, y2) in enumerate(sample.boxes):
            w, h = x2 - x1, y2 - y1
            if min(w, h) < 20 or rng.random() > 0.35:
                continue
            share = rng.uniform(0.2, 0.45)
            cut = int(rng.integers(3))
            if cut == 0:
                place_at = (x1 - 0.1 * w, y1 - 0.1 * h, 1.2 * w, (share + 0.1) * h)
            elif cut == 1:
                place_at = (x1 - 0.1 * w, y1 - 0.1 * h, (share + 0.1) * w, 1.2 * h)
            else:
                place_at = (x2 - share * w, y1 - 0.1 * h, (share + 0.1) * w, 1.2 * h)
            left, top = max(int(place_at[0]), 0), max(int(place_at[1]), 0)
            right = min(int(place_at[0] + place_at[2]), sample.picture.shape[1])
            bottom = min(int(place_at[1] + place_at[3]), sample.picture.shape[0])
            if right - left < 3 or bottom - top < 3:
                continue
            other = self._picture(self.negatives[int(rng.integers(len(self.negatives)))])
            oh, ow = other.shape[:2]
            ph, pw = min(bottom - top, oh), min(right - left, ow)
            oy, ox = int(rng.integers(oh - ph + 1)), int(rng.integers(ow - pw + 1))
            patch = cv2.resize(other[oy : oy + ph, ox : ox + pw], (right - left, bottom - top))
            sample.picture[top:bottom, left:right] = patch
            labels[i] = -1
        sample.labels = labels
        return sample

    def make(self, index: int, size: int) -> Sample:
        """Sample `index`, a square of `size` pixels."""
        rng = np.random.default_rng([self.seed, 2, index])
        kind = rng.random()
        if size <= NEAR and kind < 0.84:
            # What the second look sees: faces that fill the picture, and what is mistaken for one.
            sample = self._close(rng, size) if kind < 0.6 else self._background(rng, size)
        elif kind < 0.53:
            sample = self._crop(rng, size)
            if rng.random() < 0.2:
                sample = self._occluded(rng, sample)
        elif kind < 0.61:
            sample = self._mosaic(rng, size)
        elif kind < 0.80:
            sample = self._close(rng, size)
        elif kind < 0.84:
            sample = self._collage(rng, size)
        elif kind < 0.90:
            sample = self._crowd(rng, size)
        else:
            sample = self._background(rng, size)
        shown = sample.picture.any(axis=2)  # the rest is padding
        sample.picture = degrade(sample.picture, rng, 0.8)
        if rng.random() < 0.1:
            sample.picture = _darkened(sample.picture, rng)
        gain = gain_of(sample.picture[shown][None]) if shown.any() else 1.0
        sample.picture = brightened(sample.picture, gain)
        if rng.random() < 0.6:
            sample.picture = sample.picture * shown[..., None].astype(np.uint8)
        return sample


__all__ = ["BOX_TRUST", "CORRECT", "Sample", "Samples"]
