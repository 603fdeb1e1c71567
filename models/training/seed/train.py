"""Trains the original project's classifiers on the 12k set: one command each.

    python -m models.training.seed.train baseline
    python -m models.training.seed.train cnn
    python -m models.training.seed.train vgg19

The 12k validation crops of models/training/splits are left out; the published test is measured
only. baseline and cnn train from scratch. VGG19 follows the recipe of transfer learning:

  0. There being no ImageNet weights, the backbone learns the three classes on all the faces at
     hand: facemask853, ilc2021, eden, the bare sets with drawn masks, and the 12k set's training
     part (without that, the frozen backbone gave 93 %), under strong degradation.
  1. Backbone frozen, the dense layers on top are trained on the 12k set.
  2. The last three convolutions are freed and trained on with a smaller rate. What lies below
     does not change any more, so its output is computed once, for several views a picture.

Results: models/NAME.onnx (int8 where dense layers and convolutions allow), the manifest entry and
models/reports/NAME_training.json with the curves. Every stage is kept in models/training/runs.
"""

from __future__ import annotations

import argparse
import json
import math
import time
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path

import numpy as np
import onnx
import torch
from torch import nn
from torch.nn import functional
from torch.utils.data import DataLoader, IterableDataset

from ..classifier import crops as crop_maker
from ..classifier.finish import fit_temperature, run_onnx
from ..data import UNMASKED, data_folder
from ..export import MODELS, export_onnx, quantise, write_entry
from ..precision import autocast
from . import networks

TRAINING = Path(__file__).resolve().parents[1]
MARGIN = 0.0
SIZES = {"baseline": 32, "cnn": 64, "vgg19": 48}
SAMPLES = {"baseline": 250_000, "cnn": 300_000, "vgg19": 80_000}
STRENGTH = 0.4
FRESH = 0.5
# VGG19: views a picture that the frozen part is run on, steps of the two phases.
VIEWS = 4
HEAD_STEPS, FREED_STEPS = 600, 2400


def normalised(views: torch.Tensor) -> torch.Tensor:
    inputs = (views.float() - crop_maker.MEAN) * crop_maker.SCALE
    return inputs.contiguous(memory_format=torch.channels_last)


class _Views(IterableDataset):
    def __init__(self, arguments: tuple) -> None:
        super().__init__()
        self._arguments = arguments

    def __iter__(self) -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray]]:
        return crop_maker.batches(*self._arguments)


def stream(
    pool: list,
    batch: int,
    seed: int,
    size: int,
    margin: float,
    strength: float,
    crops_share: float | None = None,
) -> DataLoader:
    """Batches made by a process of its own."""
    views = _Views((pool, batch, seed, size, margin, strength, FRESH, crops_share))
    return DataLoader(views, batch_size=None, num_workers=1, prefetch_factor=8)


def accuracy(forward: Callable[[torch.Tensor], torch.Tensor], exam: crop_maker.Examination) -> dict:
    """Two-class accuracy, loss and recalls on an examination."""
    out = []
    with torch.inference_mode():
        for start in range(0, len(exam.views), 128):
            views = torch.from_numpy(exam.views[start : start + 128])
            out.append(forward(normalised(views)).float())
    logits = torch.cat(out)
    bare = torch.from_numpy((exam.labels == UNMASKED).astype(np.int64))
    right = (logits.argmax(dim=1) == bare).float()
    return {
        "accuracy": right.mean().item(),
        "loss": functional.cross_entropy(logits, bare).item(),
        "masked": right[bare == 0].mean().item(),
        "unmasked": right[bare == 1].mean().item(),
    }


