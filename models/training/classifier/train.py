"""Trains the three-class classifier: `python -m models.training.classifier.train`.

Resumable (models/training/runs/NAME/state.pt); every measurement goes to curves.json beside it.
With `--teacher` a second network's probabilities are learnt along with the labels.
"""

from __future__ import annotations

import argparse
import copy
import json
import math
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch
from torch.nn import functional
from torch.utils.data import DataLoader, IterableDataset

from ..data import CORRECT, INCORRECT, UNMASKED, data_folder
from ..precision import autocast
from . import crops as crop_maker
from .network import MaskNet, start_from

TRAINING = Path(__file__).resolve().parents[1]

# The network that ships, and a wider one that only teaches.
SHAPES = {
    "small": {"widths": (16, 32, 64, 128), "depths": (1, 2, 1)},
    "teacher": {"widths": (32, 64, 128, 256), "depths": (2, 2, 2), "dropout": 0.3},
}


def build(shape: str) -> MaskNet:
    """A fresh network of SHAPES, its sizes settled by a first pass."""
    model = MaskNet(**SHAPES[shape])
    model.with_points(torch.zeros(2, 3, crop_maker.SIZE, crop_maker.SIZE))
    return model.to(memory_format=torch.channels_last)


class _Views(IterableDataset):
    def __init__(
        self, pool: list, seed: int, arguments: argparse.Namespace, emphasis: dict[str, float]
    ) -> None:
        super().__init__()
        self._pool, self._seed, self._arguments = pool, seed, arguments
        self._emphasis = emphasis

    def __iter__(self) -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray]]:
        info = torch.utils.data.get_worker_info()
        return crop_maker.batches(
            self._pool,
            self._arguments.batch,
            self._seed + (1000 * info.id if info else 0),
            strength=self._arguments.strength,
            fresh=self._arguments.fresh,
            crops_share=self._arguments.crops_share,
            emphasis=self._emphasis,
        )


def logits_of(model: torch.nn.Module, views: np.ndarray) -> np.ndarray:
    model.eval()
    out = []
    with torch.inference_mode():
        for start in range(0, len(views), 256):
            inputs = torch.from_numpy(crop_maker.normalise(views[start : start + 256]))
            out.append(model(inputs.contiguous(memory_format=torch.channels_last)).float().numpy())
    return np.concatenate(out)


def softmax(logits: np.ndarray) -> np.ndarray:
    shifted = np.exp(logits - logits.max(axis=1, keepdims=True))
    return shifted / shifted.sum(axis=1, keepdims=True)


def two_class(labels: np.ndarray, verdicts: np.ndarray) -> tuple[float, float]:
    """(recall of masked, recall of unmasked); wrongly worn counts as masked."""
    bare = labels == UNMASKED
    right = (verdicts == UNMASKED) == bare
    return float(right[~bare].mean()), float(right[bare].mean())


def measure(all_logits: dict[str, np.ndarray], exams: dict[str, crop_maker.Examination]) -> dict:
    """The figures that decide, on official test, 12k validation and validation photos."""
    result: dict[str, float] = {}
    for name, exam in exams.items():
        masked, bare = two_class(exam.labels, all_logits[name].argmax(axis=1))
        if name == "official":
            right = (all_logits[name].argmax(1) == UNMASKED) == (exam.labels == UNMASKED)
            result["official"] = float(right.mean())
        result[f"{name}_balanced"] = (masked + bare) / 2
    scenes = exams["scenes"]
    large = scenes.short >= 24
    verdicts, labels = all_logits["scenes"].argmax(axis=1)[large], scenes.labels[large]
    hits = int(((verdicts == INCORRECT) & (labels == INCORRECT)).sum())
    # Masks that are worn well and called worn wrong: the 12k crops are all worn well.
    crops = all_logits["crops"].argmax(axis=1)[exams["crops"].labels == CORRECT]
    result["correct_called_incorrect"] = float((crops == INCORRECT).mean())
    result["incorrect_recall"] = hits / max(int((labels == INCORRECT).sum()), 1)
    result["incorrect_precision"] = hits / max(int((verdicts == INCORRECT).sum()), 1)
    result["scenes_accuracy"] = float((verdicts == labels).mean())
    pooled_labels = np.concatenate([exams["crops"].labels, labels])
    pooled = np.concatenate([all_logits["crops"].argmax(axis=1), verdicts])
    result["honest_balanced"] = sum(two_class(pooled_labels, pooled)) / 2
    return result


def _all_logits(
    model: torch.nn.Module, exams: dict[str, crop_maker.Examination]
) -> dict[str, np.ndarray]:
    return {name: logits_of(model, exam.views) for name, exam in exams.items()}


def hard_groups(
    model: torch.nn.Module, pool: list[crop_maker.Crop], factor: float
) -> dict[str, float]:
    """1 + `factor` * mean error per group of the 12k training crops, masked or not.

    The odd ones (drawings, scarves, costume masks) are a few groups in nine hundred.
    """
    crops = [crop for crop in pool if crop.source == "mask12k"]
    exam = crop_maker.examination(crops)
    bare = softmax(logits_of(model, exam.views))[:, UNMASKED]
    errors: dict[str, list[float]] = {}
    for group, label, value in zip(exam.groups, exam.labels, bare):
        errors.setdefault(group, []).append(1 - value if label == UNMASKED else value)
    return {group: 1 + factor * float(np.mean(values)) for group, values in errors.items()}


