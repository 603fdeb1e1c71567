"""Compares ways to the network on equal short budgets, in accuracy and in what they cost.

    python -m models.training.detector.compare --library WHEEL --steps 300

Ways: `small` YuNet-s alone with three class logits; `widened` the design, inherited trunk and dense
branch; `fused` the same with every unit from stride 8 on made one dense 3x3 convolution; `scratch`
the design from chance, with the same teacher. Writes models/reports/detector_ways.json.
`cost.mjs` adds the times (see its first lines).
"""

from __future__ import annotations

import argparse
import json
import shutil
import time
from pathlib import Path

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from ..data import data_folder
from ..export import MODELS
from ..precision import autocast
from .inherit import library_bytes, library_weights, load_teacher, start_from_library
from .loss import flatten
from .net import OneStage, Size, Unit
from .onnx_files import calibration, write_float, write_int8
from .operating import score
from .samples import Samples
from .train import Average, Run, rate_at

REPORT = MODELS / "reports" / "detector_ways.json"


class DenseUnit(nn.Module):
    """A unit as one dense 3x3 convolution and ReLU: equal to it but for the border."""

    def __init__(self, unit: Unit) -> None:
        super().__init__()
        inputs, outputs = unit.pw.in_channels, unit.pw.out_channels
        self.conv = nn.Conv2d(inputs, outputs, 3, padding=1)
        with torch.no_grad():
            self.conv.weight.copy_(unit.pw.weight * unit.dw.weight)
            self.conv.bias.copy_(unit.dw.bias + unit.pw.bias * unit.dw.weight.sum((1, 2, 3)))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return functional.relu(self.conv(x))


def fuse(net: OneStage) -> None:
    """Makes the units of strides 8, 16 and 32 dense, in place."""
    for stage in (net.stage3, net.stage4, net.stage5, net.lateral):
        for index in range(len(stage)):
            stage[index] = DenseUnit(stage[index])


def make(way: str, library: Path, rate: float) -> Run:
    """A run of one way, ready to train."""
    size = Size(branch=((8,), (8,), (8,))) if way == "small" else Size()
    run = Run(size, rate, 1.0 if way == "scratch" else 0.35)
    if way != "scratch":
        start_from_library(run.net, library_weights(library_bytes(library)))
    if way == "fused":
        fuse(run.net)
        old = [
            p for n, p in run.net.named_parameters() if ".branch." not in n and ".more." not in n
        ]
        run.optimiser.param_groups[0]["params"] = old
    return run


def main() -> None:
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    p.add_argument("--library", type=Path, required=True)
    p.add_argument("--teacher", type=Path, default=Path("../shared/peers/yunet_n.onnx"))
    p.add_argument("--yardstick", type=Path, default=Path("../shared/tools/yardstick.py"))
    p.add_argument("--data")
    p.add_argument("--steps", type=int, default=300)
    p.add_argument("--batch", type=int, default=8)
    p.add_argument("--rate", type=float, default=6e-4, help="low: a short budget repairs no harm")
    p.add_argument("--seed", type=int, default=7)
    p.add_argument("--max-side", type=int, default=576)
    p.add_argument("--out", type=Path, default=Path("models/training/cache/ways"))
    a = p.parse_args()
    torch.set_num_threads(1)
    a.out.mkdir(parents=True, exist_ok=True)
    folder = data_folder(a.data)
    teacher, source = load_teacher(a.teacher), Samples(a.data, a.seed, drawn_pool=800)
    ways = ("small", "widened", "fused", "scratch")
    runs: dict[str, Run] = {}
    for way in ways:
        torch.manual_seed(a.seed)
        runs[way] = make(way, a.library, a.rate)
        runs[way].net.to(memory_format=torch.channels_last).train()
        runs[way].average = Average(runs[way].net)
    spent = dict.fromkeys(ways, 0.0)
    for step in range(a.steps):
        samples = [source.make(step * a.batch + i, 352) for i in range(a.batch)]
        pixels = torch.from_numpy(np.stack([s.picture for s in samples])).permute(0, 3, 1, 2)
        pixels = pixels.float().contiguous(memory_format=torch.channels_last)
        with autocast():
            taught = flatten(teacher(pixels))
        for way, run in runs.items():
            began = time.process_time()
            run.step(pixels, taught, samples, rate_at(step, a.steps, 40))
            spent[way] += time.process_time() - began
        if (step + 1) % 25 == 0:
            print(f"[{'#' * (20 * (step + 1) // a.steps):20s}] {step + 1}/{a.steps}", flush=True)
    report = {"steps": a.steps, "rate": a.rate, "batch": a.batch, "maxSide": a.max_side, "ways": {}}
    for way, run in runs.items():
        run.net.load_state_dict(run.average.state)
        run.net.eval()
        plain, file = a.out / f"{way}.float.onnx", a.out / f"{way}.onnx"
        write_float(run.net, plain)
        if way == "small":
            shutil.copy(plain, file)
        else:
            parts = (
                ("/branch", "/stage3", "/stage4", "/stage5", "/lateral")
                if way == "fused"
                else ("/branch",)
            )
            write_int8(plain, file, calibration(folder, a.max_side, 32), parts)
        accuracy = score(file, folder, a.max_side, a.yardstick, {})
        report["ways"][way] = {
            "parameters": sum(v.numel() for v in run.net.parameters()),
            "bytes": file.stat().st_size,
            "training_seconds": round(spent[way], 1),
            "accuracy": accuracy,
        }
        print(way, json.dumps(accuracy["facemask853"]["strict"]), flush=True)
    REPORT.parent.mkdir(exist_ok=True)
    REPORT.write_text(json.dumps(report, indent=1, sort_keys=True) + "\n")


if __name__ == "__main__":
    main()
