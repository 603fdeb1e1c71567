"""What is asked of the network: labels where there are any, the teacher everywhere else.

Labelled faces claim locations as in YuNet and YOLOX (Ge et al., 2021, "SimOTA"): those inside the
box and near its centre whose present answer costs least. All other locations take the teacher's
score as a soft target, so that faces nobody labelled are not called background and what the
teacher learnt from WIDER FACE is not unlearnt. Pictures known to have no face ask for zero.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from .net import BOX, LABEL, POINTS, SCORE, STRIDES
from .samples import Sample

LABEL_WEIGHT = (1.0, 2.2, 1.2)
# Of a location that certainly shows no face: they are few among thousands that the teacher rates.
NEGATIVE_WEIGHT = 5.0


@dataclass
class Grid:
    """Column, row and stride of every location, [k]."""

    column: Tensor
    row: Tensor
    stride: Tensor


def grid(height: int, width: int, of: tuple[int, ...] = STRIDES) -> Grid:
    """Locations of all strides in the order of `flatten`."""
    columns, rows, strides = [], [], []
    for stride in of:
        h, w = -(-height // stride), -(-width // stride)
        row, column = torch.meshgrid(torch.arange(h), torch.arange(w), indexing="ij")
        columns.append(column.flatten())
        rows.append(row.flatten())
        strides.append(torch.full((h * w,), stride))
    return Grid(torch.cat(columns).float(), torch.cat(rows).float(), torch.cat(strides).float())


def flatten(outputs: list[Tensor]) -> Tensor:
    """[n, c, h, w] per stride to [n, k, c], float32."""
    return torch.cat([o.flatten(2) for o in outputs], 2).transpose(1, 2).float()


def corners(box: Tensor, at: Grid) -> Tensor:
    """dx, dy, lw, lh [..., k, 4] to x1, y1, x2, y2 in pixels."""
    centre_x = (at.column + box[..., 0]) * at.stride
    centre_y = (at.row + box[..., 1]) * at.stride
    half_w = box[..., 2].clamp(-4, 5).exp() * at.stride / 2
    half_h = box[..., 3].clamp(-4, 5).exp() * at.stride / 2
    edges = (centre_x - half_w, centre_y - half_h, centre_x + half_w, centre_y + half_h)
    return torch.stack(edges, -1)


def overlap(a: Tensor, b: Tensor) -> Tensor:
    """IoU of [n, 4] with [m, 4], [n, m]."""
    low = torch.maximum(a[:, None, :2], b[None, :, :2])
    high = torch.minimum(a[:, None, 2:], b[None, :, 2:])
    inner = (high - low).clamp(min=0).prod(-1)
    area_a, area_b = (a[:, 2:] - a[:, :2]).prod(-1), (b[:, 2:] - b[:, :2]).prod(-1)
    return inner / (area_a[:, None] + area_b[None] - inner + 1e-6)


def box_loss(a: Tensor, b: Tensor) -> tuple[Tensor, Tensor]:
    """1 - DIoU (Zheng et al., 2020) plus a penalty on the sides, of pairs [n, 4]; and their IoU."""
    low, high = torch.maximum(a[:, :2], b[:, :2]), torch.minimum(a[:, 2:], b[:, 2:])
    inner = (high - low).clamp(min=0).prod(-1)
    sides_a, sides_b = a[:, 2:] - a[:, :2], b[:, 2:] - b[:, :2]
    iou = inner / (sides_a.prod(-1) + sides_b.prod(-1) - inner + 1e-6)
    hull = torch.maximum(a[:, 2:], b[:, 2:]) - torch.minimum(a[:, :2], b[:, :2])
    apart = ((a[:, :2] + a[:, 2:] - b[:, :2] - b[:, 2:]) / 2).square().sum(-1)
    shape = ((sides_a - sides_b).square() / (hull.square() + 1e-6)).sum(-1)
    return 1 - iou + apart / (hull.square().sum(-1) + 1e-6) + shape, iou.detach()


@torch.no_grad()
def assign(score: Tensor, boxes: Tensor, faces: Tensor, at: Grid) -> tuple[Tensor, Tensor]:
    """Locations [p] and the face [p] each stands for.

    `score` [k] logits, `boxes` [k, 4] as predicted, `faces` [g, 4].
    """
    x, y = at.column * at.stride, at.row * at.stride
    centre = (faces[:, :2] + faces[:, 2:]) / 2
    inside = (x > faces[:, :1]) & (x < faces[:, 2:3]) & (y > faces[:, 1:2]) & (y < faces[:, 3:4])
    reach = 2.0 * at.stride
    near = ((x - centre[:, :1]).abs() < reach) & ((y - centre[:, 1:]).abs() < reach)
    candidate = inside | near
    used = candidate.any(0).nonzero().squeeze(1)
    iou = overlap(faces, boxes[used])
    # A face takes the stride that fits it, or a neighbour: 4 strides wide is the middle.
    side = (faces[:, 2:] - faces[:, :2]).prod(-1).sqrt()
    octave = (side[:, None] / (4 * at.stride[used])).clamp(min=1e-3).log2()
    cost = (
        functional.softplus(-score[used])[None]
        - 3 * (iou + 1e-6).log()
        + 1.5 * (octave.abs() - 1.2).clamp(min=0)
        + 1e5 * ~(inside & near)[:, used]
        + 1e7 * ~candidate[:, used]
    )
    count = iou.topk(min(10, iou.shape[1]), 1).values.sum(1).int().clamp(min=1, max=10)
    chosen = torch.zeros_like(iou, dtype=torch.bool)
    order = cost.argsort(1)
    for i, n in enumerate(count.tolist()):
        pick = order[i, :n]
        chosen[i, pick[cost[i, pick] < 1e6]] = True
    rival = chosen.sum(0) > 1
    if rival.any():
        best = torch.where(chosen[:, rival], cost[:, rival], 1e9).argmin(0)
        chosen[:, rival] = False
        chosen[best, rival.nonzero().squeeze(1)] = True
    face, location = chosen.nonzero(as_tuple=True)
    return used[location], face


def losses(outputs: Tensor, teacher: Tensor, samples: list[Sample], at: Grid) -> dict[str, Tensor]:
    """Terms of the loss, per assigned location.

    `outputs` [n, k, 18]; `teacher` [n, k, 15]: score in [0, 1], box, points; already in the
    order of `at`.
    """
    logits = outputs[..., SCORE].squeeze(-1)
    predicted = corners(outputs[..., BOX], at)
    taught = corners(teacher[..., 1:5], at)
    target = teacher[..., 0].clone()
    # Faces that nobody labelled are few and what would be forgotten first.
    weight = 1 + target
    picks: list[tuple[Tensor, ...]] = []
    x, y = at.column * at.stride, at.row * at.stride
    empty = torch.zeros_like(target, dtype=torch.bool)
    quiet = torch.zeros_like(empty)
    for n, sample in enumerate(samples):
        if sample.negative:
            target[n], weight[n], empty[n] = 0, NEGATIVE_WEIGHT, True
            continue
        if sample.ground is not None:
            here = torch.from_numpy(sample.ground)[y.long(), x.long()]
            target[n, here], weight[n, here], empty[n] = 0, NEGATIVE_WEIGHT / 2, here
        if sample.looked:
            # Two teachers saw no face here, at several sizes; this one, at one size, is overruled.
            regions = torch.from_numpy(np.concatenate([sample.boxes, sample.ignore]))
            middle = (regions[:, :2] + regions[:, 2:]) / 2
            half = 0.6 * (regions[:, 2:] - regions[:, :2]) + 2
            off_x = (x[:, None] - middle[:, 0]).abs() < half[:, 0]
            off_y = (y[:, None] - middle[:, 1]).abs() < half[:, 1]
            here = ~(off_x & off_y).any(1)
            target[n, here], weight[n, here] = 0, 1.0
            quiet[n] = here
        for box in torch.from_numpy(sample.ignore):
            # The teacher speaks here as elsewhere, with a smaller voice.
            within = (x > box[0]) & (x < box[2]) & (y > box[1]) & (y < box[3])
            weight[n, within] = 0.7
        if not len(sample.boxes):
            continue
        faces = torch.from_numpy(sample.boxes)
        location, face = assign(logits[n].detach(), predicted[n].detach(), faces, at)
        picks.append((torch.full_like(location, n), location, face))
    zero = outputs.sum() * 0
    terms = {"box": zero, "label": zero, "points": zero, "taught": zero}
    total = 1.0
    if picks:
        batch, location, face = (torch.cat(column) for column in zip(*picks, strict=True))
        truth = torch.cat(
            [torch.from_numpy(samples[p[0][0]].boxes)[p[2]] for p in picks if len(p[0])]
        )
        trust = torch.cat(
            [torch.from_numpy(samples[p[0][0]].trust)[p[2]] for p in picks if len(p[0])]
        )
        label = torch.cat(
            [torch.from_numpy(samples[p[0][0]].labels)[p[2]] for p in picks if len(p[0])]
        )
        points = torch.cat(
            [torch.from_numpy(samples[p[0][0]].points)[p[2]] for p in picks if len(p[0])]
        )
        total = float(max(len(location), 1))
        each, iou = box_loss(predicted[batch, location], truth)
        terms["box"] = (each * trust).sum() / total
        # A loose box says little about how good the answer is; count it as good enough.
        quality = torch.where(trust < 0.9, iou.clamp(min=0.5), iou).clamp(min=0.1).sqrt()
        target[batch, location] = torch.maximum(quality, 0.9 * target[batch, location])
        weight[batch, location] = 1.0
        known = label >= 0
        if known.any():
            answer = outputs[batch, location][known][:, LABEL]
            terms["label"] = functional.cross_entropy(
                answer, label[known], torch.tensor(LABEL_WEIGHT), label_smoothing=0.03
            )
        stride = at.stride[location][:, None, None]
        origin = torch.stack([at.column[location], at.row[location]], 1)[:, None]
        answer = (outputs[batch, location][:, POINTS].reshape(-1, 5, 2) + origin) * stride
        hint = (teacher[batch, location][:, 5:].reshape(-1, 5, 2) + origin) * stride
        side = (truth[:, 2:] - truth[:, :2]).mean(1)[:, None, None]
        have = ~points.isnan().any(-1).any(-1)
        # Four points: the mouth's middle stands twice; only the mean of the corners is asked.
        middle = have & (points[:, 3] == points[:, 4]).all(-1)
        mouth = answer.clone()
        mouth[:, 3:] = answer[:, 3:].mean(1, keepdim=True)
        answer_here = torch.where(middle[:, None, None], mouth, answer)
        goal = torch.where(have[:, None, None], points.nan_to_num(), hint)
        share = torch.where(have, 1.0, 0.5 * teacher[batch, location][:, 0])
        off = functional.smooth_l1_loss(
            answer_here / side, goal / side, beta=0.05, reduction="none"
        )
        terms["points"] = (off.mean((1, 2)) * share).sum() / total
        teacher_here = teacher[..., 0].clone()
        teacher_here[batch, location] = 0
    else:
        teacher_here = teacher[..., 0].clone()
    teacher_here[empty | quiet] = 0
    rows, columns = (teacher_here > 0.35).nonzero(as_tuple=True)
    if len(rows):
        each, _ = box_loss(predicted[rows, columns], taught[rows, columns])
        terms["taught"] = (each * teacher_here[rows, columns]).sum() / total
    probability = logits.sigmoid()
    focal = (target - probability.detach()).abs().square()
    bce = functional.binary_cross_entropy_with_logits(logits, target, reduction="none")
    terms["score"] = (focal * bce * weight).sum() / total
    return terms


TERM_WEIGHT = {"score": 4.0, "box": 1.5, "taught": 0.3, "label": 1.0, "points": 0.5}
