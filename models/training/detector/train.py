"""Trains sizes of the one-stage network side by side on the same pictures.

    python -m models.training.detector.train --library WHEEL --steps 9000

WHEEL is the `yuface` wheel. A narrower size sees each picture shrunk, as it will at run time.
The state is kept in --out and taken up again when the command is repeated.
"""

from __future__ import annotations

import argparse
import json
import math
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.utils.data import DataLoader, IterableDataset

from .inherit import library_bytes, library_weights, load_teacher, start_from_library
from .loss import TERM_WEIGHT, flatten, grid, losses
from .net import SIZES, OneStage, Size
from .samples import Sample, Samples
from .weights import load_net

# Side of the training squares and of the fast size's view of them, both multiples of 32.
SQUARES = ((352, 256), (384, 288), (416, 288), (448, 320))


class Batches(IterableDataset):
    """Endless batches (list of samples, sides) from step `start` on."""

    def __init__(self, folder: str | None, seed: int, batch: int, start: int) -> None:
        self.arguments = (folder, seed)
        self.batch, self.start, self.seed = batch, start, seed

    def __iter__(self) -> Iterator[tuple[list[Sample], tuple[int, int]]]:
        torch.set_num_threads(1)
        source, step = Samples(*self.arguments), self.start
        while True:
            rng = np.random.default_rng([self.seed, 3, step])
            sides = SQUARES[int(rng.integers(len(SQUARES)))]
            first = step * self.batch
            yield [source.make(first + i, sides[0]) for i in range(self.batch)], sides
            step += 1


def _only(rows: list) -> object:
    return rows[0]


def shrunk(sample: Sample, factor: float) -> Sample:
    """The labels of a sample whose picture is resized by `factor`."""
    return Sample(
        sample.picture,
        sample.boxes * np.float32(factor),
        sample.labels,
        sample.points * np.float32(factor),
        sample.trust,
        sample.ignore * np.float32(factor),
        sample.negative,
    )


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
        fresh = [p for n, p in self.net.named_parameters() if ".branch." in n or ".more." in n]
        known = {id(p) for p in fresh}
        old = [p for p in self.net.parameters() if id(p) not in known]
        self.optimiser = torch.optim.AdamW(
            [{"params": old, "weight_decay": 0.0}, {"params": fresh, "weight_decay": 0.02}]
        )

    def step(self, x: Tensor, teacher: Tensor, samples: list[Sample], share: float) -> dict:
        """One update; `share` scales the learning rates. Returns the terms as floats."""
        for group, rate in zip(self.optimiser.param_groups, self.rates, strict=True):
            group["lr"] = rate * share
        at = grid(*x.shape[2:])
        with torch.autocast("cpu", torch.bfloat16):
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
    """Linear warm-up, then a cosine down to a fiftieth."""
    if step < warm:
        return (step + 1) / warm
    return 0.02 + 0.98 * 0.5 * (1 + math.cos(math.pi * (step - warm) / max(steps - warm, 1)))


