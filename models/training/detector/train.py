"""Trains a size of the one-stage network.

    python -m models.training.detector.train --size accurate --library WHEEL --steps 2200
    python -m models.training.detector.train --size fast --start RUN/accurate.pt --steps 800

WHEEL is the `yuface` wheel. The state is kept in --out and taken up again when the command is
repeated.
"""

from __future__ import annotations

import argparse
import json
import math
import time
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.utils.data import DataLoader, IterableDataset

from ..data import data_folder, held_out_groups, load_negatives, training_photos
from ..precision import autocast
from .evaluate import look, near_side, runner
from .inherit import Teacher, library_bytes, library_weights, load_teacher, start_from_library
from .loss import TERM_WEIGHT, flatten, grid, losses
from .net import BOX, POINTS, SCORE, SIZES, OneStage, Size
from .samples import Sample, Samples
from .weights import load_net

# Sides of the training squares, multiples of 64, and the long side of a photo at run time. The
# batch is given for the first side; others have as many pictures as make the same pixels.
SQUARES = {
    "accurate": (384, 192, 256, 384, 448, 512, 640, 704),
    "fast": (256, 192, 256, 320, 320, 384),
}
LONGEST = {"accurate": 672, "fast": 352}


class Batches(IterableDataset):
    """Endless batches (list of samples) for a size from step `start` on."""

    def __init__(
        self,
        folder: str | None,
        seed: int,
        batch: int,
        start: int,
        size: str,
        hard: dict[str, float] | None,
    ) -> None:
        self.arguments = (folder, seed, LONGEST[size], hard)
        self.batch, self.start, self.seed, self.sides = batch, start, seed, SQUARES[size]

    def __iter__(self) -> Iterator[list[Sample]]:
        torch.set_num_threads(1)
        source, step = Samples(*self.arguments), self.start
        while True:
            rng = np.random.default_rng([self.seed, 3, step])
            side = self.sides[int(rng.integers(len(self.sides)))]
            count = max(2, round(self.batch * (self.sides[0] / side) ** 2))
            first = step * 2 * self.batch
            yield [source.make(first + i, side) for i in range(count)]
            step += 1


def _only(rows: list) -> object:
    return rows[0]


class Average:
    """Exponential moving average of a network's state."""

    def __init__(self, net: nn.Module, decay: float = 0.9985) -> None:
        self.decay, self.count = decay, 0
        self.state = {k: v.detach().clone() for k, v in net.state_dict().items()}

    @torch.no_grad()
    def update(self, net: nn.Module) -> None:
        self.count += 1
        decay = min(self.decay, (1 + self.count) / (10 + self.count))
        for key, value in net.state_dict().items():
            if value.dtype.is_floating_point:
                self.state[key].lerp_(value, 1 - decay)
            else:
                self.state[key].copy_(value)


class Run:
    """One size in training: network, average, optimiser."""

    def __init__(self, size: Size, rate: float, inherited: float) -> None:
        self.net = OneStage(size)
        self.rates = (rate * inherited, rate)
        self.average: Average | None = None
        new = (".branch.", ".more.", "room.", "gate")
        fresh = [p for n, p in self.net.named_parameters() if any(part in n for part in new)]
        known = {id(p) for p in fresh}
        old = [p for p in self.net.parameters() if id(p) not in known]
        self.optimiser = torch.optim.AdamW(
            [{"params": old, "weight_decay": 0.0}, {"params": fresh, "weight_decay": 0.02}]
        )

    def step(self, x: Tensor, teacher: Tensor, samples: list[Sample], share: float) -> dict:
        """One update; `share` scales the learning rates. Returns the terms as floats."""
        for group, rate in zip(self.optimiser.param_groups, self.rates, strict=True):
            group["lr"] = rate * share
        at = grid(*x.shape[2:], self.net.strides)
        with autocast():
            outputs = self.net(x)
        terms = losses(flatten(outputs), teacher, samples, at)
        loss = sum(TERM_WEIGHT[name] * term for name, term in terms.items())
        self.optimiser.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(self.net.parameters(), 5.0)
        self.optimiser.step()
        self.average.update(self.net)
        return {name: float(term.detach()) for name, term in terms.items()}


