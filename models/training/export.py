"""What every network goes through on its way into models/: the file and its manifest entry.

`write_entry` is the only writer of the networks in models/manifest.json; it touches one entry and
leaves the rest as it is. The few lines that name detectors and classifiers are written by hand;
models/manifest.schema.json says what may be there. `export_onnx` and `quantise` make the files.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import torch

MODELS = Path(__file__).resolve().parents[1]
MANIFEST = MODELS / "manifest.json"


def write_entry(name: str, file: Path, entry: dict[str, Any]) -> dict[str, Any]:
    """Writes networks[name] of the manifest: `entry` with file, bytes and sha256 put first.

    `file` must lie in models/. The manifest is read, changed and written under a lock, so that
    two trainings can end at once. Returns the entry.
    """
    data = file.read_bytes()
    first = {
        "file": file.relative_to(MODELS).as_posix(),
        "bytes": len(data),
        "sha256": hashlib.sha256(data).hexdigest(),
    }
    full: dict[str, Any] = first | {k: v for k, v in entry.items() if k not in first}
    lock = MODELS / "training" / "cache" / "manifest.lock"
    lock.parent.mkdir(exist_ok=True)
    with lock.open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        manifest: dict[str, Any] = json.loads(MANIFEST.read_text())
        manifest["networks"][name] = full
        manifest["networks"] = dict(sorted(manifest["networks"].items()))
        MANIFEST.write_text(json.dumps(manifest, indent=2) + "\n")
    return full


def read_entry(name: str) -> dict[str, Any]:
    """networks[name] of the manifest."""
    return json.loads(MANIFEST.read_text())["networks"][name]


def export_onnx(
    model: torch.nn.Module,
    example: torch.Tensor,
    path: Path,
    outputs: list[str],
    dynamic: dict[int, str],
) -> None:
    """Writes `model` (in eval mode) as ONNX, one input named `input`.

    `dynamic` names the input's free axes, {0: "N"} for a free batch.
    """
    import onnx
    import torch

    model.eval()
    path.parent.mkdir(parents=True, exist_ok=True)
    torch.onnx.export(
        model,
        (example,),
        str(path),
        input_names=["input"],
        output_names=outputs,
        dynamic_axes={"input": dynamic} | {output: {0: "N"} for output in outputs},
        opset_version=17,
        dynamo=False,
    )
    document = onnx.load(str(path))
    onnx.checker.check_model(document, full_check=True)
    document.producer_name, document.producer_version = "masklens", ""
    onnx.save(document, str(path))


def quantise(
    source: Path,
    target: Path,
    batches: Iterable[np.ndarray],
    exclude: list[str] | None = None,
    method: str = "minmax",
) -> None:
    """Static int8 quantisation in QDQ form: uint8 activations, int8 weights per channel.

    `batches` are calibration inputs, normalised as the network wants them. `exclude` names nodes
    that stay in float. `method`: minmax, percentile or entropy, how activation ranges are taken.
    """
    from onnxruntime.quantization import (
        CalibrationDataReader,
        CalibrationMethod,
        QuantFormat,
        QuantType,
        quantize_static,
    )
    from onnxruntime.quantization.shape_inference import quant_pre_process

    class Reader(CalibrationDataReader):
        def __init__(self) -> None:
            self._batches = iter(batches)

        def get_next(self) -> dict[str, np.ndarray] | None:
            batch = next(self._batches, None)
            return None if batch is None else {"input": batch}

    prepared = target.with_suffix(".prepared.onnx")
    quant_pre_process(str(source), str(prepared), skip_symbolic_shape=True)
    quantize_static(
        str(prepared),
        str(target),
        Reader(),
        quant_format=QuantFormat.QDQ,
        activation_type=QuantType.QUInt8,
        weight_type=QuantType.QInt8,
        per_channel=True,
        nodes_to_exclude=exclude or [],
        calibrate_method={
            "minmax": CalibrationMethod.MinMax,
            "percentile": CalibrationMethod.Percentile,
            "entropy": CalibrationMethod.Entropy,
        }[method],
        extra_options={"ActivationSymmetric": False, "WeightSymmetric": True},
    )
    prepared.unlink()
