"""Writes the validation split: `python -m models.training.data [--data FOLDER]`."""

import argparse

from .records import data_folder
from .splits import HELD_OUT, SPLITS, VALIDATION_SETS, choose_validation_groups, split_photos


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", help="data folder (default: $MASKLENS_DATA, ../shared/data)")
    folder = data_folder(parser.parse_args().data)
    chosen = choose_validation_groups(folder)
    SPLITS.mkdir(exist_ok=True)
    for data_set in (*VALIDATION_SETS, *HELD_OUT):
        photos = split_photos(folder, data_set)
        part = [photo for photo in photos if photo.group in chosen]
        names = sorted(photo.name for photo in part)
        (SPLITS / f"{data_set}_val.txt").write_text("\n".join(names) + "\n")
        labels = [face.label for photo in part for face in photo.faces if not face.ignore]
        counts = [labels.count(label) for label in range(3)]
        print(f"{data_set}: {len(names)} of {len(photos)} pictures, faces by class {counts}")


main()
