"""P-Net, R-Net and O-Net as ONNX from the weights inside the PyPI package `mtcnn` 1.0.0.

    python -m models.training.seed.convert_mtcnn [--weights FOLDER] [--check]

The weights are lists of Keras arrays (kernels [height, width, in, out]) in layer order. Needs
`pip install --no-deps mtcnn==1.0.0 joblib lz4 cloudpickle`, but neither TensorFlow nor Keras;
`--check` compares with the package's own networks and does need TensorFlow.

Kept from the package: pooling with padding "same" (which pads at the end, so SAME_UPPER), one
PReLU slope per channel, and the Permute((2, 1, 3)) before Flatten, here a reordering of the
dense weights. Changed: of the two softmax values only the face's is put out, as the sigmoid of
the difference of the two logits, which is the same number.
"""

from __future__ import annotations

import argparse
import importlib.util
from pathlib import Path

import joblib
import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from ..export import MODELS, write_entry

MEAN, SCALE = 127.5, 1 / 128
LICENCE = "MIT"
SOURCE = (
    "converted from the weights in the PyPI package mtcnn 1.0.0 (MIT, Ivan de Paz Centeno), "
    "which descend from the networks of Zhang et al. 2016; the terms of those are unclear"
)

Batch = str | int


class Graph:
    """Collects nodes and constants of one network, layer after layer."""

    def __init__(self, weights: list[np.ndarray]) -> None:
        self._weights = [np.asarray(array, np.float32) for array in weights]
        self._next = 0
        self.nodes: list[onnx.NodeProto] = []
        self.constants: list[onnx.TensorProto] = []
        self.tensor = "input"

    def take(self) -> np.ndarray:
        self._next += 1
        return self._weights[self._next - 1]

    def constant(self, name: str, value: np.ndarray) -> str:
        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(value), name))
        return name

    def add(self, operator: str, inputs: list[str], output: str, **attributes) -> str:
        self.nodes.append(helper.make_node(operator, inputs, [output], name=output, **attributes))
        return output

    def convolution(self, name: str) -> None:
        kernel, bias = self.take(), self.take()
        self._convolve(name, kernel, bias, name)

    def _convolve(self, name: str, kernel: np.ndarray, bias: np.ndarray, output: str) -> str:
        weight = self.constant(f"{name}.weight", kernel.transpose(3, 2, 0, 1))
        added = self.constant(f"{name}.bias", bias)
        result = self.add(
            "Conv", [self.tensor, weight, added], output, kernel_shape=list(kernel.shape[:2])
        )
        if output == name:
            self.tensor = result
        return result

    def prelu(self, name: str) -> None:
        slope = self.take().reshape(-1)
        convolved = not self.tensor.startswith("fc")
        shape = (slope.size, 1, 1) if convolved else (slope.size,)
        named = self.constant(f"{name}.slope", slope.reshape(shape))
        self.tensor = self.add("PRelu", [self.tensor, named], name)

    def pool(self, name: str, size: int, same: bool) -> None:
        self.tensor = self.add(
            "MaxPool",
            [self.tensor],
            name,
            kernel_shape=[size, size],
            strides=[2, 2],
            auto_pad="SAME_UPPER" if same else "VALID",
        )

    def flatten(self) -> None:
        self.tensor = self.add("Flatten", [self.tensor], "flatten", axis=1)

    def dense(self, name: str, grid: tuple[int, int, int]) -> None:
        """First dense layer; `grid` is (channels, height, width) before the flattening."""
        kernel, bias = self.take(), self.take()
        channels, height, width = grid
        # Rows come in the order width, height, channel; ONNX flattens channel, height, width.
        kernel = kernel.reshape(width, height, channels, -1).transpose(2, 1, 0, 3)
        self._multiply(name, kernel.reshape(channels * height * width, -1), bias, name)

    def _multiply(self, name: str, kernel: np.ndarray, bias: np.ndarray, output: str) -> str:
        weight = self.constant(f"{name}.weight", kernel)
        added = self.constant(f"{name}.bias", bias)
        result = self.add("Gemm", [self.tensor, weight, added], output)
        if output == name:
            self.tensor = result
        return result

    def head(self, output: str) -> None:
        """A linear output on the current tensor, which stays current."""
        kernel, bias = self.take(), self.take()
        if kernel.ndim == 4:
            self._convolve(f"{output}-head", kernel, bias, output)
        else:
            self._multiply(f"{output}-head", kernel, bias, output)

    def face_probability(self, output: str) -> None:
        """Softmax over (no face, face), of which the second is put out."""
        kernel, bias = self.take(), self.take()
        kernel = kernel[..., 1:] - kernel[..., :1]
        bias = bias[1:] - bias[:1]
        if kernel.ndim == 4:
            logit = self._convolve(f"{output}-head", kernel, bias, f"{output}-logit")
        else:
            logit = self._multiply(f"{output}-head", kernel, bias, f"{output}-logit")
        self.add("Sigmoid", [logit], output)

    def model(
        self, name: str, shape: list[Batch], outputs: dict[str, list[Batch]]
    ) -> onnx.ModelProto:
        if self._next != len(self._weights):
            raise ValueError(f"{name}: {len(self._weights) - self._next} arrays left over")
        value = helper.make_tensor_value_info
        graph = helper.make_graph(
            self.nodes,
            name,
            [value("input", TensorProto.FLOAT, shape)],
            [value(output, TensorProto.FLOAT, sizes) for output, sizes in outputs.items()],
            self.constants,
        )
        model = helper.make_model(
            graph, opset_imports=[helper.make_opsetid("", 17)], producer_name="masklens"
        )
        model.ir_version = 8
        onnx.checker.check_model(model, full_check=True)
        return model


