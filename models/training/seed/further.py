"""Trains the shipped VGG19 on, all layers, with our classifier's answers as soft targets.

    python -m models.training.seed.further --samples 100000

It starts from models/vgg19.onnx, whose int8 weights are all that is kept of it, without the batch
norm that the export folded into them. Every view is also shown to models/classifier.onnx, which
sees it larger and with its margin; what that says counts as much as the label. Chosen by nothing:
the last weights' average is taken. Result: as train.py's, when --write is given.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import onnx
import torch
from onnx import numpy_helper
from torch import nn
from torch.nn import functional
from torch.utils.data import DataLoader, IterableDataset

from ..classifier import crops as crop_maker
from ..classifier.finish import run_onnx
from ..data import UNMASKED, data_folder
from ..export import MODELS
from ..precision import autocast
from . import networks
from .train import SIZES, TRAINING, accuracy, finish, normalised, optimise

NAME, BATCH = "vgg19", 64
# A view is made at WORK pixels with our classifier's margin; its middle is VGG19's, without any.
WORK = 84
INNER = round(WORK / (1 + 2 * crop_maker.MARGIN))
STRENGTH = 0.4
DECAY = 0.998


class Folded(nn.Module):
    """VGG19 without batch norm: [N, 3, 48, 48] -> [N, 2]."""

    def __init__(self, template: networks.VGG19) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        for layer in [*template.lower, *template.upper]:
            if isinstance(layer, nn.Conv2d):
                layers.append(nn.Conv2d(layer.in_channels, layer.out_channels, 3, padding=1))
            elif not isinstance(layer, nn.BatchNorm2d):
                layers.append(layer)
        self.features = nn.Sequential(*layers)
        self.head = template.head

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.head(networks.pooled(self.features(x)))


def stored_weights(path: Path) -> list[tuple[np.ndarray, np.ndarray]]:
    """Weight and bias of each convolution and dense layer of an int8 ONNX file, as float."""
    graph = onnx.load(str(path)).graph
    constants = {i.name: numpy_helper.to_array(i) for i in graph.initializer}
    made_by = {node.output[0]: node for node in graph.node}

    def value(name: str) -> np.ndarray:
        if name in constants:
            return constants[name].astype(np.float32)
        stored, scale, zero = (constants[i] for i in made_by[name].input)
        if np.ndim(scale) == 1 and len(scale) > 1:
            across = (-1,) + (1,) * (stored.ndim - 1)
            scale, zero = scale.reshape(across), zero.reshape(across)
        return (stored.astype(np.float32) - zero.astype(np.float32)) * scale

    layers = [node for node in graph.node if node.op_type in ("Conv", "Gemm")]
    return [(value(node.input[1]), value(node.input[2])) for node in layers]


def load(path: Path) -> Folded:
    """The network of the shipped file."""
    model = Folded(networks.VGG19(2))
    layers = [m for m in model.modules() if isinstance(m, nn.Conv2d | nn.Linear)]
    for layer, (weight, bias) in zip(layers, stored_weights(path), strict=True):
        if weight.shape != layer.weight.shape:
            weight = weight.T
        layer.weight.data = torch.from_numpy(weight.copy())
        layer.bias.data = torch.from_numpy(bias.reshape(-1).copy())
    return model


class _Views(IterableDataset):
    """Batches: views at WORK pixels [n, WORK, WORK, 3], 1 where bare [n]."""

    def __init__(self, pool: list, seed: int) -> None:
        super().__init__()
        self._arguments = (pool, BATCH, seed, WORK, crop_maker.MARGIN, STRENGTH, 0.6, 1.0)

    def __iter__(self) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        torch.set_num_threads(1)
        for views, labels, _points in crop_maker.batches(*self._arguments):
            yield views.transpose(0, 2, 3, 1), (labels == UNMASKED).astype(np.int64)


def resized(views: np.ndarray, side: int) -> np.ndarray:
    """[n, h, w, 3] to [n, 3, side, side], uint8."""
    small = [cv2.resize(v, (side, side), interpolation=cv2.INTER_AREA) for v in views]
    return np.stack(small).transpose(0, 3, 1, 2)


def taught(views: np.ndarray) -> torch.Tensor:
    """What our classifier says of views: shares of masked and bare, [n, 2]."""
    logits = run_onnx(MODELS / "classifier.onnx", resized(views, crop_maker.SIZE))
    share = torch.from_numpy(logits).softmax(1)
    return torch.stack([share[:, 0] + share[:, 1], share[:, 2]], 1)


def main() -> None:
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    p.add_argument("--data", help="data folder (default: $MASKLENS_DATA, ../shared/data)")
    p.add_argument("--samples", type=int, default=100_000)
    p.add_argument("--rate", type=float, default=4e-5)
    p.add_argument("--write", action="store_true", help="make the file that ships from it")
    a = p.parse_args()
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    torch.manual_seed(6)
    folder, run = data_folder(a.data), TRAINING / "runs" / "further"
    run.mkdir(parents=True, exist_ok=True)
    crops = crop_maker.labelled_crops(folder)
    exams = crop_maker.examinations(folder, SIZES[NAME], 0.0)
    del exams["scenes"]
    model = load(MODELS / f"{NAME}.onnx").to(memory_format=torch.channels_last).eval()
    average = {k: v.detach().clone() for k, v in model.state_dict().items()}
    views = iter(DataLoader(_Views(crops, 61), batch_size=None, num_workers=1, prefetch_factor=8))

    def step_loss(step: int) -> tuple[torch.Tensor, torch.Tensor]:
        if step:
            for key, value in model.state_dict().items():
                average[key].lerp_(value, 1 - DECAY)
        made, bare = next(views)
        made = made.numpy()
        edge = (WORK - INNER) // 2
        inner = resized(made[:, edge : edge + INNER, edge : edge + INNER], SIZES[NAME])
        soft = taught(made)
        model.train()
        with autocast():
            logits = model(normalised(torch.from_numpy(inner))).float()
        loss = 0.5 * functional.cross_entropy(logits, bare, label_smoothing=0.02)
        loss = loss + 0.5 * functional.cross_entropy(logits, soft)
        return loss, (logits.argmax(dim=1) == bare).float().mean()

    def measure() -> dict:
        now = {k: v.detach().clone() for k, v in model.state_dict().items()}
        model.load_state_dict(average)
        model.eval()
        torch.save(average, run / "further.pt")

        def forward(inputs: torch.Tensor) -> torch.Tensor:
            with autocast():
                return model(inputs)

        result = {key: accuracy(forward, exam) for key, exam in exams.items()}
        model.load_state_dict(now)
        return result

    print(json.dumps(measure()), flush=True)
    steps = a.samples // BATCH
    parameters = list(model.parameters())
    curves = optimise(parameters, steps, a.rate, step_loss, measure, max(steps // 8, 1), "further")
    model.load_state_dict(average)
    if a.write:
        model.eval()
        finish(NAME, model, crops, crop_maker.examinations(folder, SIZES[NAME], 0.0), curves, run)


if __name__ == "__main__":
    main()
