"""What routing over depthwise feature extractors brings, in float torch: `python docs/training_experts.py`, a minute.

The figures of the section on mixtures of experts in docs/training.md.  A 3x3 convolution, then depthwise extractors
(with batch norm and ReLU), a 2x2 max pool and a dense layer, on MNIST at 16x16: 20,000 training images, 4 epochs.
"""

import os
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional

from mcuexport.train.batches import real_values
from mcuexport.train.data import Dataset, Source, load_dataset

CHANNELS, EXPERTS, IMAGES, EPOCHS, SEEDS = 8, 4, 20_000, 4, (1, 2, 3)


class Network(nn.Module):
    """experts: depthwise extractors.  mix: `gate` (their sum, weighted by a softmax of the image's own), `hard` (as
    gate in training, then the one of the largest weight), or `concat` (all of them, side by side).
    """

    def __init__(self, experts: int, mix: str) -> None:
        super().__init__()
        self.experts, self.mix = experts, mix
        self.first = nn.Sequential(nn.Conv2d(1, CHANNELS, 3), nn.BatchNorm2d(CHANNELS), nn.ReLU())
        self.depthwise = nn.Conv2d(CHANNELS, CHANNELS * experts, 3, groups=CHANNELS)
        self.norm = nn.BatchNorm2d(CHANNELS * experts)
        self.gate = nn.Linear(CHANNELS, experts)
        width = CHANNELS * experts if mix == "concat" else CHANNELS
        self.last = nn.Linear(width * 36, 10)

    def forward(self, x: Tensor) -> Tensor:
        x = self.first(x)
        made = torch.relu(self.norm(self.depthwise(x)))
        if self.mix != "concat":
            weights = torch.softmax(self.gate(x.mean(dim=(2, 3))), 1)
            if self.mix == "hard" and not self.training:
                weights = functional.one_hot(weights.argmax(1), self.experts).to(weights)
            made = torch.einsum("nceij,ne->ncij", made.unflatten(1, (CHANNELS, self.experts)), weights)
        result: Tensor = self.last(functional.max_pool2d(made, 2).flatten(1))
        return result


def accuracy(data: Dataset, experts: int, mix: str, seed: int) -> float:
    """On all test images, in percent, behind the last epoch."""
    torch.manual_seed(seed)
    model = Network(experts, mix)
    x, y = real_values(torch.from_numpy(data.train_x[:IMAGES]), data), torch.from_numpy(data.train_y[:IMAGES])
    optimizer = torch.optim.AdamW(model.parameters(), 5e-3)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, EPOCHS * len(x) // 128)
    for _ in range(EPOCHS):
        for batch in torch.split(torch.randperm(len(x)), 128)[:-1]:
            optimizer.zero_grad()
            functional.cross_entropy(model(x[batch]), y[batch]).backward()
            optimizer.step()
            schedule.step()
    with torch.no_grad():
        found = model.eval()(real_values(torch.from_numpy(data.test_x), data)).argmax(1)
    return 100 * float((found == torch.from_numpy(data.test_y)).double().mean())


if __name__ == "__main__":
    torch.set_num_threads(1)
    folder = os.environ.get("MCUEXPORT_DATA")
    mnist = load_dataset(Source("mnist", None if folder is None else Path(folder), 16))
    print("| extractors | weights | accuracy, %, of three seeds |\n|---|--:|--:|")
    for experts, mix in ((1, "concat"), (EXPERTS, "gate"), (EXPERTS, "hard"), (2, "concat"), (EXPERTS, "concat")):
        count = sum(p.numel() for p in Network(experts, mix).parameters())
        reached = ", ".join(f"{accuracy(mnist, experts, mix, seed):.2f}" for seed in SEEDS)
        print(f"| {experts} {mix} | {count:,} | {reached} |", flush=True)
