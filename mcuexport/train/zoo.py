"""Convolutional networks people know by name, written with quantized layers.

Each function takes the number of classes (or outputs), the weight formats, and the shape of one input as
torch has it; it returns a module whose `forward` traces, or raises RecipeError for a shape that does not
fit.  `ZOO` has the usual shapes.
"""

from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from torch import Tensor, nn

from ..errors import RecipeError
from .activations import QuantActivation
from .joints import Add
from .layers import QuantConv1d, QuantLinear
from .residual import residual_mlp
from .zoo_blocks import Formats, Shape, conv_block, global_average, input_axes, last_layer, smaller


def cnn(
    classes: int,
    formats: Formats,
    channels: Sequence[int] = (16, 32, 32),
    pool_after: Sequence[int] = (1, 3),
    activation: str = "relu",
    shape: Shape = (1, 16, 16),
) -> nn.Sequential:
    """3x3 convolutions without padding, 2x2 max pools after some (counted from 1), one dense layer."""
    layers: OrderedDict[str, nn.Module] = OrderedDict()
    inputs, *axes = input_axes("cnn", shape, 3)
    size = axes[0], axes[1]
    for number, outputs in enumerate(channels, start=1):
        fmt = formats.first if number == 1 else formats.middle
        layers[f"conv{number}"] = conv_block((inputs, outputs), 3, formats, fmt, function=activation)
        inputs, size = outputs, smaller("cnn", f"conv{number}", size)
        if number in pool_after:
            layers[f"pool{number}"] = nn.MaxPool2d(2)
            size = smaller("cnn", f"pool{number}", size)
    layers["flatten"] = nn.Flatten()
    layers["fc"] = last_layer(inputs * size[0] * size[1], classes, formats)
    return nn.Sequential(layers)


def depthwise_cnn(
    classes: int,
    formats: Formats,
    width: int = 64,
    hidden: Sequence[int] = (96, 64),
    shape: Shape = (1, 16, 16),
) -> nn.Sequential:
    """BitNetMCU's network for 16x16 images: one full and two depthwise convolutions, then three dense layers."""
    if len(hidden) != 2:
        raise RecipeError(f"depthwise-cnn takes the sizes of two hidden layers, got {len(hidden)}")
    inputs, *axes = input_axes("depthwise-cnn", shape, 3)
    size, channels = (axes[0], axes[1]), width
    for place in ("conv1", "conv2", "pool2", "conv3", "pool3"):
        size = smaller("depthwise-cnn", place, size)
    dense_formats = (formats.middle, formats.last)
    layers: OrderedDict[str, nn.Module] = OrderedDict(
        conv1=conv_block((inputs, channels), 3, formats, formats.first),
        conv2=conv_block((channels, channels), 3, formats, formats.first, groups=channels),
        pool2=nn.MaxPool2d(2),
        conv3=conv_block((channels, channels), 3, formats, formats.first, groups=channels),
        pool3=nn.MaxPool2d(2),
        flatten=nn.Flatten(),
    )
    inputs = size[0] * size[1] * channels
    for number, (outputs, fmt) in enumerate(zip(hidden, dense_formats, strict=True), start=1):
        layers[f"fc{number}"] = QuantLinear(inputs, outputs, fmt, per_output=formats.per_output, clip=formats.clip)
        layers[f"norm{number}"] = nn.BatchNorm1d(outputs)
        layers[f"act{number}"] = QuantActivation()
        inputs = outputs
    layers["fc3"] = last_layer(inputs, classes, formats)
    return nn.Sequential(layers)


