"""An order of hidden units in which neighbouring weights are alike, so that their codes compress better.

A hidden unit may change places with any other of its layer: the rows that make it and the columns that read it move
together, and every output stays the same number.
"""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from .channels import WEIGHTS, ChannelMap, Space
from .layers import QuantLayer
from .trace import TracedLayer, rebuild


def reordered(layers: tuple[TracedLayer, ...], example: Tensor) -> tuple[TracedLayer, ...]:
    """The layers with the units of every space in the order of `chain`, by the columns of weights that read them.

    example: an input as the model takes it.
    """
    channels = ChannelMap(layers, example)
    chosen = {space.layer: torch.from_numpy(chain(_columns(channels, space))) for space in channels.free}
    return channels.select(chosen)


def _columns(channels: ChannelMap, space: Space) -> NDArray[np.int64]:
    """For each unit of a space the levels that read it, in all layers, (units, levels)."""
    found = [np.zeros((space.size, 0), np.int64)]
    for layer in channels.layers:
        axis = channels.axes[layer.inputs[0]]
        if layer.kind in WEIGHTS and layer.config.get("groups", 1) == 1 and space in [s.root for s in axis.spaces]:
            module = rebuild(layer)
            assert isinstance(module, QuantLayer)
            levels = module.levels().numpy().astype(np.int64)
            start = 0
            for part in axis.spaces:
                count = part.size * axis.repeat
                if part.root is space:
                    read = levels[:, start : start + count].reshape(len(levels), part.size, -1)
                    found.append(np.moveaxis(read, 1, 0).reshape(part.size, -1))
                start += count
    return np.concatenate(found, axis=1)


def chain(vectors: NDArray[np.int64]) -> NDArray[np.int64]:
    """An order of vectors (n, k): from that of the least sum on, each time to the nearest by L1 (ties: first)."""
    left = list(range(len(vectors)))
    order = [left.pop(int(vectors.sum(1).argmin()))]
    while left:
        distances = np.abs(vectors[left] - vectors[order[-1]]).sum(1)
        order.append(left.pop(int(distances.argmin())))
    return np.array(order, np.int64)
