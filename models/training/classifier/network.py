"""The network: dense 3x3 convolutions alone, which int8 makes fast in ONNX Runtime Web."""

from __future__ import annotations

from pathlib import Path

import torch
from torch import nn


class Conv(nn.Sequential):
    """Convolution, batch norm and, unless `plain`, ReLU (which quantisation folds away)."""

    def __init__(
        self, source: int, target: int, size: int = 3, stride: int = 1, plain: bool = False
    ) -> None:
        layers: list[nn.Module] = [
            nn.Conv2d(source, target, size, stride, size // 2, bias=False),
            nn.BatchNorm2d(target),
        ]
        if not plain:
            layers.append(nn.ReLU(inplace=True))
        super().__init__(*layers)


class _Residual(nn.Module):
    """Two 3x3 convolutions and a shortcut; with `stride` 2 or a change of width, a 1x1 on it."""

    def __init__(self, source: int, target: int, stride: int = 1) -> None:
        super().__init__()
        self.first = Conv(source, target, stride=stride)
        self.second = Conv(target, target, plain=True)
        same = stride == 1 and source == target
        self.shortcut = nn.Identity() if same else Conv(source, target, 1, stride, plain=True)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return torch.relu(self.second(self.first(x)) + self.shortcut(x))


class MaskNet(nn.Module):
    """[N, 3, size, size] -> logits [N, classes]; strides 2 to 16 and one average at the end.

    `widths`: channels of the stem and of the stages; `depths`: residual blocks a stage, the
    first of which halves the resolution. `points`: in training, a second head says where eyes,
    nose and mouth are, which teaches the features what a mask should cover; not exported.
    """

    def __init__(
        self,
        widths: tuple[int, ...] = (16, 32, 64, 96),
        depths: tuple[int, ...] = (1, 1, 1),
        classes: int = 3,
        dropout: float = 0.1,
    ) -> None:
        super().__init__()
        layers: list[nn.Module] = [Conv(3, widths[0], stride=2)]
        for source, target, depth in zip(widths, widths[1:], depths):
            layers.append(_Residual(source, target, 2))
            layers += [_Residual(target, target) for _ in range(depth - 1)]
        self.features = nn.Sequential(*layers)
        self.dropout = nn.Dropout(dropout)
        self.head = nn.Linear(widths[-1], classes)
        self.points = nn.Sequential(
            nn.Conv2d(widths[-1], 32, 1), nn.ReLU(), nn.Flatten(), nn.LazyLinear(8)
        )

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.head(self.dropout(self.features(x).mean(dim=(2, 3))))

    def with_points(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Logits and points [N, 4, 2] in shares of the crop's side around its middle."""
        x = self.features(x)
        return self.head(self.dropout(x.mean(dim=(2, 3)))), self.points(x).view(-1, 4, 2)


@torch.no_grad()
def start_from(model: MaskNet, path: Path, views: torch.Tensor) -> None:
    """Puts the committed float weights (ONNX, batch norms folded) into `model`.

    Each norm gets back the mean and spread that `views` [N, 3, size, size] have there, and the
    scale and shift that undo them: the network answers as before, and can be trained on.
    """
    import onnx
    from onnx import numpy_helper

    graph = onnx.load(str(path)).graph
    values = {item.name: numpy_helper.to_array(item).copy() for item in graph.initializer}
    nodes = [node for node in graph.node if node.op_type == "Conv"]
    layers = [module for module in model.modules() if isinstance(module, Conv)]
    for node, layer in zip(nodes, layers, strict=True):
        layer[0].weight.copy_(torch.from_numpy(values[node.input[1]]))
        shift = torch.from_numpy(values[node.input[2]])

        def settle(norm: nn.BatchNorm2d, inputs: tuple, shift: torch.Tensor = shift) -> None:
            mean, spread = inputs[0].mean((0, 2, 3)), inputs[0].var((0, 2, 3))
            norm.running_mean.copy_(mean)
            norm.running_var.copy_(spread)
            norm.weight.copy_((spread + norm.eps).sqrt())
            norm.bias.copy_(mean + shift)

        layer[1].register_forward_pre_hook(settle)
    head = next(node for node in graph.node if node.op_type == "Gemm")
    model.head.weight.copy_(torch.from_numpy(values[head.input[1]]))
    model.head.bias.copy_(torch.from_numpy(values[head.input[2]]))
    model.eval()(views)
    for layer in layers:
        layer[1]._forward_pre_hooks.clear()
