"""Float weights on disk: checkpoints of a training (.pt), and what is committed (.npz).

    python -m models.training.detector.weights A B --out MEAN.npz

writes the mean of two networks' weights: of one and of what a further training made of it, which is
often as good as the one at old and as the other at new tasks (Wortsman et al., 2022).
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np
import torch

from .net import OneStage, Size


def _size(values: dict) -> Size:
    lists = {k: tuple(map(tuple, v)) for k, v in values.items() if k in ("branch", "room")}
    return Size(**(values | lists))


def load_net(path: Path) -> OneStage:
    """The network of a file, in eval mode."""
    if path.suffix == ".npz":
        with np.load(path) as stored:
            size = _size(json.loads(str(stored["size"])))
            state = {k: torch.from_numpy(stored[k]) for k in stored.files if k != "size"}
    else:
        document = torch.load(path, weights_only=False)
        size, state = _size(document["size"]), document["weights"]
    net = OneStage(size)
    net.load_state_dict(state)
    return net.eval()


def save_net(net: OneStage, path: Path) -> None:
    """Writes the .npz form."""
    path.parent.mkdir(parents=True, exist_ok=True)
    state = {k: v.detach().numpy() for k, v in net.state_dict().items()}
    np.savez_compressed(path, size=np.array(json.dumps(net.size.as_dict())), **state)


def mean_of(first: OneStage, second: OneStage) -> OneStage:
    """The network half way between two of one shape; what is counted, not learnt, is `first`'s."""
    own, other = first.state_dict(), second.state_dict()
    for key, value in own.items():
        if value.dtype.is_floating_point:
            own[key] = (value + other[key]) / 2
    first.load_state_dict(own)
    return first


def main() -> None:
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    p.add_argument("networks", type=Path, nargs=2)
    p.add_argument("--out", type=Path, required=True)
    a = p.parse_args()
    save_net(mean_of(*map(load_net, a.networks)), a.out)


if __name__ == "__main__":
    main()