def rate_at(step: int, steps: int, warm: int = 200) -> float:
    """Linear warm-up (a tenth of a short run), then a cosine down to a fiftieth."""
    warm = min(warm, max(steps // 10, 1))
    if step < warm:
        return (step + 1) / warm
    return 0.02 + 0.98 * 0.5 * (1 + math.cos(math.pi * (step - warm) / max(steps - warm, 1)))


def start_from(net: OneStage, source: OneStage) -> None:
    """Takes over what fits from a network of another size; the rest of `net` stays as it is.

    A stride that the weights lack begins as a copy of the one before it.
    """
    own, other = net.state_dict(), source.state_dict()
    last = max(int(key.split(".")[1]) for key in other if key.startswith("heads."))
    for key, value in list(other.items()):
        for part, index in (("heads.", last), ("lateral.", last), ("stage", last + 3)):
            if key.startswith(f"{part}{index}."):
                other.setdefault(key.replace(f"{part}{index}", f"{part}{index + 1}", 1), value)
    fitting = {k: v for k, v in other.items() if k in own and v.shape == own[k].shape}
    net.load_state_dict(own | fitting)
    print(f"{len(fitting)} of {len(own)} tensors taken over", flush=True)


@torch.no_grad()
def teach(teacher: Teacher | OneStage, pixels: Tensor) -> Tensor:
    """The teacher's score, box and points at all strides, [n, k, 15].

    YuNet-n has no stride of 64: it is read from the picture halved.
    """
    outputs = teacher(pixels)
    if isinstance(teacher, OneStage):
        table = flatten(outputs)
        return torch.cat([table[..., SCORE].sigmoid(), table[..., BOX], table[..., POINTS]], -1)
    half = teacher(functional.avg_pool2d(pixels, 2))
    return flatten([*outputs, half[-1]])


def hard_negatives(weights: Path, folder: Path, longest: int) -> dict[str, float]:
    """How often each picture without a face is shown, by how much `weights` see one in it."""
    run, shares = runner(weights), {}
    sides = [side for side in (longest, near_side(longest)) if side]  # of all looks
    for photo in training_photos(load_negatives(folder), held_out_groups(folder)):
        picture = cv2.cvtColor(cv2.imread(str(photo.path)), cv2.COLOR_BGR2RGB)
        best = max(
            float(look(run, picture, side, 0.02, 0.4).scores.max(initial=0.0)) for side in sides
        )
        shares[photo.name] = 0.05 + best**2
    return shares


def main() -> None:
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    p.add_argument("--size", choices=list(SIZES), default="accurate")
    p.add_argument("--library", type=Path, help="yuface wheel or libfacedetection.so")
    p.add_argument(
        "--teacher",
        type=Path,
        default=Path("../shared/peers/yunet_n.onnx"),
        help="YuNet-n's ONNX file, or weights of another size of ours",
    )
    p.add_argument("--start", type=Path, help="weights (.pt, .npz) to start from instead")
    p.add_argument("--data")
    p.add_argument("--out", type=Path, default=Path("models/training/cache/detector"))
    p.add_argument("--steps", type=int, default=2200)
    p.add_argument("--batch", type=int, default=16)
    p.add_argument("--rate", type=float, default=2e-3)
    p.add_argument("--inherited", type=float, default=0.35, help="learning rate, as a share")
    p.add_argument("--seed", type=int, default=1)
    p.add_argument("--threads", type=int, default=1)
    a = p.parse_args()
    torch.set_num_threads(a.threads)
    cv2.setNumThreads(1)  # a pool of threads would not survive the fork of the loader
    torch.manual_seed(a.seed)
    a.out.mkdir(parents=True, exist_ok=True)
    teacher = load_teacher(a.teacher) if a.teacher.suffix == ".onnx" else load_net(a.teacher)
    teacher = teacher.requires_grad_(False).to(memory_format=torch.channels_last)
    run = Run(SIZES[a.size], a.rate, a.inherited)
    if a.start:
        start_from(run.net, load_net(a.start))
    elif a.library:
        first_kind = OneStage(Size())  # YuNet's own three strides
        start_from_library(first_kind, library_weights(library_bytes(a.library)))
        start_from(run.net, first_kind)
    run.net.to(memory_format=torch.channels_last).train()
    run.average = Average(run.net)
    state_file, first, curve = a.out / f"{a.size}.state.pt", 0, []
    if state_file.exists():
        saved = torch.load(state_file, weights_only=False)
        first, curve = saved["step"], saved["curve"]
        run.net.load_state_dict(saved["net"])
        run.optimiser.load_state_dict(saved["optimiser"])
        run.average.state, run.average.count = saved["average"], saved["count"]
    hard = hard_negatives(a.start, data_folder(a.data), LONGEST[a.size]) if a.start else None
    batches = DataLoader(
        Batches(a.data, a.seed, a.batch, first, a.size, hard),
        batch_size=1,
        num_workers=1,
        collate_fn=_only,
        prefetch_factor=4,
    )
    sums: dict[str, list[float]] = {}
    began = time.monotonic()

    def save(step: int) -> None:
        document = {
            "step": step,
            "curve": curve,
            "net": run.net.state_dict(),
            "optimiser": run.optimiser.state_dict(),
            "average": run.average.state,
            "count": run.average.count,
        }
        weights = {"size": run.net.size.as_dict(), "weights": run.average.state}
        for file, content in ((a.out / f"{a.size}.pt", weights), (state_file, document)):
            part = file.with_suffix(".part")
            torch.save(content, part)
            part.replace(file)
        (a.out / f"{a.size}.curve.json").write_text(json.dumps(curve, indent=1) + "\n")

    for step, samples in enumerate(batches, first):
        if step >= a.steps:
            break
        pixels = torch.from_numpy(np.stack([s.picture for s in samples])).permute(0, 3, 1, 2)
        pixels = pixels.float().contiguous(memory_format=torch.channels_last)
        with autocast():
            taught = teach(teacher, pixels)
        for term, value in run.step(pixels, taught, samples, rate_at(step, a.steps)).items():
            sums.setdefault(term, []).append(value)
        if (step + 1) % 50 == 0:
            row = {k: round(float(np.mean(v)), 4) for k, v in sums.items()}
            sums = {}
            curve.append({"step": step + 1} | row)
            pace = (time.monotonic() - began) / (step + 1 - first)
            left = pace * (a.steps - step - 1) / 60
            done = "#" * round(20 * (step + 1) / a.steps)
            print(f"[{done:20s}] {step + 1}/{a.steps} {left:5.1f} min left  {row}", flush=True)
        if (step + 1) % 50 == 0:
            save(step + 1)
    save(a.steps)


if __name__ == "__main__":
    main()
