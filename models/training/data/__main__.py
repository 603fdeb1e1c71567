"""Writes the validation split: `python -m models.training.data [--data FOLDER]`."""

import argparse

from .records import data_folder, load_mask12k, load_photos
from .splits import RETENTION_SET, SPLITS, VALIDATION_SETS, choose_validation_groups


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", help="data folder (default: $MASKLENS_DATA, ../shared/data)")
    folder = data_folder(parser.parse_args().data)
    chosen = choose_validation_groups(folder)
    photos = load_photos(folder, ("facemask853", "ilc2021", RETENTION_SET))
    photos += load_mask12k(folder, ("train", "validation"))
    SPLITS.mkdir(exist_ok=True)
    for data_set in (*VALIDATION_SETS, RETENTION_SET):
        part = [photo for photo in photos if photo.data_set == data_set and photo.group in chosen]
        names = sorted(photo.name for photo in part)
        (SPLITS / f"{data_set}_val.txt").write_text("\n".join(names) + "\n")
        labels = [face.label for photo in part for face in photo.faces if not face.ignore]
        total = sum(photo.data_set == data_set for photo in photos)
        counts = [labels.count(label) for label in range(3)]
        print(f"{data_set}: {len(names)} of {total} pictures, faces by class {counts}")


main()
