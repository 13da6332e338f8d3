"""A plain torch module, quantized from outside: `quantize_` puts quantizers on it, `restore` takes them off.

python examples/own_module.py own_module.pt
mcuexport verify own_module.pt --core cortex-m0 && mcuexport pack own_module.pt -o net
"""

import sys
from copy import deepcopy

import torch
from torch import Tensor, nn
from torch.nn import functional

import mcuexport
from mcuexport.train import Rule, post_training_quantize, quantize_
from mcuexport.train.data import Source, load_dataset


class Block(nn.Module):
    def __init__(self, channels: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(channels, channels, 3, padding=1, groups=channels, bias=False)
        self.norm1, self.act1 = nn.BatchNorm2d(channels), nn.PReLU(channels)
        self.conv2 = nn.Conv2d(channels, channels, 1, bias=False)
        self.norm2, self.act2 = nn.BatchNorm2d(channels), nn.ReLU()

    def forward(self, x: Tensor) -> Tensor:
        y = self.act1(self.norm1(self.conv1(x)))
        return self.act2(x + self.norm2(self.conv2(y)))


class Network(nn.Module):
    """Nothing in it knows of mcuexport."""

    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Sequential(nn.Conv2d(1, 12, 3, padding=1, bias=False), nn.BatchNorm2d(12), nn.ReLU())
        self.block1, self.pool, self.block2 = Block(12), nn.MaxPool2d(2), Block(12)
        self.last = nn.Linear(12 * 4 * 4, 10)

    def forward(self, x: Tensor) -> Tensor:
        x = self.block2(self.pool(self.block1(self.first(x))))
        return self.last(x.view(x.size(0), -1))


# Of several rules that match a layer, the last one counts.
RULES = [
    Rule(options={"format": "sym2", "per_output": True}),
    Rule(kind=nn.Linear, options={"format": "sym4"}),  # by type
    Rule(name="block2.*", options={"format": "ternary", "per_output": True}),  # by name
    Rule(position=0, options={"format": "int8"}),  # by position
]


def train(model: nn.Module, x: Tensor, y: Tensor, epochs: int, rate: float, after_epoch=lambda: None) -> None:
    optimizer = torch.optim.Adam(model.parameters(), lr=rate)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, epochs)
    for _ in range(epochs):
        model.train()
        for batch in torch.split(torch.randperm(len(x)), 64):
            loss = functional.cross_entropy(model(x[batch]), y[batch])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        schedule.step()
        after_epoch()
    model.eval()


def main(path: str) -> None:
    torch.manual_seed(1)
    torch.set_num_threads(1)
    data = load_dataset(Source("digits"))
    train_x, test_x = (torch.from_numpy(x[:, None, :, :, 0]) * data.scale for x in (data.train_x, data.test_x))
    train_y, test_y = torch.from_numpy(data.train_y), torch.from_numpy(data.test_y)

    def tell(what: str, model: nn.Module) -> None:
        accuracy = (model(test_x).argmax(1) == test_y).double().mean()
        print(f"{what}: {100 * accuracy:.2f} % of {len(test_x)} test samples")

    model = Network()
    mcuexport.check(model, test_x[:1], rules=RULES)  # raises before any training if something will not export
    train(model, train_x, train_y, epochs=8, rate=5e-3)
    tell("float", model)

    without_training = deepcopy(model)
    post_training_quantize(without_training, train_x[:300], RULES, input_scale=data.scale)
    tell("the same weights in 2 to 8 bits", without_training)

    quantization = quantize_(model, RULES)
    train(model, train_x, train_y, epochs=8, rate=3e-3, after_epoch=quantization.update_scales)
    tell(f"{path}, trained on in 2 to 8 bits", model)
    recipe = {"data": {"name": "digits"}}  # where `mcuexport verify` and `eval` find test samples
    mcuexport.save(
        model, test_x[:2], path, name="own_module", input_scale=data.scale, labels=data.labels, recipe=recipe
    )
    quantization.restore()
    tell("the trained weights in float again", model)


if __name__ == "__main__":
    main(*(sys.argv[1:] or ["own_module.pt"]))
