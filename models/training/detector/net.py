"""The one-stage network: YuNet's shape, a single score, and a wider branch for the verdict.

A unit of the trunk is a 1x1 convolution, a depthwise 3x3 and a ReLU (Wu, Peng, Yu: "YuNet: A Tiny
Millisecond-level Face Detector", 2023). Early strides decide the time, so the trunk stays
narrow up to stride 4; at strides 8, 16, 32 and 64, where a location is cheap, a branch of dense 3x3
convolutions (the form that int8 makes fast) carries what a trunk so small cannot: whether a
mask is worn, and how well. Residual blocks of the same form give the trunk itself room there.

Every output is [n, 18, H/s, W/s]: score logit; box dx, dy, lw, lh; logits of correct, incorrect,
unmasked; five points. Positions are in strides from the location's column and row.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

STRIDES = (8, 16, 32, 64)
CHANNELS = 18
SCORE, BOX, LABEL, POINTS = slice(0, 1), slice(1, 5), slice(5, 8), slice(8, 18)


@dataclass(frozen=True)
class Size:
    """Channels of one size of the design.

    `stem`, `narrow`: at strides 2 and 4 (16 and 32 take inherited weights); `trunk`: stride 8 on.
    `branch`: per stride, channels of the branch's dense convolutions, one number each; as many
    strides as there are entries. `room`: per stride, inner channels of the trunk's residual
    blocks, one number each.
    """

    stem: int = 16
    narrow: int = 32
    trunk: int = 64
    branch: tuple[tuple[int, ...], ...] = ((32, 32), (64, 64), (64, 64))
    room: tuple[tuple[int, ...], ...] = ()

    def as_dict(self) -> dict:
        return asdict(self)


ACCURATE = Size(
    branch=((32, 32), (64, 64), (64, 64), (64, 64)), room=((24,), (64,), (128,), (128,))
)
FAST = Size(branch=((24,), (48,), (64,), (32,)), room=((), (), (48,), (32,)))
SIZES = {"accurate": ACCURATE, "fast": FAST}


class Unit(nn.Module):
    """1x1, depthwise 3x3, ReLU (unless `last`)."""

    def __init__(self, inputs: int, outputs: int, last: bool = False) -> None:
        super().__init__()
        self.pw = nn.Conv2d(inputs, outputs, 1)
        self.dw = nn.Conv2d(outputs, outputs, 3, padding=1, groups=outputs)
        self.last = last

    def forward(self, x: Tensor) -> Tensor:
        x = self.dw(self.pw(x))
        return x if self.last else functional.relu(x)


class Dense(nn.Module):
    """Dense 3x3, batch normalisation (folded at export), ReLU."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(inputs, outputs, 3, padding=1, bias=False)
        self.norm = nn.BatchNorm2d(outputs)

    def forward(self, x: Tensor) -> Tensor:
        return functional.relu(self.norm(self.conv(x)))


class Room(nn.Module):
    """A residual block, dense 3x3 to `inner` channels and back, that begins as the identity."""

    def __init__(self, channels: int, inner: int) -> None:
        super().__init__()
        self.widen = Dense(channels, inner)
        self.back = nn.Conv2d(inner, channels, 3, padding=1)
        nn.init.zeros_(self.back.weight)
        nn.init.zeros_(self.back.bias)

    def forward(self, x: Tensor) -> Tensor:
        return x + self.back(self.widen(x))


class Head(nn.Module):
    """Outputs of one stride from the neck's feature."""

    def __init__(self, trunk: int, branch: tuple[int, ...]) -> None:
        super().__init__()
        self.score = nn.Conv2d(trunk, 1, 3, padding=1)
        self.place = Unit(trunk, 14, last=True)
        layers, inputs = [], trunk
        for outputs in branch:
            layers.append(Dense(inputs, outputs))
            inputs = outputs
        self.branch = nn.Sequential(*layers)
        # Score (1), box and points (14), classes (3), from the branch. The first fifteen begin
        # at zero: at the start the network finds exactly what its inherited weights find.
        self.more = nn.Conv2d(inputs, CHANNELS, 1)
        nn.init.zeros_(self.more.weight[:15])
        nn.init.zeros_(self.more.bias)

    def forward(self, x: Tensor) -> Tensor:
        more = self.more(self.branch(x))
        found = torch.cat([self.score(x), self.place(x)], 1) + more[:, :15]
        return torch.cat([found[:, :5], more[:, 15:], found[:, 5:]], 1)


class OneStage(nn.Module):
    """Pixels RGB 0-255, [n, 3, H, W] with H and W multiples of 32, to one output a stride.

    Columns and rows of a stride: H and W divided by it, rounded up.
    """

    def __init__(self, size: Size = ACCURATE) -> None:
        super().__init__()
        self.size = size
        s, n, t = size.stem, size.narrow, size.trunk
        self.strides = STRIDES[: len(size.branch)]
        self.stem = nn.Conv2d(3, s, 3, stride=2, padding=1)
        self.stage0 = Unit(s, s)
        self.stage1 = nn.Sequential(Unit(s, s), Unit(s, n))
        self.stage2 = nn.Sequential(Unit(n, n), Unit(n, t))
        for stage in range(3, 3 + len(self.strides)):
            setattr(self, f"stage{stage}", nn.Sequential(Unit(t, t), Unit(t, t)))
        blocks = size.room or ((),) * len(self.strides)
        self.room = nn.ModuleList(
            [nn.Sequential(*(Room(t, inner) for inner in inners)) for inners in blocks]
        )
        self.lateral = nn.ModuleList([Unit(t, t) for _ in self.strides])
        # Stride 64 came later than the weights that the rest inherits: its way down opens slowly.
        self.gate = nn.Parameter(torch.zeros(1)) if len(self.strides) > 3 else None
        self.heads = nn.ModuleList([Head(t, branch) for branch in size.branch])

    def forward(self, x: Tensor) -> list[Tensor]:
        x = functional.relu(self.stem(x))
        x = functional.max_pool2d(self.stage0(x), 2)
        x = functional.max_pool2d(self.stage2(self.stage1(x)), 2)
        features = []
        for level, room in enumerate(self.room):
            if level:
                x = functional.max_pool2d(x, 2, ceil_mode=level == 3)
            x = room(getattr(self, f"stage{3 + level}")(x))
            features.append(x)
        outputs, above = [], None
        for level in reversed(range(len(features))):
            own = features[level]
            if above is not None:
                above = functional.interpolate(above, scale_factor=2.0, mode="nearest")
                if level == 2:
                    above = self.gate * above[..., : own.shape[2], : own.shape[3]]
                own = own + above
            above = self.lateral[level](own)
            outputs.append(self.heads[level](above))
        return outputs[::-1]