def main() -> None:
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    p.add_argument("--library", type=Path, help="yuface wheel or libfacedetection.so")
    p.add_argument("--teacher", type=Path, default=Path("../shared/peers/yunet_n.onnx"))
    p.add_argument("--start", nargs="*", default=[], help="SIZE=WEIGHTS.pt to start from instead")
    p.add_argument("--data")
    p.add_argument("--out", type=Path, default=Path("models/training/cache/detector"))
    p.add_argument("--sizes", nargs="+", default=["accurate", "fast"], choices=list(SIZES))
    p.add_argument("--steps", type=int, default=9000)
    p.add_argument("--batch", type=int, default=16)
    p.add_argument("--rate", type=float, default=2e-3)
    p.add_argument("--inherited", type=float, default=0.35, help="learning rate, as a share")
    p.add_argument("--seed", type=int, default=1)
    p.add_argument("--threads", type=int, default=1)
    p.add_argument("--scratch", action="store_true", help="start from chance, not from the library")
    a = p.parse_args()
    torch.set_num_threads(a.threads)
    torch.manual_seed(a.seed)
    a.out.mkdir(parents=True, exist_ok=True)
    teacher = load_teacher(a.teacher).to(memory_format=torch.channels_last)
    runs = {name: Run(SIZES[name], a.rate, 1.0 if a.scratch else a.inherited) for name in a.sizes}
    given = dict(pair.split("=", 1) for pair in a.start)
    state_file, first, curve = a.out / "state.pt", 0, []
    for name, run in runs.items():
        if name in given:
            run.net.load_state_dict(load_net(Path(given[name])).state_dict())
        elif not a.scratch and a.library:
            start_from_library(run.net, library_weights(library_bytes(a.library)))
        run.net.to(memory_format=torch.channels_last).train()
        run.average = Average(run.net)
    if state_file.exists():
        saved = torch.load(state_file, weights_only=False)
        first, curve = saved["step"], saved["curve"]
        for name, run in runs.items():
            run.net.load_state_dict(saved[name]["net"])
            run.optimiser.load_state_dict(saved[name]["optimiser"])
            run.average.state, run.average.count = saved[name]["average"], saved[name]["count"]
    batches = DataLoader(
        Batches(a.data, a.seed, a.batch, first),
        batch_size=1,
        num_workers=1,
        collate_fn=_only,
        prefetch_factor=4,
    )
    sums: dict[str, list[float]] = {}
    began = time.monotonic()

    def save(step: int) -> None:
        document: dict = {"step": step, "curve": curve}
        for name, run in runs.items():
            document[name] = {
                "net": run.net.state_dict(),
                "optimiser": run.optimiser.state_dict(),
                "average": run.average.state,
                "count": run.average.count,
            }
            part = a.out / f"{name}.pt.part"
            torch.save({"size": run.net.size.as_dict(), "weights": run.average.state}, part)
            part.replace(a.out / f"{name}.pt")
        part = state_file.with_suffix(".part")
        torch.save(document, part)
        part.replace(state_file)
        (a.out / "curve.json").write_text(json.dumps(curve, indent=1) + "\n")

    for step, (samples, sides) in enumerate(batches, first):
        if step >= a.steps:
            break
        pixels = torch.from_numpy(np.stack([s.picture for s in samples])).permute(0, 3, 1, 2)
        pixels = pixels.float().contiguous(memory_format=torch.channels_last)
        with torch.autocast("cpu", torch.bfloat16):
            taught = flatten(teacher(pixels))
        for name, run in runs.items():
            view, labels, lesson = pixels, samples, taught
            if run.net.size.trunk < SIZES["accurate"].trunk and len(runs) > 1:
                factor = sides[1] / sides[0]
                view = functional.interpolate(
                    pixels, (sides[1],) * 2, mode="bilinear", antialias=True
                ).contiguous(memory_format=torch.channels_last)
                labels = [shrunk(s, factor) for s in samples]
                with torch.autocast("cpu", torch.bfloat16):
                    lesson = flatten(teacher(view))
            for term, value in run.step(view, lesson, labels, rate_at(step, a.steps)).items():
                sums.setdefault(f"{name}.{term}", []).append(value)
        if (step + 1) % 100 == 0:
            row = {k: round(float(np.mean(v)), 4) for k, v in sums.items()}
            sums = {}
            curve.append({"step": step + 1} | row)
            pace = (time.monotonic() - began) / (step + 1 - first)
            left = pace * (a.steps - step - 1) / 60
            done = "#" * round(20 * (step + 1) / a.steps)
            print(f"[{done:20s}] {step + 1}/{a.steps} {left:5.1f} min left  {row}", flush=True)
        if (step + 1) % 300 == 0:
            save(step + 1)
    save(a.steps)


if __name__ == "__main__":
    main()
