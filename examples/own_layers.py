"""Your own module, made of mcuexport's layers: a small residual network for scikit-learn's 8x8 digits.

python examples/own_layers.py own_layers.pt
mcuexport verify own_layers.pt --core cortex-m0 && mcuexport pack own_layers.pt -o net
"""

import sys

import torch
from torch import Tensor, nn
from torch.nn import functional

import mcuexport
from mcuexport.train import Add, QuantActivation, QuantConv2d, QuantLinear
from mcuexport.train.data import Source, load_dataset


class Residual(nn.Module):
    """``relu(x + f(x))``: each branch ends in 8 bits, the sum gets its scale from the activation behind it."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.conv = QuantConv2d(channels, channels, 3, padding=1, format="sym2", per_output=True)
        self.norm = nn.BatchNorm2d(channels)  # folded away: it costs the chip nothing
        self.branch = QuantActivation("identity")
        self.add, self.act = Add(), QuantActivation("relu")

    def forward(self, x: Tensor) -> Tensor:
        return self.act(self.add(x, self.branch(self.norm(self.conv(x)))))


class Network(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv = QuantConv2d(1, 12, 3, padding=1, format="int8")
        self.norm, self.act = nn.BatchNorm2d(12), QuantActivation("relu")
        self.block = Residual(12)
        self.pool = nn.MaxPool2d(2)
        self.fc = QuantLinear(12 * 4 * 4, 10, format="sym4", bias=True)

    def forward(self, x: Tensor) -> Tensor:
        x = self.act(self.norm(self.conv(x)))  # (samples, 12, 8, 8)
        x = self.pool(self.block(x))  # (samples, 12, 4, 4)
        return self.fc(torch.flatten(x, 1))


def main(path: str) -> None:
    torch.manual_seed(1)
    torch.set_num_threads(1)
    data = load_dataset(Source("digits"))
    train_x, test_x = (torch.from_numpy(x[:, None, :, :, 0]) * data.scale for x in (data.train_x, data.test_x))
    train_y, test_y = torch.from_numpy(data.train_y), torch.from_numpy(data.test_y)

    model = Network()
    print("scratch on the chip:", mcuexport.check(model, test_x[:1]).scratch_bytes, "bytes")
    epochs = 8
    optimizer = torch.optim.Adam(model.parameters(), lr=5e-3)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, epochs)
    for _ in range(epochs):
        model.train()
        for batch in torch.split(torch.randperm(len(train_x)), 64):
            loss = functional.cross_entropy(model(train_x[batch]), train_y[batch])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        schedule.step()
        for layer in (model.conv, model.block.conv, model.fc):
            layer.update_scale()  # the weights have moved, so their scales follow

    model.eval()
    accuracy = (model(test_x).argmax(1) == test_y).double().mean()
    mcuexport.save(
        model,
        test_x[:2],
        path,
        name="own_layers",
        input_scale=data.scale,
        labels=data.labels,
        recipe={"data": {"name": "digits"}},  # where `mcuexport verify` and `eval` find test samples
    )
    print(f"{path}: {100 * accuracy:.2f} % of {len(test_x)} test samples")


if __name__ == "__main__":
    main(*(sys.argv[1:] or ["own_layers.pt"]))