def pnet(weights: list[np.ndarray]) -> onnx.ModelProto:
    """[N, 3, H, W] -> boxes [N, 4, h, w], score [N, 1, h, w]; stride 2, field 12."""
    graph = Graph(weights)
    graph.convolution("conv1")
    graph.prelu("prelu1")
    graph.pool("pool1", 2, same=True)
    for index in (2, 3):
        graph.convolution(f"conv{index}")
        graph.prelu(f"prelu{index}")
    graph.head("boxes")
    graph.face_probability("score")
    return graph.model(
        "pnet", ["N", 3, "H", "W"], {"boxes": ["N", 4, "h", "w"], "score": ["N", 1, "h", "w"]}
    )


def rnet(weights: list[np.ndarray]) -> onnx.ModelProto:
    """[N, 3, 24, 24] -> boxes [N, 4], score [N, 1]."""
    graph = Graph(weights)
    for index, pool in ((1, True), (2, False)):
        graph.convolution(f"conv{index}")
        graph.prelu(f"prelu{index}")
        graph.pool(f"pool{index}", 3, same=pool)
    graph.convolution("conv3")
    graph.prelu("prelu3")
    graph.flatten()
    graph.dense("fc4", (64, 3, 3))
    graph.prelu("fc4-prelu")
    graph.head("boxes")
    graph.face_probability("score")
    return graph.model("rnet", ["N", 3, 24, 24], {"boxes": ["N", 4], "score": ["N", 1]})


def onet(weights: list[np.ndarray]) -> onnx.ModelProto:
    """[N, 3, 48, 48] -> boxes [N, 4], landmarks [N, 10] (x1..x5, y1..y5), score [N, 1]."""
    graph = Graph(weights)
    for index, size, pool in ((1, 3, True), (2, 3, False), (3, 2, True)):
        graph.convolution(f"conv{index}")
        graph.prelu(f"prelu{index}")
        graph.pool(f"pool{index}", size, same=pool)
    graph.convolution("conv4")
    graph.prelu("prelu4")
    graph.flatten()
    graph.dense("fc5", (128, 3, 3))
    graph.prelu("fc5-prelu")
    graph.head("boxes")
    graph.head("landmarks")
    graph.face_probability("score")
    return graph.model(
        "onet", ["N", 3, 48, 48], {"boxes": ["N", 4], "landmarks": ["N", 10], "score": ["N", 1]}
    )


