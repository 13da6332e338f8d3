"""The README's tables of what training is worth: `python docs/post_training.py`, some minutes; MCUEXPORT_DATA as usual.

A float network quantized afterwards, beside the same network trained with quantizers on it, by format: fully connected
on MNIST at 16x16, and a depthwise CNN on scikit-learn's digits, whose channels are also made uneven.  Accuracies are those of
the fake-quantized networks on all test images; one seed.
"""

import os
from collections.abc import Callable
from copy import deepcopy
from itertools import pairwise
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional

from mcuexport.train import Rule, post_training_quantize, quantize_
from mcuexport.train.data import Dataset, Source, load_dataset

SPREAD_BITS = 6  # between the largest and the smallest factor of uneven channels
CALIBRATION = 300  # images


def unit(layer: nn.Module, channels: int) -> list[nn.Module]:
    """A layer without bias, batch norm, ReLU."""
    norm = nn.BatchNorm1d if isinstance(layer, nn.Linear) else nn.BatchNorm2d
    return [layer, norm(channels), nn.ReLU()]


def dense() -> nn.Sequential:
    sizes = [256, 64, 64, 64]
    hidden = [unit(nn.Linear(before, after, bias=False), after) for before, after in pairwise(sizes)]
    return nn.Sequential(nn.Flatten(), *sum(hidden, []), nn.Linear(64, 10))


def depthwise() -> nn.Sequential:
    return nn.Sequential(
        *unit(nn.Conv2d(1, 12, 3, padding=1, bias=False), 12),
        *unit(nn.Conv2d(12, 12, 3, padding=1, groups=12, bias=False), 12),
        *unit(nn.Conv2d(12, 24, 1, bias=False), 24),
        nn.MaxPool2d(2), nn.Flatten(), nn.Linear(24 * 4 * 4, 10),
    )  # fmt: skip


def uneven(model: nn.Sequential) -> nn.Sequential:
    """The same function, the channels behind the first two norms scaled by up to 2^-6."""
    changed = deepcopy(model)
    generator = torch.Generator().manual_seed(3)
    for norm, reader in ((changed[1], changed[3]), (changed[4], changed[6])):
        factors = torch.exp2(-SPREAD_BITS * torch.rand(12, generator=generator))
        norm.weight.data.mul_(factors)
        norm.bias.data.mul_(factors)
        by_input = (1, -1, 1, 1) if reader.groups == 1 else (-1, 1, 1, 1)
        reader.weight.data.div_(factors.reshape(by_input))
    return changed


class Bench:
    """A data set, and the training that all networks on it have."""

    def __init__(self, data: Dataset, epochs: int, batch_size: int, rate: float) -> None:
        self.scale, self.epochs, self.batch_size, self.rate = data.scale, epochs, batch_size, rate
        self.x, self.test_x = (torch.from_numpy(x).movedim(-1, 1) * data.scale for x in (data.train_x, data.test_x))
        self.y, self.test_y = torch.from_numpy(data.train_y), torch.from_numpy(data.test_y)

    def train(self, model: nn.Module, after_epoch: Callable[[], None] = lambda: None) -> nn.Module:
        generator = torch.Generator().manual_seed(1)
        optimizer = torch.optim.Adam(model.parameters(), lr=self.rate)
        schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, self.epochs)
        for _ in range(self.epochs):
            model.train()
            for batch in torch.split(torch.randperm(len(self.x), generator=generator), self.batch_size):
                loss = functional.cross_entropy(model(self.x[batch]), self.y[batch])
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
            schedule.step()
            after_epoch()
        return model.eval()

    @torch.no_grad()
    def accuracy(self, model: nn.Module) -> str:
        found = torch.cat([model(x).argmax(1) for x in torch.split(self.test_x, 2000)])
        return f"{100 * (found == self.test_y).double().mean():.2f}"

    def quantized(self, trained: nn.Module, name: str, per_channel: bool = True) -> str:
        model = deepcopy(trained)
        calibration: Tensor = self.x[:CALIBRATION]
        post_training_quantize(model, calibration, rules(name), input_scale=self.scale, per_channel=per_channel)
        return self.accuracy(model)

    def trained(self, build: Callable[[], nn.Module], name: str) -> str:
        torch.manual_seed(1)
        model = build()
        quantization = quantize_(model, rules(name))
        return self.accuracy(self.train(model, quantization.update_scales))

    def in_float(self, build: Callable[[], nn.Sequential]) -> nn.Sequential:
        torch.manual_seed(1)
        return self.train(build())  # type: ignore[return-value]


def rules(name: str) -> list[Rule]:
    return [Rule(options={"format": name, "per_output": True})]


def table(caption: str, formats: list[str], rows: dict[str, Callable[[str], str]]) -> None:
    print(f"\n{caption}\n\n| | {' | '.join(formats)} |\n|---|{'--:|' * len(formats)}")
    for title, measure in rows.items():
        print(f"| {title} | {' | '.join(measure(name) for name in formats)} |", flush=True)


if __name__ == "__main__":
    torch.set_num_threads(1)
    folder = os.environ.get("MCUEXPORT_DATA")
    mnist = Bench(load_dataset(Source("mnist", None if folder is None else Path(folder))), 10, 256, 1e-2)
    network = mnist.in_float(dense)
    table(
        f"256-64-64-64-10 on MNIST (float: {mnist.accuracy(network)})",
        ["int8", "sym4", "int4", "sym2", "ternary", "binary"],
        {
            "post-training": lambda name: mnist.quantized(network, name),
            "trained with quantization": lambda name: mnist.trained(dense, name),
        },
    )
    digits = Bench(load_dataset(Source("digits")), 20, 64, 5e-3)
    even = digits.in_float(depthwise)
    spread = uneven(even)
    table(
        f"a depthwise CNN on digits (float: {digits.accuracy(even)}, uneven: {digits.accuracy(spread)})",
        ["int8", "sym4", "int4", "sym2", "ternary"],
        {
            "one scale for all channels": lambda name: digits.quantized(even, name, per_channel=False),
            "scales by channel": lambda name: digits.quantized(even, name),
            "uneven channels, one scale": lambda name: digits.quantized(spread, name, per_channel=False),
            "uneven channels, scales by channel": lambda name: digits.quantized(spread, name),
            "trained with quantization": lambda name: digits.trained(depthwise, name),
        },
    )
