"""The original project's three classifiers, in its own shapes but for the input size.

Two classes, masked and unmasked (in the manifest `correct` and `unmasked`).
"""

from __future__ import annotations

import torch
from torch import nn

# Channels of VGG19's sixteen convolutions (Simonyan and Zisserman 2015, table 1, column E).
_VGG19 = (
    64,
    64,
    0,
    128,
    128,
    0,
    256,
    256,
    256,
    256,
    0,
    512,
    512,
    512,
    512,
    0,
    512,
    512,
    512,
    512,
    0,
)
# Convolutions that the second phase of the transfer learning trains.
UNFROZEN = 3


def baseline(size: int = 32) -> nn.Module:
    """Dense layers alone on the pixels, [N, 3, size, size] -> [N, 2]."""
    return nn.Sequential(
        nn.Flatten(),
        nn.Linear(3 * size * size, 256),
        nn.ReLU(),
        nn.Dropout(0.3),
        nn.Linear(256, 64),
        nn.ReLU(),
        nn.Linear(64, 2),
    )


def cnn(size: int = 64) -> nn.Module:
    """Four convolutions with pooling and two dense layers, [N, 3, size, size] -> [N, 2]."""
    layers: list[nn.Module] = []
    source = 3
    for target in (24, 48, 96, 128):
        layers += [
            nn.Conv2d(source, target, 3, padding=1, bias=False),
            nn.BatchNorm2d(target),
            nn.ReLU(inplace=True),
            nn.MaxPool2d(2),
        ]
        source = target
    side = size // 16
    layers += [
        nn.Flatten(),
        nn.Dropout(0.4),
        nn.Linear(source * side * side, 128),
        nn.ReLU(),
        nn.Linear(128, 2),
    ]
    return nn.Sequential(*layers)


class VGG19(nn.Module):
    """VGG19 with batch norm in training, which the export folds into the convolutions.

    `classes` logits come from dense layers on the last map's average and maximum, so that the
    backbone can be trained at one size and used at another.
    """

    def __init__(self, classes: int = 2) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        source = 3
        for target in _VGG19:
            if target == 0:
                layers.append(nn.MaxPool2d(2))
                continue
            layers += [
                nn.Conv2d(source, target, 3, padding=1, bias=False),
                nn.BatchNorm2d(target),
                nn.ReLU(inplace=True),
            ]
            source = target
        convolutions = [i for i, layer in enumerate(layers) if isinstance(layer, nn.Conv2d)]
        cut = convolutions[-UNFROZEN]
        self.lower = nn.Sequential(*layers[:cut])
        self.upper = nn.Sequential(*layers[cut:])
        self.head = dense_head(classes)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.head(pooled(self.upper(self.lower(x))))


def pooled(maps: torch.Tensor) -> torch.Tensor:
    """[N, C, h, w] -> [N, 2 C]: the average and the maximum of each channel."""
    return torch.cat([maps.mean(dim=(2, 3)), maps.amax(dim=(2, 3))], dim=1)


def dense_head(classes: int) -> nn.Sequential:
    """The dense layers on top of the backbone."""
    return nn.Sequential(nn.Linear(1024, 256), nn.ReLU(), nn.Dropout(0.3), nn.Linear(256, classes))
