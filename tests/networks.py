"""Networks and inputs that the tests share: like trained ones, but made in milliseconds from a written seed."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from small import samples
from torch import nn

from mcuexport.checkpoint import Checkpoint, load, save, to_real
from mcuexport.graph import Graph, Input
from mcuexport.lower import lower
from mcuexport.ops import TensorType
from mcuexport.pack import FORMATS
from mcuexport.train.activations import QuantActivation
from mcuexport.train.layers import QuantLinear
from mcuexport.train.models import mlp

# Each covers every format at once, a layer each, and other kernels behind the layers.
ALL_FORMATS: dict[str, Any] = {"hidden": [21, 20, 19, 18, 17, 16, 15, 14], "format": list(FORMATS)}
NETWORKS: dict[str, dict[str, Any]] = {
    "batch_gelu_rescale": {"norm": "batch", "activation": "gelu", "norm_output": True, "per_output": True},
    "none_bias_leaky": {"norm": "none", "bias": True, "activation": "leaky_relu", "per_output": True},
    "power_of_two": {"norm": "batch", "power_of_two": True, "activation": "leaky_relu"},
    "layer_hardswish": {"norm": "layer", "activation": "hardswish"},
}


def like_trained(
    shape: Sequence[int] = (37,),
    hidden: Sequence[int] = (13, 9),
    outputs: int = 5,
    *,
    seed: int = 1,
    zero_point: int = 30,
    scale: float = 1 / 64,
    **options: Any,
) -> tuple[nn.Sequential, Input]:
    """A network (in eval mode) with statistics and activation ranges of its own, and what it is fed.

    shape: of the device's input, channels last.  options: of `mlp`.
    """
    source = Input(TensorType(tuple(shape), "uint8", 0, 255), scale, zero_point)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = mlp(source.type.size, hidden, outputs, **options)
        for module in model.modules():
            if isinstance(module, nn.BatchNorm1d):
                nn.init.normal_(module.weight, 0.5)
                nn.init.normal_(module.bias)
            if getattr(module, "bias", None) is not None:
                nn.init.normal_(module.bias)
        model.train()
        for _ in range(2):
            model(to_real(samples(source.type, 64, seed), source).float())
    return model.eval(), source


def checkpoint_of(model: nn.Module, source: Input, path: Path, **options: Any) -> Checkpoint:
    """The model saved to `path` and read back."""
    example = to_real(samples(source.type, 4, seed=5)[2:], source).float()
    settings = {"name": "mlp", "input_scale": source.scale, "input_zero_point": source.zero_point, **options}
    save(model, example, path, input_dtype=source.type.dtype, **settings)
    return load(path)


def lowered(folder: Path, **options: Any) -> tuple[Graph, Checkpoint]:
    """The integer graph of a network like a trained one."""
    checkpoint = checkpoint_of(*like_trained(**options), folder / "model.pt")
    return lower(checkpoint), checkpoint


X = torch.linspace(0, 1, 12).reshape(3, 4)  # what `two_layers` reads


def two_layers() -> nn.Sequential:
    torch.manual_seed(1)
    model = nn.Sequential(QuantLinear(4, 6), QuantActivation("relu"), QuantLinear(6, 3))
    model.train()(X)
    return model.eval()
