"""Pictures and labels for every training: one record form, one split, one degradation.

Import from here; the modules inside only know each other from left to right:
`records` -> `splits` -> `pictures` -> `drawn_masks`, `degrade` -> `drawing` -> `drawn_objects`,
`drawn_glasses`.
"""

from .degrade import degrade, degrade_tile
from .drawn_glasses import draw_glasses
from .drawn_masks import MaskTemplates, draw_mask
from .drawn_objects import OBJECTS, draw_object
from .pictures import cut_square, read_picture
from .records import (
    CLASSES,
    CORRECT,
    INCORRECT,
    UNMASKED,
    Face,
    Photo,
    data_folder,
    load_mask12k,
    load_negatives,
    load_photos,
)
from .splits import held_out_groups, read_split, training_photos, validation_photos

__all__ = [
    "CLASSES",
    "CORRECT",
    "INCORRECT",
    "OBJECTS",
    "UNMASKED",
    "Face",
    "MaskTemplates",
    "Photo",
    "cut_square",
    "data_folder",
    "degrade",
    "degrade_tile",
    "draw_glasses",
    "draw_mask",
    "draw_object",
    "held_out_groups",
    "load_mask12k",
    "load_negatives",
    "load_photos",
    "read_picture",
    "read_split",
    "training_photos",
    "validation_photos",
]
