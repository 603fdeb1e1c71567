"""Float weights on disk: checkpoints of a training (.pt), and what is committed (.npz)."""

from __future__ import annotations

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
