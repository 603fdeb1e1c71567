"""The fixed validation split, by group.

`python -m models.training.data` writes models/training/splits/*_val.txt (one file name a
line). Everything else reads those files, so the split stays what it was when the data grows.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from pathlib import Path

from .records import (
    INCORRECT,
    PEOPLE,
    SCENE_SETS,
    Photo,
    load_mask12k,
    load_negatives,
    load_photos,
)

SPLITS = Path(__file__).resolve().parents[1] / "splits"
VALIDATION_SETS = ("facemask853", "ilc2021", "mask12k")
# Sets that are mostly for training, and the share of their groups that is not. `people` says how
# much the detector forgets of scenes of other origin (evaluate/conditions.py).
HELD_OUT = {"coco_mini": 0.5, PEOPLE: 0.2, "negatives": 0.5}

SHARE = 0.15
# A third of facemask853 is one group of selfies; more of its other groups make up for that.
SHARE_853 = 0.2
# Groups with a wrongly worn mask are few; a larger share makes their figures mean something.
SHARE_INCORRECT = 0.23
# Of the masked 12k photos that the published test does not touch, which are few.
SHARE_MASKED_CROPS = 0.3
# Larger groups (phone selfies, a webcam series) stay in training: they are a few people.
LARGEST_GROUP = 20


def _order(group: str) -> str:
    return hashlib.sha256(f"masklens-split-1:{group}".encode()).hexdigest()


def _choose(groups: list[str], share: float) -> set[str]:
    ordered = sorted(groups, key=_order)
    return set(ordered[: round(share * len(ordered))])


def split_photos(folder: Path, data_set: str) -> list[Photo]:
    """All photos of a set that has a split file."""
    if data_set == "mask12k":
        return load_mask12k(folder, ("train", "validation"))
    return load_negatives(folder) if data_set == "negatives" else load_photos(folder, (data_set,))


def choose_validation_groups(folder: Path) -> set[str]:
    """Groups for validation, from the data alone (deterministic)."""
    members: dict[str, list[Photo]] = defaultdict(list)
    for photo in load_photos(folder, SCENE_SETS):
        members[photo.group].append(photo)
    strata: dict[tuple[bool, bool], list[str]] = defaultdict(list)
    for group, photos in members.items():
        scored = [photo for photo in photos if photo.data_set != "eden"]
        if not scored or len(photos) > LARGEST_GROUP:
            continue
        wrong = any(
            face.label == INCORRECT and not face.doubtful and min(face.box[2:]) >= 24
            for photo in scored
            for face in photo.faces
            if not face.ignore
        )
        from_853 = any(photo.data_set == "facemask853" for photo in scored)
        strata[wrong, from_853].append(group)
    chosen: set[str] = set()
    for data_set, share in HELD_OUT.items():
        chosen |= _choose(sorted({p.group for p in split_photos(folder, data_set)}), share)
    for (wrong, from_853), groups in strata.items():
        share = SHARE_INCORRECT if wrong else SHARE_853 if from_853 else SHARE
        chosen |= _choose(groups, share)
    # Source photos with copies in the published test part stay in training: that test is the
    # original project's, siblings and all, and losing some of them would make it neither.
    tested = {photo.group for photo in load_mask12k(folder, ("test",))}
    crops: dict[bool, set[str]] = defaultdict(set)
    for photo in load_mask12k(folder, ("train", "validation")):
        if photo.group not in tested:
            crops["/photo-" in photo.group].add(photo.group)
    for masked, groups in crops.items():
        chosen |= _choose(sorted(groups), SHARE_MASKED_CROPS if masked else SHARE)
    return chosen


def read_split(data_set: str) -> list[str]:
    """File names of the part of a set that is kept out of training."""
    return (SPLITS / f"{data_set}_val.txt").read_text().split()


def held_out_groups(folder: Path) -> set[str]:
    """Groups of every validation picture: nothing of them may be trained on, eden included."""
    sets = (*VALIDATION_SETS, *HELD_OUT)
    named = {(data_set, name) for data_set in sets for name in read_split(data_set)}
    photos = load_photos(folder, SCENE_SETS)
    for data_set in ("mask12k", *HELD_OUT):
        photos += split_photos(folder, data_set)
    return {photo.group for photo in photos if (photo.data_set, photo.name) in named}


def training_photos(photos: list[Photo], held_out: set[str]) -> list[Photo]:
    """Those whose group is not held out."""
    return [photo for photo in photos if photo.group not in held_out]


def validation_photos(photos: list[Photo]) -> list[Photo]:
    """Those named in the split files."""
    named = {(data_set, name) for data_set in VALIDATION_SETS for name in read_split(data_set)}
    return [photo for photo in photos if (photo.data_set, photo.name) in named]
