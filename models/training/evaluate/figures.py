"""Draws a classifier's report as one SVG: confusion, ROC, calibration, training curves."""

from __future__ import annotations

from pathlib import Path

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt  # noqa: E402

TITLES = {
    "official": "official test (contaminated)",
    "honest": "honest split",
    "mtcnn": "found by MTCNN",
    "one_stage": "found by one-stage",
}
COLOURS = {
    "official": "#8a8a8a",
    "honest": "#0b6e99",
    "mtcnn": "#c05b00",
    "one_stage": "#2c7a4b",
}


def draw(report: dict, curves: list[dict], path: Path) -> None:
    """`curves` are the rows of the training report. The SVG is the same for the same input."""
    plt.rcParams.update(
        {"svg.hashsalt": "masklens", "font.size": 9, "axes.spines.top": False}
        | {"axes.spines.right": False, "svg.fonttype": "path"}
    )
    sets = {key: value for key, value in report["sets"].items() if key in TITLES}
    figure, axes = plt.subplots(2, 4, figsize=(15, 7.4), layout="constrained")
    for axis, key in zip(axes[0], TITLES):
        if key in sets:
            _confusion(axis, sets[key], TITLES[key])
        else:
            axis.axis("off")
    roc, wrong, calibration, training = axes[1]
    for key, value in sets.items():
        curve = value["masked_or_not"]["roc"]
        if curve:
            roc.plot(*zip(*curve["curve"]), color=COLOURS[key], label=f"{key} {curve['auc']:.4f}")
        only = value["classes"].get("incorrect", {}).get("roc")
        if only:
            wrong.plot(*zip(*only["curve"]), color=COLOURS[key], label=f"{key} {only['auc']:.4f}")
        bins = value["calibration"]["bins"]
        calibration.plot(
            [row[0] for row in bins],
            [row[1] for row in bins],
            "o-",
            markersize=3,
            color=COLOURS[key],
            label=f"{key}, error {value['calibration']['error']:.3f}",
        )
    for axis, title in ((roc, "masked or not: ROC (area)"), (wrong, "incorrect: ROC (area)")):
        axis.set(title=title, xlabel="false positive rate", ylabel="true positive rate")
        if axis.lines:
            axis.legend(loc="lower right", frameon=False)
        else:
            axis.axis("off")
    calibration.plot([0, 1], [0, 1], color="#bbbbbb", linewidth=0.8)
    calibration.set(title="calibration", xlabel="probability given", ylabel="share right")
    calibration.legend(frameon=False)
    _training(training, curves)
    figure.suptitle(report["what"])
    figure.savefig(path, format="svg", metadata={"Date": None, "Creator": None})
    plt.close(figure)


def _confusion(axis: plt.Axes, figures: dict, title: str) -> None:
    rows = figures["confusion"]["rows"]
    shares = [[value / max(sum(row), 1) for value in row] for row in rows]
    axis.imshow(shares, cmap="Blues", vmin=0, vmax=1.3)
    names = figures["confusion"]["order"]
    axis.set_xticks(range(3), names)
    axis.set_yticks(range(3), names)
    for i, row in enumerate(rows):
        for j, value in enumerate(row):
            axis.text(j, i, str(value), ha="center", va="center")
    accuracy = figures["masked_or_not"]["accuracy"][0]
    axis.set(title=f"{title}\nmasked or not: {accuracy:.1%}", xlabel="verdict", ylabel="label")


def _training(axis: plt.Axes, curves: list[dict]) -> None:
    axis.set(title="training")
    if not curves:
        axis.axis("off")
        return
    steps, total, last = [], 0, 0
    for row in curves:
        if row["step"] <= last:
            total += last
        last = row["step"]
        steps.append(total + last)
    axis.plot(steps, [row["loss"] for row in curves], color="#444444", label="loss")
    axis.set(xlabel="step", ylabel="loss")
    other = axis.twinx()
    series = {
        "official": [_accuracy(row, "official") for row in curves],
        "validation": [_accuracy(row, "crops") for row in curves],
    }
    for (name, values), colour in zip(series.items(), ("#8a8a8a", "#0b6e99")):
        points = [(step, value) for step, value in zip(steps, values) if value is not None]
        if points:
            other.plot(*zip(*points), color=colour, label=f"accuracy, {name}")
    other.set(ylim=(0.5, 1.005))
    lines = axis.get_lines() + other.get_lines()
    axis.legend(lines, [line.get_label() for line in lines], frameon=False, loc="center right")


def _accuracy(row: dict, key: str) -> float | None:
    value = row.get(key)
    if isinstance(value, dict):
        return value["accuracy"]
    return value if value is not None else row.get(f"{key}_balanced")
