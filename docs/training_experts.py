"""What routing over depthwise feature extractors brings, in float torch: `python docs/training_experts.py`, a minute.

The figures of the section on mixtures of experts in docs/training.md.  A 3x3 convolution, then depthwise extractors
(with batch norm and ReLU), a 2x2 max pool and a dense layer, on scikit-learn's digits, 20 epochs.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional

from mcuexport.train.batches import real_values
from mcuexport.train.data import Dataset, Source, load_dataset

CHANNELS, EXPERTS, EPOCHS, SEEDS = 8, 4, 20, (1, 2, 3)


class Network(nn.Module):
    """experts: depthwise extractors.  gated: their sum, weighted by a softmax of the image's own; else all of them side
    by side.  hard: only the one of the largest weight.
    """

    def __init__(self, experts: int, gated: bool) -> None:
        super().__init__()
        self.experts, self.gated, self.hard = experts, gated, False
        self.first = nn.Sequential(nn.Conv2d(1, CHANNELS, 3), nn.BatchNorm2d(CHANNELS), nn.ReLU())
        self.depthwise = nn.Conv2d(CHANNELS, CHANNELS * experts, 3, groups=CHANNELS)
        self.norm = nn.BatchNorm2d(CHANNELS * experts)
        self.gate = nn.Linear(CHANNELS, experts)
        width = CHANNELS if gated else CHANNELS * experts
        self.last = nn.Linear(width * 4, 10)

    def forward(self, x: Tensor) -> Tensor:
        x = self.first(x)
        made = torch.relu(self.norm(self.depthwise(x)))
        if self.gated:
            weights = torch.softmax(self.gate(x.mean(dim=(2, 3))), 1)
            if self.hard:
                weights = functional.one_hot(weights.argmax(1), self.experts).to(weights)
            made = torch.einsum("nceij,ne->ncij", made.unflatten(1, (CHANNELS, self.experts)), weights)
        result: Tensor = self.last(functional.max_pool2d(made, 2).flatten(1))
        return result


def trained(data: Dataset, experts: int, gated: bool, seed: int) -> Network:
    """Behind the last epoch."""
    torch.manual_seed(seed)
    model = Network(experts, gated)
    x, y = real_values(torch.from_numpy(data.train_x), data), torch.from_numpy(data.train_y)
    optimizer = torch.optim.AdamW(model.parameters(), 5e-3)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, EPOCHS * (len(x) // 64))
    for _ in range(EPOCHS):
        for batch in torch.split(torch.randperm(len(x)), 64)[:-1]:
            optimizer.zero_grad()
            functional.cross_entropy(model(x[batch]), y[batch]).backward()
            optimizer.step()
            schedule.step()
    return model.eval()


@torch.no_grad()
def accuracy(model: Network, data: Dataset) -> float:
    """On all test images, in percent."""
    found = model(real_values(torch.from_numpy(data.test_x), data)).argmax(1)
    return 100 * float((found == torch.from_numpy(data.test_y)).double().mean())


if __name__ == "__main__":
    torch.set_num_threads(1)
    digits = load_dataset(Source("digits"))
    print("| extractors | weights | accuracy, %, of three seeds |\n|---|--:|--:|")
    for experts, gated in ((1, False), (EXPERTS, True), (2, False), (EXPERTS, False)):
        models = [trained(digits, experts, gated, seed) for seed in SEEDS]
        count = sum(p.numel() for p in models[0].parameters())
        for hard in (False, True) if gated else (False,):
            for model in models:
                model.hard = hard
            reached = ", ".join(f"{accuracy(model, digits):.2f}" for model in models)
            mix = ("routed to one" if hard else "gated") if gated else "side by side"
            print(f"| {experts} {mix} | {count:,} | {reached} |", flush=True)