def separable_cnn(
    classes: int,
    formats: Formats,
    channels: Sequence[int] = (16, 32, 64),
    pool_after: Sequence[int] = (1,),
    activation: str = "relu",
    shape: Shape = (1, 16, 16),
) -> nn.Sequential:
    """Most accuracy for few weights: two full 3x3 convolutions, then depthwise-pointwise pairs, none padded.

    2x2 max pools after some (counted from 1; a pair counts once).  What is left of the map is weighed channel by
    channel (a depthwise convolution of its size), then comes the one dense layer.
    """
    layers: OrderedDict[str, nn.Module] = OrderedDict()
    inputs, *axes = input_axes("separable-cnn", shape, 3)
    size = axes[0], axes[1]
    for number, outputs in enumerate(channels, start=1):
        fmt = formats.first if number == 1 else formats.middle
        if number <= 2:
            layers[f"conv{number}"] = conv_block((inputs, outputs), 3, formats, fmt, function=activation)
        else:
            layers[f"depthwise{number}"] = conv_block(
                (inputs, inputs), 3, formats, fmt, groups=inputs, function=activation
            )
            layers[f"pointwise{number}"] = conv_block((inputs, outputs), 1, formats, fmt, function=activation)
        inputs, size = outputs, smaller("separable-cnn", f"conv{number}", size)
        if number in pool_after:
            layers[f"pool{number}"] = nn.MaxPool2d(2)
            size = smaller("separable-cnn", f"pool{number}", size)
    layers["whole"] = conv_block((inputs, inputs), size, formats, formats.middle, groups=inputs, function=activation)
    layers["flatten"] = nn.Flatten()
    layers["fc"] = last_layer(inputs, classes, formats)
    return nn.Sequential(layers)


def mobilenet_v1(classes: int, formats: Formats, width: float = 0.25, shape: Shape = (3, 96, 96)) -> nn.Sequential:
    """MobileNetV1 (Howard et al. 2017) for 96x96x3: a strided convolution, 13 depthwise-pointwise pairs, average."""
    outputs_strides = [(64, 1), (128, 2), (128, 1), (256, 2), (256, 1), (512, 2), *[(512, 1)] * 5, (1024, 2), (1024, 1)]
    inputs = int(32 * width)
    colours, _, _ = input_axes("mobilenet-v1", shape, 3)
    layers: OrderedDict[str, nn.Module] = OrderedDict(
        conv=conv_block((colours, inputs), 3, formats, formats.first, 2, 1)
    )
    for number, (full, stride) in enumerate(outputs_strides, start=1):
        outputs = int(full * width)
        layers[f"depthwise{number}"] = conv_block(
            (inputs, inputs), 3, formats, formats.middle, stride, 1, groups=inputs
        )
        layers[f"pointwise{number}"] = conv_block((inputs, outputs), 1, formats, formats.middle)
        inputs = outputs
    layers["average"] = global_average()
    layers["fc"] = last_layer(inputs, classes, formats)
    return nn.Sequential(layers)


def ds_cnn(
    classes: int, formats: Formats, width: int = 64, pairs: int = 4, shape: Shape = (1, 49, 10)
) -> nn.Sequential:
    """DS-CNN (Zhang et al. 2017) for keyword spotting, 49x10x1 spectrograms."""
    inputs, height, columns = input_axes("ds-cnn", shape, 3)
    if columns < 2:
        raise RecipeError(f"ds-cnn: needs maps at least 2 wide, got {height}x{columns}")
    channels = width
    layers: OrderedDict[str, nn.Module] = OrderedDict(
        conv=conv_block((inputs, channels), (10, 4), formats, formats.first, (2, 2), (5, 1))
    )
    for number in range(1, pairs + 1):
        layers[f"depthwise{number}"] = conv_block(
            (channels, channels), 3, formats, formats.middle, 1, 1, groups=channels
        )
        layers[f"pointwise{number}"] = conv_block((channels, channels), 1, formats, formats.middle)
    layers["average"] = global_average()
    layers["fc"] = last_layer(channels, classes, formats)
    return nn.Sequential(layers)


class ResidualBlock(nn.Module):
    """``relu(f(x) + shortcut(x))`` with two 3x3 convolutions in f; the shortcut is 1x1 where the shape changes."""

    def __init__(self, inputs: int, outputs: int, stride: int, formats: Formats) -> None:
        super().__init__()
        middle = formats.middle
        self.conv1 = conv_block((inputs, outputs), 3, formats, middle, stride, 1)
        self.conv2 = conv_block((outputs, outputs), 3, formats, middle, 1, 1, function="identity")
        same = inputs == outputs and stride == 1
        self.shortcut = (
            nn.Identity() if same else conv_block((inputs, outputs), 1, formats, middle, stride, function="identity")
        )
        self.add, self.act = Add(), QuantActivation()

    def forward(self, x: Tensor) -> Tensor:
        result: Tensor = self.act(self.add(self.conv2(self.conv1(x)), self.shortcut(x)))
        return result


