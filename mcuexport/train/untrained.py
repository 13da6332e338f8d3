"""Members of the zoo with random weights, for figures that training does not change."""

import torch
from torch import Tensor, nn

from .zoo import ZOO
from .zoo_blocks import Formats


def untrained(member: str, formats: Formats, seed: int = 1) -> tuple[nn.Module, Tensor]:
    """The module, whose batch norms and ranges have seen random inputs 0 .. 1, and those inputs."""
    made = ZOO[member]
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = made.build(made.outputs, formats)
        x = torch.rand(8, *made.shape)
        model.train()
        with torch.no_grad():
            for _ in range(20):
                model(x)
    return model.eval(), x
