"""All data sets as one list of photos with faces, in one class order and one unit.

Boxes are (x, y, width, height) in pixels of the stored picture. Groups are joined over
facemask853, eden and ilc2021, so that two photos of one scene always carry the same group.
"""

from __future__ import annotations

import csv
import json
import os
from dataclasses import dataclass, field
from pathlib import Path

from PIL import Image

CLASSES = ("correct", "incorrect", "unmasked")
CORRECT, INCORRECT, UNMASKED = range(3)

SCENE_SETS = ("facemask853", "eden", "ilc2021")
BARE_SETS = ("caltech_webfaces", "mtfl80", "ytf68", "coco_mini")
# Full scenes whose boxes are what two public detectors agree on; only the detector learns them.
PEOPLE = "people"
PHOTO_SETS = (*SCENE_SETS, *BARE_SETS, PEOPLE)
# Its photos come in series from one place: neighbours of a source stay together.
PEOPLE_BLOCK = 6

# Category ids of the annotation files: 1 with_mask, 2 without_mask, 3 mask_weared_incorrect.
_CATEGORY = {1: CORRECT, 2: UNMASKED, 3: INCORRECT}

Box = tuple[float, float, float, float]
Point = tuple[float, float]


@dataclass(frozen=True)
class Face:
    """One labelled face.

    `label` is an index into CLASSES. `ignore` boxes are neither face nor background.
    `doubtful` labels must stay out of scores and of the class loss; the box is good.
    `keypoints`: left eye, right eye, nose, left and right mouth corner (image left first), in
    pixels like the box; with four points (caltech_webfaces) the last one is the mouth's middle.
    """

    box: Box
    label: int
    ignore: bool = False
    doubtful: bool = False
    truncated: bool = False
    keypoints: tuple[Point, ...] = ()


@dataclass(frozen=True)
class Photo:
    """A picture, or a tile of a mosaic (`region`, in pixels of the file), with its faces.

    Face boxes are relative to the region when there is one. `width` and `height` are the
    region's. `name` is unique in its set.
    """

    data_set: str
    name: str
    path: Path
    width: int
    height: int
    group: str
    faces: tuple[Face, ...] = ()
    region: tuple[int, int, int, int] | None = None
    extra: dict[str, str] = field(default_factory=dict, compare=False)


def data_folder(argument: str | Path | None = None) -> Path:
    """The data folder: the argument, else $MASKLENS_DATA, else ../shared/data.

    The last is relative to the repository root. Raises FileNotFoundError when it is not there.
    """
    root = Path(__file__).resolve().parents[3]
    chosen = argument or os.environ.get("MASKLENS_DATA") or root.parent / "shared" / "data"
    folder = Path(chosen)
    if not (folder / "README.md").exists():
        raise FileNotFoundError(f"no data at {folder}: set MASKLENS_DATA or pass --data")
    return folder


class _Union:
    """Union-find over string keys."""

    def __init__(self) -> None:
        self._parent: dict[str, str] = {}

    def find(self, key: str) -> str:
        root = self._parent.setdefault(key, key)
        while root != self._parent[root]:
            root = self._parent[root]
        while self._parent[key] != root:
            self._parent[key], key = root, self._parent[key]
        return root

    def join(self, a: str, b: str) -> None:
        # The smaller name becomes the root, so that the result does not depend on the order.
        first, second = sorted((self.find(a), self.find(b)))
        self._parent[second] = first


def _annotations(folder: Path, data_set: str) -> dict:
    return json.loads((folder / data_set / "annotations.json").read_text())


def _scene_groups(folder: Path) -> dict[tuple[str, str], str]:
    """Group of every (set, file name) of the three scene sets."""
    union = _Union()
    keys: dict[tuple[str, str], str] = {}
    for data_set in SCENE_SETS:
        for image in _annotations(folder, data_set)["images"]:
            name = image["file_name"]
            key = f"{data_set}/{name}"
            keys[data_set, name] = key
            # eden and ilc2021 number their groups together, facemask853 names its own.
            space = "facemask853" if data_set == "facemask853" else "web"
            union.join(key, f"group:{space}:{image['near_duplicate_group']}")
            for near in image.get("near_facemask853") or ():
                union.join(key, f"facemask853/{near}")
    return {name: union.find(key) for name, key in keys.items()}


def _points(annotation: dict) -> tuple[Point, ...]:
    flat = annotation.get("keypoints") or []
    return tuple((float(flat[i]), float(flat[i + 1])) for i in range(0, len(flat), 3))


def _face(annotation: dict, shift: Point = (0.0, 0.0), bare: bool = False) -> Face:
    x, y, width, height = (float(value) for value in annotation["bbox"])
    dx, dy = shift
    label = UNMASKED if bare else _CATEGORY[annotation["category_id"]]
    return Face(
        box=(x - dx, y - dy, width, height),
        label=label,
        ignore=bool(annotation.get("ignore", 0)),
        doubtful=bool(annotation.get("doubtful", 0)),
        truncated=bool(annotation.get("truncated", 0)),
        keypoints=tuple((px - dx, py - dy) for px, py in _points(annotation)),
    )


def _by_image(document: dict) -> dict[int, list[dict]]:
    table: dict[int, list[dict]] = {image["id"]: [] for image in document["images"]}
    for annotation in document["annotations"]:
        table[annotation["image_id"]].append(annotation)
    return table


