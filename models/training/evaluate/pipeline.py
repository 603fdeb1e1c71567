"""The shipped pipeline from Python: Node, the WASM core, ONNX Runtime Web.

Real detectors are run as they are. To judge a classifier on boxes that are known, the detector is
replaced by a network of one constant, whose only box covers the whole picture (the core cuts it
to the picture's edges): decoding, cropping, resampling, the classifier and its calibration are
still the shipped ones.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
from pathlib import Path

import numpy as np
from onnx import TensorProto, helper, numpy_helper

from ..export import MODELS

DIST = MODELS.parent / "dist"


def run(files: list[Path], options: dict, folder: Path, detect: dict | None = None) -> list[dict]:
    """Results of `detect` in the order of `files`; `folder` has the assets.

    Needs `npm run build`.
    """
    package = DIST / "index.js"
    if not package.exists():
        raise SystemExit("build the package first: npm run build")
    request = {
        "package": str(package),
        "options": options,
        "detect": detect or {},
        "files": [str(file) for file in files],
        "assets": f"{folder.resolve()}/",
    }
    script = Path(__file__).with_name("pipeline.mjs")
    done = subprocess.run(
        ["node", str(script)], input=json.dumps(request), capture_output=True, text=True
    )
    if done.returncode != 0:
        raise SystemExit(done.stderr)
    return [json.loads(line) for line in done.stdout.splitlines()]


def _whole_picture() -> bytes:
    """A one-stage network (stride 32, 18 channels) with one huge box around every cell."""
    stride, channels = 32, 18
    bias = np.zeros(channels, np.float32)
    bias[0] = 8.0
    bias[1:3] = 0.5
    bias[3:5] = 9.0
    weight = np.zeros((channels, 3, stride, stride), np.float32)
    graph = helper.make_graph(
        [
            helper.make_node(
                "Conv",
                ["input", "weight", "bias"],
                ["stride32"],
                kernel_shape=[stride, stride],
                strides=[stride, stride],
            )
        ],
        "whole-picture",
        [helper.make_tensor_value_info("input", TensorProto.FLOAT, [1, 3, "H", "W"])],
        [helper.make_tensor_value_info("stride32", TensorProto.FLOAT, [1, channels, "h", "w"])],
        [numpy_helper.from_array(weight, "weight"), numpy_helper.from_array(bias, "bias")],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)])
    model.ir_version = 8
    return model.SerializeToString()


def assets(folder: Path) -> Path:
    """The built package's assets with the networks and the manifest that are in models/ now."""
    if folder.exists():
        shutil.rmtree(folder)
    shutil.copytree(DIST / "assets", folder)
    shutil.copy(MODELS / "manifest.json", folder)
    for path in MODELS.glob("*.onnx"):
        shutil.copy(path, folder)
    return folder


def whole_picture_assets(folder: Path, changes: dict[str, dict] | None = None) -> Path:
    """`assets` with the constant detector; `changes` overrides manifest values.

    `changes` maps a network's name to entries to replace, {"classifier": {"margin": 0}}.
    """
    manifest_path = assets(folder) / "manifest.json"
    manifest = json.loads(manifest_path.read_text())
    data = _whole_picture()
    (manifest_path.parent / "whole-picture.onnx").write_bytes(data)
    manifest["networks"]["one-stage-accurate"] = {
        "file": "whole-picture.onnx",
        "bytes": len(data),
        "sha256": hashlib.sha256(data).hexdigest(),
        "input": {
            "name": "input",
            "layout": "NCHW",
            "shape": [1, 3, "H", "W"],
            "channels": "RGB",
            "mean": [0, 0, 0],
            "scale": [1, 1, 1],
            "pad": 0,
            "multiple": 32,
        },
        "outputs": [{"name": "stride32", "stride": 32}],
        "classes": manifest["classes"],
        "maxSide": 64,
        "minScore": 0.5,
        "nmsIou": 0.4,
        "temperature": 1,
        "uncertainMargin": 0,
        "minFace": 0,
    }
    for name, entries in (changes or {}).items():
        manifest["networks"][name] |= entries
    manifest_path.write_text(json.dumps(manifest))
    return folder