def resnet8(
    classes: int, formats: Formats, channels: Sequence[int] = (16, 32, 64), shape: Shape = (3, 32, 32)
) -> nn.Sequential:
    """ResNet-8 of MLPerf Tiny for 32x32x3: three residual blocks, the last two halving the map."""
    colours, _, _ = input_axes("resnet8", shape, 3)
    if len(channels) != 3:
        raise RecipeError(f"resnet8 takes the channels of three blocks, got {len(channels)}")
    first, second, third = channels
    return nn.Sequential(
        OrderedDict(
            conv=conv_block((colours, first), 3, formats, formats.first, 1, 1),
            block1=ResidualBlock(first, first, 1, formats),
            block2=ResidualBlock(first, second, 2, formats),
            block3=ResidualBlock(second, third, 2, formats),
            average=global_average(),
            fc=last_layer(third, classes, formats),
        )
    )


def autoencoder(
    outputs: int, formats: Formats, width: int = 128, code: int = 8, shape: Shape = (640,)
) -> nn.Sequential:
    """The dense autoencoder of MLPerf Tiny's anomaly detection: 640-128-128-128-128-8-128-128-128-128-640."""
    (features,) = input_axes("autoencoder", shape, 1)
    if outputs != features:
        raise RecipeError(f"autoencoder gives back its {features} inputs, {outputs} outputs are asked for")
    hidden = width
    sizes = [outputs, *[hidden] * 4, code, *[hidden] * 4]
    layers: OrderedDict[str, nn.Module] = OrderedDict()
    for number, (fan_in, fan_out) in enumerate(pairwise(sizes), start=1):
        fmt = formats.first if number == 1 else formats.middle
        layers[f"fc{number}"] = QuantLinear(fan_in, fan_out, fmt, per_output=formats.per_output, clip=formats.clip)
        layers[f"norm{number}"] = nn.BatchNorm1d(fan_out)
        layers[f"act{number}"] = QuantActivation()
    layers[f"fc{len(sizes)}"] = last_layer(hidden, outputs, formats)
    return nn.Sequential(layers)


def cnn1d(
    classes: int, formats: Formats, channels: Sequence[int] = (16, 24, 32), shape: Shape = (3, 128)
) -> nn.Sequential:
    """A signal network, for 128 samples of a three-axis accelerometer: strided convolutions and an average."""
    layers: OrderedDict[str, nn.Module] = OrderedDict()
    inputs, _ = input_axes("cnn1d", shape, 2)
    for number, outputs in enumerate(channels, start=1):
        layers[f"conv{number}"] = QuantConv1d(
            inputs,
            outputs,
            5,
            2,
            2,
            format=formats.first if number == 1 else formats.middle,
            per_output=formats.per_output,
            clip=formats.clip,
        )
        layers[f"norm{number}"] = nn.BatchNorm1d(outputs)
        layers[f"act{number}"] = QuantActivation()
        inputs = outputs
    layers["average"] = nn.Sequential(nn.AdaptiveAvgPool1d(1), QuantActivation("identity"), nn.Flatten())
    layers["fc"] = last_layer(inputs, classes, formats)
    return nn.Sequential(layers)


@dataclass(frozen=True)
class ZooMember:
    """build: (outputs, formats, shape=..) -> module.  shape: the usual one of an input; outputs: the usual number."""

    build: Callable[..., nn.Module]
    shape: tuple[int, ...]
    outputs: int


ZOO: dict[str, ZooMember] = {
    "residual-mlp": ZooMember(residual_mlp, (1, 16, 16), 10),
    "cnn": ZooMember(cnn, (1, 16, 16), 10),
    "depthwise-cnn": ZooMember(depthwise_cnn, (1, 16, 16), 10),
    "separable-cnn": ZooMember(separable_cnn, (1, 16, 16), 10),
    "mobilenet-v1": ZooMember(mobilenet_v1, (3, 96, 96), 2),
    "ds-cnn": ZooMember(ds_cnn, (1, 49, 10), 12),
    "resnet8": ZooMember(resnet8, (3, 32, 32), 10),
    "autoencoder": ZooMember(autoencoder, (640,), 640),
    "cnn1d": ZooMember(cnn1d, (3, 128), 6),
}
