"""The detector's ONNX files: float, and int8 where convolutions are dense."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import onnx
import torch
from torch import Tensor, nn

from ..data import held_out_groups, load_photos, training_photos
from .decode import letterbox
from .net import OneStage


class _Tuple(nn.Module):
    def __init__(self, net: OneStage) -> None:
        super().__init__()
        self.net = net

    def forward(self, x: Tensor) -> tuple[Tensor, ...]:
        return tuple(self.net(x))


def write_float(net: OneStage, path: Path) -> None:
    """ONNX in float32, height and width free."""
    outputs = [f"stride{s}" for s in net.strides]
    axes = {"input": {2: "H", 3: "W"}} | {
        name: {2: f"H_{name}", 3: f"W_{name}"} for name in outputs
    }
    torch.onnx.export(
        _Tuple(net).eval(),
        (torch.zeros(1, 3, 96, 128),),
        str(path),
        input_names=["input"],
        output_names=outputs,
        dynamic_axes=axes,
        opset_version=17,
        dynamo=False,
    )
    document = onnx.load(str(path))
    onnx.checker.check_model(document, full_check=True)
    document.producer_name, document.producer_version = "masklens", ""
    onnx.save(document, str(path))


def write_int8(
    source: Path,
    target: Path,
    pictures: Iterator[np.ndarray],
    parts: tuple[str, ...] = ("/branch", "/room"),
) -> None:
    """QDQ int8 of the dense convolutions in `parts`; the rest, depthwise mostly, stays float.

    The prediction convolutions and the trunk are slower or no faster in int8, and boxes suffer.
    """
    from onnxruntime.quantization import (
        CalibrationDataReader,
        CalibrationMethod,
        QuantFormat,
        QuantType,
        quantize_static,
    )

    class Reader(CalibrationDataReader):
        def get_next(self) -> dict[str, np.ndarray] | None:
            x = next(pictures, None)
            return None if x is None else {"input": x}

    nodes = onnx.load(str(source)).graph.node
    dense = [n.name for n in nodes if n.op_type == "Conv" and any(q in n.name for q in parts)]
    quantize_static(
        str(source),
        str(target),
        Reader(),
        quant_format=QuantFormat.QDQ,
        op_types_to_quantize=["Conv"],
        nodes_to_quantize=dense,
        activation_type=QuantType.QUInt8,
        weight_type=QuantType.QInt8,
        per_channel=True,
        calibrate_method=CalibrationMethod.MinMax,
        extra_options={"DedicatedQDQPair": True},
    )
    document = onnx.load(str(target))
    _store_halves(document)
    onnx.checker.check_model(document)
    document.producer_name, document.producer_version = "masklens", ""
    onnx.save(document, str(target))


def _store_halves(document: onnx.ModelProto) -> None:
    """Float weights of convolutions as float16 and a cast, which ONNX Runtime folds on loading."""
    from onnx import numpy_helper

    weights = {n.input[1] for n in document.graph.node if n.op_type == "Conv"}
    casts = []
    for item in document.graph.initializer:
        value = numpy_helper.to_array(item)
        if item.name not in weights or value.dtype != np.float32 or value.size < 256:
            continue
        name, half = item.name, f"{item.name}_half"
        item.CopyFrom(numpy_helper.from_array(value.astype(np.float16), half))
        casts.append(onnx.helper.make_node("Cast", [half], [name], to=onnx.TensorProto.FLOAT))
    for cast in reversed(casts):
        document.graph.node.insert(0, cast)


def calibration(folder: Path, longest: int, count: int = 64) -> Iterator[np.ndarray]:
    """Training photos as the network sees them."""
    photos = training_photos(
        load_photos(folder, ("facemask853", "ilc2021")), held_out_groups(folder)
    )
    order = np.random.default_rng(5).permutation(len(photos))[:count]
    for index in order:
        picture = cv2.cvtColor(cv2.imread(str(photos[index].path)), cv2.COLOR_BGR2RGB)
        yield letterbox(picture, longest)[0]