def train(arguments: argparse.Namespace) -> None:
    torch.set_num_threads(arguments.threads)
    torch.manual_seed(arguments.seed)
    folder = data_folder(arguments.data)
    run = TRAINING / "runs" / arguments.name
    run.mkdir(parents=True, exist_ok=True)
    pool = crop_maker.training_pool(folder, TRAINING / "cache")
    exams = crop_maker.examinations(folder)
    model = build(arguments.shape)
    if arguments.start:
        batches = crop_maker.batches(pool, 512, arguments.seed + 500)
        start_from(model, arguments.start, torch.from_numpy(crop_maker.normalise(next(batches)[0])))
    average = copy.deepcopy(model).eval()
    decayed = [p for p in model.parameters() if p.ndim > 1]
    plain = [p for p in model.parameters() if p.ndim <= 1]
    optimizer = torch.optim.AdamW(
        [{"params": decayed, "weight_decay": 0.05}, {"params": plain, "weight_decay": 0.0}],
        lr=arguments.rate,
    )
    steps = arguments.samples // arguments.batch
    warm = max(steps // 30, 1)
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimizer,
        lambda step: min(
            (step + 1) / warm, 0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * step / steps))
        ),
    )
    teacher = None
    if arguments.teacher:
        teacher = build("teacher")
        teacher.load_state_dict(torch.load(arguments.teacher, weights_only=True))
        teacher.eval()
    curves: list[dict] = []
    start = 0
    if arguments.start:
        curves.append({"step": 0} | measure(_all_logits(average, exams), exams))
        print(curves[-1], flush=True)
    state_file = run / "state.pt"
    if state_file.exists():
        state = torch.load(state_file, weights_only=True)
        model.load_state_dict(state["model"])
        average.load_state_dict(state["average"])
        optimizer.load_state_dict(state["optimizer"])
        schedule.load_state_dict(state["schedule"])
        start = state["step"]
        curves = json.loads((run / "curves.json").read_text())
        print(f"resumed at step {start} of {steps}", flush=True)
    emphasis = hard_groups(average, pool, arguments.hard) if start and arguments.hard else {}
    loader = DataLoader(
        _Views(pool, arguments.seed + start, arguments, emphasis),
        batch_size=None,
        num_workers=arguments.workers,
        prefetch_factor=8 if arguments.workers else None,
    )
    began, losses = time.time(), []
    views = iter(loader)
    for step in range(start, steps):
        picture, labels, points = next(views)
        inputs = (picture.float() - crop_maker.MEAN) * crop_maker.SCALE
        inputs = inputs.contiguous(memory_format=torch.channels_last)
        model.train()
        with autocast():
            logits, found = model.with_points(inputs)
            logits, known = logits.float(), ~torch.isnan(points)
            loss = functional.cross_entropy(logits, labels, label_smoothing=0.05)
            if teacher is not None:
                with torch.inference_mode():
                    taught = teacher(inputs).float()
                taught = functional.softmax(taught.clone() / 2, dim=1)
                distance = functional.kl_div(
                    functional.log_softmax(logits / 2, dim=1), taught, reduction="batchmean"
                )
                loss = 0.35 * loss + 0.65 * 4 * distance
            if known.any():
                off = functional.smooth_l1_loss(found.float()[known], points[known], beta=0.02)
                loss = loss + arguments.points * off
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()
        schedule.step()
        losses.append(loss.item())
        keep = min(0.998, (step + 1) / (step + 20))
        with torch.no_grad():
            for mean, value in zip(average.state_dict().values(), model.state_dict().values()):
                if mean.dtype.is_floating_point:
                    mean.lerp_(value, 1 - keep)
                else:
                    mean.copy_(value)
        if (step + 1) % arguments.every == 0 or step + 1 == steps:
            figures = measure(_all_logits(average, exams), exams)
            rate = (step + 1 - start) * arguments.batch / (time.time() - began)
            curves.append({"step": step + 1, "loss": float(np.mean(losses))} | figures)
            curves[-1]["strength"] = arguments.strength
            losses = []
            text = " ".join(f"{key}={value:.4f}" for key, value in curves[-1].items())
            print(f"{text} of={steps} samples/s={rate:.0f}", flush=True)
            (run / "curves.json").write_text(json.dumps(curves, indent=1) + "\n")
            torch.save(
                {
                    "model": model.state_dict(),
                    "average": average.state_dict(),
                    "optimizer": optimizer.state_dict(),
                    "schedule": schedule.state_dict(),
                    "step": step + 1,
                },
                state_file,
            )
            torch.save(average.state_dict(), run / "average.pt")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", help="data folder (default: $MASKLENS_DATA, ../shared/data)")
    parser.add_argument("--name", default="classifier", help="folder in models/training/runs")
    parser.add_argument("--start", type=Path, help="float ONNX file to go on from")
    parser.add_argument("--shape", choices=sorted(SHAPES), default="small")
    parser.add_argument("--samples", type=int, default=2_400_000)
    parser.add_argument("--batch", type=int, default=128)
    parser.add_argument("--rate", type=float, default=3e-3)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--points", type=float, default=2.0, help="weight of the points' loss")
    parser.add_argument("--strength", type=float, default=crop_maker.STRENGTH)
    parser.add_argument("--fresh", type=float, default=0.5, help="share of views made anew")
    parser.add_argument("--crops-share", type=float, help="share of the 12k set in its classes")
    parser.add_argument(
        "--hard", type=float, default=0.0, help="when resuming: emphasis on 12k crops still wrong"
    )
    parser.add_argument("--every", type=int, default=500, help="steps between measurements")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--workers", type=int, default=1, help="processes that make views")
    parser.add_argument("--teacher", type=Path, help="average.pt of a run of shape teacher")
    train(parser.parse_args())


if __name__ == "__main__":
    main()
