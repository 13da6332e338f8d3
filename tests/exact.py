"""Networks whose every scale is a power of two, so that float64 torch and the integers agree in every bit."""

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from mcuexport.checkpoint import Checkpoint, checkpoint_data
from mcuexport.graph import Graph
from mcuexport.lower import lower
from mcuexport.parity import verify
from mcuexport.targets import core
from mcuexport.train.activations import QuantActivation
from mcuexport.train.layers import WeightQuantizer
from mcuexport.train.trace import trace

SCALE, ZERO_POINT = 2.0**-4, 9


def checkpoint_in_memory(model: nn.Module, shape: tuple[int, ...], **options: Any) -> Checkpoint:
    """A checkpoint of a model in eval mode.  shape: of an input, as torch has it."""
    settings = {"name": "net", "input_scale": SCALE, "input_zero_point": ZERO_POINT, "input_dtype": "uint8", **options}
    return Checkpoint(checkpoint_data(trace(model.eval(), "net"), torch.zeros(2, *shape), **settings))


def lowered(model: nn.Module, shape: tuple[int, ...]) -> Graph:
    return lower(checkpoint_in_memory(model, shape))


@torch.no_grad()
def make_dyadic(model: nn.Module, seed: int = 1) -> nn.Module:
    """Sets all scales, statistics and biases to few-bit multiples of powers of two."""
    generator = torch.Generator().manual_seed(seed)

    def steps(like: torch.Tensor, reach: int, scale: float) -> torch.Tensor:
        return torch.randint(-reach, reach + 1, like.shape, generator=generator) * scale

    for module in model.modules():
        if isinstance(module, WeightQuantizer):
            module.scale.fill_(2.0**-4)
        elif isinstance(module, QuantActivation):
            module.log2_scale.fill_(-3)
            if hasattr(module, "log2_scale_in"):
                module.log2_scale_in.fill_(-4)
        elif isinstance(module, nn.BatchNorm1d | nn.BatchNorm2d):
            module.eps = 0.0
            module.running_var.copy_(4.0 ** steps(module.running_var, 1, 1))
            module.running_mean.copy_(steps(module.running_mean, 9, 2.0**-3))
            if module.affine:
                module.weight.copy_(2.0 ** steps(module.weight, 2, 1) * (-1.0) ** steps(module.weight, 1, 1))
                module.bias.copy_(steps(module.bias, 9, 2.0**-4))
    for name, parameter in model.named_parameters():
        if name.endswith("bias") and "norm" not in name:
            parameter.copy_(steps(parameter, 9, 2.0**-5))
        if name.endswith(("weight", "original")) and parameter.ndim > 1:
            parameter.copy_(steps(parameter, 9, 2.0**-4))
    return model.eval()


def inputs(graph: Graph, count: int = 12, seed: int = 3) -> NDArray[Any]:
    kind = graph.input.type
    x = np.random.default_rng(seed).integers(kind.lo, kind.hi + 1, (count, *kind.shape))
    x[0], x[1] = kind.lo, kind.hi
    return x.astype(kind.dtype)


def assert_exact(model: nn.Module, shape: tuple[int, ...]) -> Graph:
    """Torch's outputs, in steps of the graph's, are the graph's, and those of the C on this computer too."""
    checkpoint = checkpoint_in_memory(model, shape)
    graph = lower(checkpoint)
    x = inputs(graph)
    with torch.no_grad():
        expected = checkpoint.module()(checkpoint.to_real(x)).numpy()
    np.testing.assert_array_equal(graph.run(x).reshape(expected.shape), np.floor(expected / graph.output_scale + 0.5))
    verify(graph, core("host"), "net", checkpoint.examples, x)
    return graph
