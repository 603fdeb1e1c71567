"""Figures of a classification with their 95 % confidence intervals."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

RESAMPLES = 1000


def wilson(hits: int, total: int, z: float = 1.96) -> list[float] | None:
    """[share, low, high]: Wilson's score interval (1927); None when there is nothing."""
    if total == 0:
        return None
    share = hits / total
    middle = (share + z * z / (2 * total)) / (1 + z * z / total)
    half = z * math.sqrt(share * (1 - share) / total + z * z / (4 * total * total))
    half /= 1 + z * z / total
    return [round(value, 4) for value in (share, middle - half, middle + half)]


def by_group(
    groups: list[str], figure: Callable[[np.ndarray], float | None], seed: int = 1
) -> list[float] | None:
    """[value, low, high] of `figure(indices)`, resampling whole groups with replacement."""
    value = figure(np.arange(len(groups)))
    if value is None:
        return None
    rng = np.random.default_rng(seed)
    names = sorted(set(groups))
    members = {name: [] for name in names}
    for index, group in enumerate(groups):
        members[group].append(index)
    lists = [np.array(members[name]) for name in names]
    values = []
    for _ in range(RESAMPLES):
        picks = rng.integers(len(lists), size=len(lists))
        again = figure(np.concatenate([lists[pick] for pick in picks]))
        if again is not None and not math.isnan(again):
            values.append(again)
    low, high = np.percentile(values, [2.5, 97.5])
    return [round(float(number), 4) for number in (value, low, high)]


def balanced(right: np.ndarray, bare: np.ndarray) -> float | None:
    """Mean of the two recalls; None when a side is missing."""
    if bare.all() or not bare.any():
        return None
    return float((right[bare].mean() + right[~bare].mean()) / 2)


def roc(scores: np.ndarray, positive: np.ndarray) -> dict | None:
    """{"auc", "curve"}: at most 120 points [false positive rate, true positive rate]."""
    if positive.all() or not positive.any():
        return None
    order = np.argsort(-scores, kind="stable")
    hits = np.cumsum(positive[order]) / positive.sum()
    false = np.cumsum(~positive[order]) / (~positive).sum()
    # Ties count as one step of the curve.
    last = np.r_[np.nonzero(np.diff(scores[order]))[0], len(scores) - 1]
    x, y = np.r_[0, false[last]], np.r_[0, hits[last]]
    area = float(np.sum(np.diff(x) * (y[1:] + y[:-1]) / 2))
    keep = np.unique(np.linspace(0, len(x) - 1, 120).astype(int))
    curve = [[round(float(a), 4), round(float(b), 4)] for a, b in zip(x[keep], y[keep])]
    return {"auc": round(area, 5), "curve": curve}


def calibration(probabilities: np.ndarray, labels: np.ndarray, bins: int = 15) -> dict:
    """Expected calibration error and, per bin, [mean confidence, share right, count]."""
    confidence = probabilities.max(axis=1)
    right = probabilities.argmax(axis=1) == labels
    index = np.minimum((confidence * bins).astype(int), bins - 1)
    rows, error = [], 0.0
    for k in range(bins):
        here = index == k
        if here.any():
            mean, share = float(confidence[here].mean()), float(right[here].mean())
            rows.append([round(mean, 4), round(share, 4), int(here.sum())])
            error += abs(mean - share) * float(here.mean())
    return {"error": round(error, 4), "bins": rows}


def report(
    probabilities: np.ndarray, labels: np.ndarray, groups: list[str], classes: list[str]
) -> dict:
    """Everything about one set: labels and probabilities are over (correct, incorrect, unmasked).

    `classes` are those that the network knows; with two, a wrongly worn mask counts as masked.
    """
    bare = labels == 2
    verdict = probabilities.argmax(axis=1)
    right_two = (verdict == 2) == bare
    confusion = np.zeros((3, 3), int)
    np.add.at(confusion, (labels, verdict), 1)
    result: dict = {
        "faces": len(labels),
        "groups": len(set(groups)),
        "confusion": {"order": ["correct", "incorrect", "unmasked"], "rows": confusion.tolist()},
        "masked_or_not": {
            "accuracy": wilson(int(right_two.sum()), len(labels)),
            "masked_recall": wilson(int(right_two[~bare].sum()), int((~bare).sum())),
            "unmasked_recall": wilson(int(right_two[bare].sum()), int(bare.sum())),
            "balanced": by_group(groups, lambda i: balanced(right_two[i], bare[i])),
            "roc": roc(1 - probabilities[:, 2], ~bare),
        },
    }
    known = [("correct", "incorrect", "unmasked").index(name) for name in classes]
    kept = np.isin(labels, known)
    result["calibration"] = calibration(probabilities[kept], labels[kept])
    result["classes"] = {}
    for index in known:
        name = ("correct", "incorrect", "unmasked")[index]
        if not (labels == index).any():
            continue
        hits = int(confusion[index, index])
        recall = wilson(hits, int(confusion[index].sum()))
        precision = wilson(hits, int(confusion[:, index].sum()))
        row = {"recall": recall, "precision": precision}
        if recall and precision and recall[0] + precision[0] > 0:
            row["f1"] = round(2 * recall[0] * precision[0] / (recall[0] + precision[0]), 4)
        row["roc"] = roc(probabilities[:, index], labels == index)
        result["classes"][name] = row
    if 1 in known and (labels == 1).any():
        wrong = labels == 1
        scenes = sorted({group for group, is_wrong in zip(groups, wrong) if is_wrong})
        found = [
            np.mean([verdict[i] == 1 for i in np.nonzero(wrong)[0] if groups[i] == scene])
            for scene in scenes
        ]
        result["incorrect_by_scene"] = {
            "scenes": len(scenes),
            "mean_recall": round(float(np.mean(found)), 4),
            "all_found": int(sum(share == 1 for share in found)),
            "none_found": int(sum(share == 0 for share in found)),
            "recall_over_scenes": by_group(
                [groups[i] for i in np.nonzero(wrong)[0]],
                lambda i: float(np.mean(verdict[np.nonzero(wrong)[0][i]] == 1)),
            ),
        }
    return result