def optimise(
    parameters: list[nn.Parameter],
    steps: int,
    rate: float,
    step_loss: Callable[[int], tuple[torch.Tensor, torch.Tensor]],
    measure: Callable[[], dict],
    every: int,
    label: str,
) -> list[dict]:
    """AdamW with a cosine; `step_loss` gives (loss, share of right answers)."""
    optimizer = torch.optim.AdamW(parameters, lr=rate, weight_decay=0.02)
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimizer,
        lambda step: (
            min(1.0, (step + 1) / 50) * (0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * step / steps)))
        ),
    )
    curves, losses, rights, began = [], [], [], time.time()
    for step in range(steps):
        loss, right = step_loss(step)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()
        schedule.step()
        losses.append(loss.item())
        rights.append(right.item())
        if (step + 1) % every == 0 or step + 1 == steps:
            row = {
                "phase": label,
                "step": step + 1,
                "loss": float(np.mean(losses)),
                "accuracy": float(np.mean(rights)),
            } | measure()
            curves.append(row)
            losses, rights = [], []
            print(
                f"{label} {step + 1}/{steps} {time.time() - began:.0f} s {json.dumps(row)}",
                flush=True,
            )
    return curves


def plain_training(
    name: str, pool: list, exams: dict, samples: int
) -> tuple[nn.Module, list[dict]]:
    """baseline and cnn: from scratch, on the 12k crops."""
    size, batch = SIZES[name], 128
    model = getattr(networks, name)(size).to(memory_format=torch.channels_last)
    views = iter(stream(pool, batch, 11, size, MARGIN, STRENGTH))

    def step_loss(_: int) -> tuple[torch.Tensor, torch.Tensor]:
        picture, labels, _points = next(views)
        model.train()
        bare = (labels == UNMASKED).long()
        with autocast():
            logits = model(normalised(picture)).float()
        loss = functional.cross_entropy(logits, bare, label_smoothing=0.02)
        return loss, (logits.argmax(dim=1) == bare).float().mean()

    def measure() -> dict:
        model.eval()
        return {key: accuracy(model, exam) for key, exam in exams.items()}

    steps = samples // batch
    rate = 1e-3 if name == "baseline" else 2e-3
    return model, optimise(
        list(model.parameters()), steps, rate, step_loss, measure, max(steps // 9, 1), "train"
    )


def pretrain(model: networks.VGG19, pool: list, samples: int, run: Path) -> list[dict]:
    """Phase 0: three classes on all faces; a fifth of the samples at full size, at the end."""
    state = run / "backbone.pt"
    curves: list[dict] = []
    teach = nn.Module()
    teach.lower, teach.upper, teach.head = model.lower, model.upper, networks.dense_head(3)
    scale = {"small": (32, 0.8, 1.5e-3), "full": (SIZES["vgg19"], 0.2, 4e-4)}
    for phase, (size, share, rate) in scale.items():
        done = run / f"backbone-{phase}.pt"
        if done.exists():
            teach.load_state_dict(torch.load(done, weights_only=True))
            curves += json.loads((run / f"backbone-{phase}.json").read_text())
            continue
        views = iter(stream(pool, 64, 21 + size, size, 0.05, 0.7, 0.45))

        def step_loss(
            _: int, views: Iterator[list[torch.Tensor]] = views
        ) -> tuple[torch.Tensor, torch.Tensor]:
            picture, labels, _points = next(views)
            teach.train()
            with autocast():
                maps = teach.upper(teach.lower(normalised(picture)))
                logits = teach.head(networks.pooled(maps)).float()
            loss = functional.cross_entropy(logits, labels, label_smoothing=0.05)
            return loss, (logits.argmax(dim=1) == labels).float().mean()

        steps = int(samples * share) // 64
        part = optimise(
            list(teach.parameters()),
            steps,
            rate,
            step_loss,
            dict,
            max(steps // 12, 1),
            f"backbone {size} px",
        )
        curves += part
        torch.save(teach.state_dict(), done)
        (run / f"backbone-{phase}.json").write_text(json.dumps(part))
    torch.save(model.state_dict(), state)
    return curves


def lower_outputs(model: networks.VGG19, views: torch.Tensor) -> torch.Tensor:
    """What the frozen part makes of uint8 views, in half precision."""
    model.eval()
    parts = []
    with torch.inference_mode(), autocast():
        for start in range(0, len(views), 64):
            parts.append(model.lower(normalised(views[start : start + 64])).to(torch.float16))
    return torch.cat(parts)


def vgg19_training(
    pool: list, exams: dict, arguments: argparse.Namespace, run: Path
) -> tuple[nn.Module, list[dict]]:
    model = networks.VGG19(2).to(memory_format=torch.channels_last)
    curves = pretrain(model, pool, arguments.samples, run)
    crops = [crop for crop in pool if crop.source == "mask12k"]
    labels = torch.tensor([int(crop.label == UNMASKED) for crop in crops]).repeat(arguments.views)
    kept = run / "lower.pt"
    if kept.exists():
        maps = torch.load(kept, weights_only=True)
    else:
        rng = np.random.default_rng(31)
        parts, began = [], time.time()
        for view in range(arguments.views):
            pictures = np.stack(
                [
                    crop_maker.augmented(crop, rng, SIZES["vgg19"], MARGIN, STRENGTH)[0].transpose(
                        2, 0, 1
                    )
                    for crop in crops
                ]
            )
            parts.append(lower_outputs(model, torch.from_numpy(pictures)))
            print(
                f"frozen part: view {view + 1}/{arguments.views}, {time.time() - began:.0f} s",
                flush=True,
            )
        maps = torch.cat(parts)
        torch.save(maps, kept)
    examined = {
        key: lower_outputs(model, torch.from_numpy(exam.views)) for key, exam in exams.items()
    }
    masked = (labels == 0).nonzero()[:, 0].numpy()
    bare = (labels == 1).nonzero()[:, 0].numpy()
    rng = np.random.default_rng(41)
    batch = 128

    def pick() -> torch.Tensor:
        half = batch // 2
        return torch.from_numpy(np.concatenate([rng.choice(masked, half), rng.choice(bare, half)]))

    def measure() -> dict:
        model.eval()
        result = {}
        for key, exam in exams.items():
            starts = iter(range(0, len(exam.views), 128))

            def forward(
                inputs: torch.Tensor, key: str = key, starts: Iterator[int] = starts
            ) -> torch.Tensor:
                start = next(starts)
                part = examined[key][start : start + len(inputs)].float()
                return model.head(networks.pooled(model.upper(part)))

            result[key] = accuracy(forward, exam)
        return result

    def head_loss(_: int) -> tuple[torch.Tensor, torch.Tensor]:
        return upper_loss(frozen=True)

    def upper_loss(_: int = 0, frozen: bool = False) -> tuple[torch.Tensor, torch.Tensor]:
        index = pick()
        # Batch statistics stay as pretrained: the frozen layers were measured with them.
        model.eval()
        model.head.train()
        with autocast(), torch.set_grad_enabled(not frozen):
            features = networks.pooled(model.upper(maps[index].float()))
        logits = model.head(features.float())
        loss = functional.cross_entropy(logits, labels[index], label_smoothing=0.02)
        return loss, (logits.argmax(dim=1) == labels[index]).float().mean()

    curves += optimise(
        list(model.head.parameters()),
        arguments.head_steps,
        2e-3,
        head_loss,
        measure,
        100,
        "dense layers",
    )
    torch.save(model.state_dict(), run / "phase1.pt")
    freed = list(model.upper.parameters()) + list(model.head.parameters())
    curves += optimise(
        freed, arguments.freed_steps, 2e-4, upper_loss, measure, 200, "last three freed"
    )
    torch.save(model.state_dict(), run / "phase2.pt")
    return model, curves


def finish(
    name: str, model: nn.Module, crops: list, exams: dict, curves: list[dict], run: Path
) -> None:
    """ONNX, int8, temperature, manifest entry and report of a trained network."""
    size = SIZES[name]
    model.eval()
    # VGG19's 80 MB of float weights stay out of the repository.
    plain = run / "float.onnx" if name == "vgg19" else MODELS / "weights" / f"{name}.onnx"
    export_onnx(model, torch.zeros(2, 3, size, size), plain, ["logits"], {0: "N"})
    target = MODELS / f"{name}.onnx"
    batches = [
        crop_maker.normalise(views)
        for views, *_ in islice(crop_maker.batches(crops, 64, 51, size, MARGIN, STRENGTH), 6)
    ]
    dense = [node.name for node in onnx.load(str(plain)).graph.node if node.op_type == "Gemm"]
    # The last dense layer stays in float; the first is most of the bytes of the small networks.
    quantise(plain, target, batches, exclude=dense[-1:])

    def through(path: Path) -> dict:
        return {
            key: accuracy(lambda inputs: torch.from_numpy(session_run(path, inputs)), exam)
            for key, exam in exams.items()
        }

    def session_run(path: Path, inputs: torch.Tensor) -> np.ndarray:
        views = (inputs / crop_maker.SCALE + crop_maker.MEAN).round().to(torch.uint8)
        return run_onnx(path, views.contiguous().numpy())

    crops_exam = exams["crops"]
    logits = run_onnx(target, crops_exam.views)
    temperature = fit_temperature(logits, (crops_exam.labels == UNMASKED).astype(np.int64))
    report = {
        "what": f"training of models/{name}.onnx, measured on fixed crops in Python; the figures "
        "of the shipped pipeline are in the other reports",
        "parameters": sum(p.numel() for p in model.parameters()),
        "size": size,
        "bytes": target.stat().st_size,
        "float": through(plain),
        "int8": through(target),
        "temperature": round(temperature, 4),
        "curves": curves,
    }
    (MODELS / "reports").mkdir(exist_ok=True)
    (MODELS / "reports" / f"{name}_training.json").write_text(json.dumps(report, indent=1) + "\n")
    write_entry(
        name,
        target,
        {
            "input": {
                "name": "input",
                "layout": "NCHW",
                "shape": ["N", 3, size, size],
                "channels": "RGB",
                "mean": [crop_maker.MEAN] * 3,
                "scale": [crop_maker.SCALE] * 3,
                "pad": crop_maker.PAD,
            },
            "outputs": [{"name": "logits", "shape": ["N", 2]}],
            "classes": ["correct", "unmasked"],
            "margin": MARGIN,
            "temperature": round(temperature, 4),
            "uncertainMargin": 0.5,
            "minFace": 16,
            "licence": "MIT for the weights as such; see models/README.md for the pictures' terms",
            "source": "trained by models/training/seed/train.py",
            "data": "mask12k"
            if name != "vgg19"
            else "mask12k; backbone: mask12k, facemask853, ilc2021, eden, mtfl80, ytf68, "
            "caltech_webfaces, coco_mini, mask drawings of MaskTheFace",
        },
    )
    print(
        json.dumps(
            {key: report[key] for key in ("bytes", "float", "int8", "temperature")}, indent=1
        )
    )


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("network", choices=sorted(SIZES))
    parser.add_argument("--data", help="data folder (default: $MASKLENS_DATA, ../shared/data)")
    parser.add_argument("--samples", type=int, help="views to train on (vgg19: its backbone)")
    parser.add_argument("--views", type=int, default=VIEWS, help="vgg19: a picture")
    parser.add_argument("--head-steps", type=int, default=HEAD_STEPS)
    parser.add_argument("--freed-steps", type=int, default=FREED_STEPS)
    parser.add_argument("--threads", type=int, default=1)
    arguments = parser.parse_args()
    name = arguments.network
    torch.set_num_threads(arguments.threads)
    torch.manual_seed(5)
    folder, run = data_folder(arguments.data), TRAINING / "runs" / name
    run.mkdir(parents=True, exist_ok=True)
    arguments.samples = arguments.samples or SAMPLES[name]
    size = SIZES[name]
    pool = crop_maker.training_pool(folder, TRAINING / "cache")
    crops = [crop for crop in pool if crop.source == "mask12k"]
    exams = crop_maker.examinations(folder, size, MARGIN)
    if name == "vgg19":
        model, curves = vgg19_training(pool, exams, arguments, run)
    else:
        model, curves = plain_training(name, crops, exams, arguments.samples)
    finish(name, model, crops, exams, curves, run)


if __name__ == "__main__":
    main()