def _candidates(folder: Path, data_set: str) -> dict[int, list[dict]]:
    path = folder / data_set / "unlabelled_candidates.json"
    table: dict[int, list[dict]] = {}
    if path.exists():
        for candidate in json.loads(path.read_text()):
            table.setdefault(candidate["image_id"], []).append(candidate)
    return table


def _load_plain(folder: Path, data_set: str, groups: dict[tuple[str, str], str]) -> list[Photo]:
    document = _annotations(folder, data_set)
    table, candidates = _by_image(document), _candidates(folder, data_set)
    bare = data_set in BARE_SETS
    photos = []
    for image in document["images"]:
        name = image["file_name"]
        faces = [_face(annotation, bare=bare) for annotation in table[image["id"]]]
        for candidate in candidates.get(image["id"], ()):
            box = tuple(float(value) for value in candidate["bbox"])
            faces.append(Face(box=box, label=UNMASKED, ignore=True, doubtful=True))
        group = groups.get((data_set, name))
        if data_set == PEOPLE:
            group = f"people/{image['source']}/{image['id'] // PEOPLE_BLOCK}"
        if group is None:
            group = f"{data_set}/{image.get('near_duplicate_group', name)}"
        photos.append(
            Photo(
                data_set=data_set,
                name=name,
                path=folder / data_set / "images" / name,
                width=image["width"],
                height=image["height"],
                group=group,
                faces=tuple(faces),
            )
        )
    return photos


def _load_tiles(folder: Path) -> list[Photo]:
    """mtfl80's mosaics, one record a tile. Turned copies of one source photo share a group."""
    document = _annotations(folder, "mtfl80")
    table = _by_image(document)
    photos = []
    for image in document["images"]:
        size, columns = image["tile_size"], image["columns"]
        per_tile: dict[int, list[dict]] = {}
        for annotation in table[image["id"]]:
            per_tile.setdefault(annotation["tile"], []).append(annotation)
        for index, original in enumerate(image["tiles"]):
            left, top = index % columns * size, index // columns * size
            part, stem = original.split("/")[0], Path(original).stem
            # net_7876 names are <id>_<angle>_<copy> or _<angle>_<id>_<copy>; AFLW <n>-<photo>.
            fields = stem.split("_")
            source = stem.split("-")[-1] if part == "AFLW" else fields[2 if not fields[0] else 0]
            photos.append(
                Photo(
                    data_set="mtfl80",
                    name=f"{image['file_name']}#{index}",
                    path=folder / "mtfl80" / "images" / image["file_name"],
                    width=size,
                    height=size,
                    group=f"mtfl80/{part}/{source}",
                    faces=tuple(
                        _face(annotation, (left, top), bare=True)
                        for annotation in per_tile.get(index, ())
                    ),
                    region=(left, top, size, size),
                )
            )
    return photos


def load_photos(folder: Path, data_sets: tuple[str, ...] = PHOTO_SETS) -> list[Photo]:
    """Photos with faces of the named sets, in the order of the annotation files."""
    unknown = set(data_sets) - set(PHOTO_SETS)
    if unknown:
        raise ValueError(f"unknown data sets {sorted(unknown)}; there are {PHOTO_SETS}")
    groups = _scene_groups(folder)
    photos: list[Photo] = []
    for data_set in data_sets:
        if data_set == "mtfl80":
            photos += _load_tiles(folder)
        else:
            photos += _load_plain(folder, data_set, groups)
    return photos


def load_mask12k(folder: Path, parts: tuple[str, ...] = ("train", "validation")) -> list[Photo]:
    """The 12k crops of the named parts (train, validation, test), without the known bad ones.

    A crop has one face that fills it. `extra` holds `part`, `source_photo` and `original_size`
    (long side before storage, 224 for the warped copies).
    """
    root = folder / "mask12k"
    bad = {
        line.strip()
        for line in (root / "known_bad.txt").read_text().splitlines()
        if line and not line.startswith("#")
    }
    photos = []
    with (root / "manifest.csv").open(newline="") as stream:
        for row in csv.DictReader(stream):
            # The test part is kept whole: the benchmark has 992 pictures, bad or not.
            if row["split"] not in parts or (row["file"] in bad and row["split"] != "test"):
                continue
            # Not the manifest's w and h: part of the files were stored smaller than it says.
            with Image.open(root / row["file"]) as header:
                width, height = header.size
            masked = row["class"] == "with_mask"
            group = f"mask12k/photo-{row['source_photo']}" if masked else f"mask12k/{row['file']}"
            photos.append(
                Photo(
                    data_set="mask12k",
                    name=row["file"],
                    path=root / row["file"],
                    width=width,
                    height=height,
                    group=group,
                    faces=(
                        Face(
                            box=(0.0, 0.0, float(width), float(height)),
                            label=CORRECT if masked else UNMASKED,
                        ),
                    ),
                    extra={
                        "part": row["split"],
                        "source_photo": row["source_photo"],
                        "original_size": str(max(int(row["orig_w"]), int(row["orig_h"]))),
                    },
                )
            )
    return photos


# A girl stands behind the dog of this one.
WITH_A_FACE = ("animal_016.jpg",)


def load_negatives(folder: Path) -> list[Photo]:
    """Pictures without a human face. Width and height are 0: read the picture to know them."""
    root = folder / "extra" / "negatives"
    return [
        Photo("negatives", path.name, path, 0, 0, group=f"negatives/{path.name}")
        for path in sorted(root.glob("*.jpg"))
        if path.name not in WITH_A_FACE
    ]