NETWORKS = {"pnet": pnet, "rnet": rnet, "onet": onet}

# The paper's and the package's working values; the package's own third threshold is 0.8.
SETTINGS: dict[str, dict[str, float]] = {
    "pnet": {
        "threshold": 0.6,
        "minFace": 20,
        "factor": 0.709,
        "nmsPerScale": 0.5,
        "nmsAcrossScales": 0.7,
    },
    "rnet": {"threshold": 0.7, "nms": 0.7},
    "onet": {"threshold": 0.7, "nms": 0.7},
}


def package_weights() -> Path:
    """The weights folder of the installed package, found without importing it."""
    spec = importlib.util.find_spec("mtcnn")
    if spec is None or spec.origin is None:
        raise SystemExit("install the weights first: pip install --no-deps mtcnn==1.0.0")
    return Path(spec.origin).parent / "assets" / "weights"


def check(models: dict[str, onnx.ModelProto]) -> None:
    """Largest difference from the package's networks over random inputs; fails above 1e-5."""
    import onnxruntime
    from mtcnn.stages import StageONet, StagePNet, StageRNet

    rng = np.random.default_rng(0)
    shapes = {
        "pnet": [(1, 3, 12, 12), (2, 3, 37, 50), (1, 3, 120, 81), (1, 3, 64, 95)],
        "rnet": [(1, 3, 24, 24), (33, 3, 24, 24)],
        "onet": [(1, 3, 48, 48), (17, 3, 48, 48)],
    }
    for name, stage in (("pnet", StagePNet), ("rnet", StageRNet), ("onet", StageONet)):
        session = onnxruntime.InferenceSession(models[name].SerializeToString())
        keras = stage().model if hasattr(stage(), "model") else stage()._model
        for shape in shapes[name]:
            batch = rng.uniform(-1, 1, shape).astype(np.float32)
            ours = session.run(None, {"input": batch})
            theirs = [np.asarray(value) for value in keras(batch.transpose(0, 2, 3, 1))]
            theirs[-1] = theirs[-1][..., 1:]
            if name == "pnet":
                theirs = [value.transpose(0, 3, 1, 2) for value in theirs]
            worst = max(float(np.abs(a - b).max()) for a, b in zip(ours, theirs, strict=True))
            print(f"{name} {shape}: largest difference {worst:.2e}")
            if worst > 1e-5:
                raise SystemExit(f"{name} differs from the package")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--weights", type=Path, help="folder with pnet.lz4, rnet.lz4, onet.lz4")
    parser.add_argument("--check", action="store_true", help="compare with the package, then stop")
    arguments = parser.parse_args()
    folder = arguments.weights or package_weights()
    models = {name: build(joblib.load(folder / f"{name}.lz4")) for name, build in NETWORKS.items()}
    if arguments.check:
        check(models)
        return
    for name, model in models.items():
        path = MODELS / f"{name}.onnx"
        onnx.save(model, str(path))

        def shape(value: onnx.ValueInfoProto) -> list[Batch]:
            sizes = value.type.tensor_type.shape.dim
            return [size.dim_param or size.dim_value for size in sizes]

        entry = write_entry(
            name,
            path,
            {
                "input": {
                    "name": "input",
                    "layout": "NCHW",
                    "shape": shape(model.graph.input[0]),
                    "channels": "RGB",
                    "mean": [MEAN] * 3,
                    "scale": [SCALE] * 3,
                },
                "outputs": [
                    {"name": output.name, "shape": shape(output)} for output in model.graph.output
                ],
                **SETTINGS[name],
                "licence": LICENCE,
                "source": SOURCE,
                "data": "WIDER FACE and CelebA, by the original authors' account",
            },
        )
        print(f"{entry['file']}: {entry['bytes']} bytes")


if __name__ == "__main__":
    main()
