"""Networks of binary weights, and mostly binary activations, that people know by name.

Between layers lies what the method's activation gives: one bit, as a rule.  In residual networks the stream that
the branches add to is int8, a hard tanh, and only what a convolution reads of it is one bit.  The first and the
last layer have formats of their own; `binary` there means the method's.
"""

from collections import OrderedDict
from collections.abc import Sequence
from itertools import pairwise
from math import prod

from torch import Tensor, nn

from ..errors import RecipeError
from .activations import QuantActivation
from .binary import Method, Thermometer
from .joints import Add
from .layers import QuantConv2d, QuantLinear
from .zoo import ZooMember
from .zoo_blocks import Formats, Shape, global_average, input_axes

DOWN = 2  # the step of pools and of stages


def binary_mlp(
    classes: int,
    formats: Formats,
    method: Method,
    hidden: Sequence[int] = (300, 100),
    thermometer: int = 0,
    shape: Shape = (1, 28, 28),
) -> nn.Sequential:
    """Dense layers with batch norm and the method's activation between them, and a batch norm on the outputs.

    thermometer: 1 makes each input one bit, at 1/2.
    """
    inputs = prod(shape)
    sizes = [inputs, *hidden, classes]
    layers: OrderedDict[str, nn.Module] = OrderedDict(flatten=nn.Flatten())
    if thermometer:
        layers["bits"] = Thermometer(inputs, thermometer)
        sizes[0] *= thermometer
    for number, (fan_in, fan_out) in enumerate(pairwise(sizes), start=1):
        first, last = number == 1, number == len(sizes) - 1
        fmt = formats.first if first else formats.last if last else "binary"
        if first and thermometer:
            layers["fc1"] = method.linear(fan_in, fan_out, "sign")
        elif fmt == "binary":
            layers[f"fc{number}"] = method.linear(fan_in, fan_out, "int8" if first else None)
        else:
            layers[f"fc{number}"] = QuantLinear(fan_in, fan_out, fmt, clip=formats.clip)
        layers[f"norm{number}"] = nn.BatchNorm1d(fan_out)
        if not last:
            layers[f"act{number}"] = method.activation()
    return nn.Sequential(layers)


def vgg_small(
    classes: int,
    formats: Formats,
    method: Method,
    channels: Sequence[int] = (128, 128, 256, 256, 512, 512),
    pool_after: Sequence[int] = (2, 4, 6),
    dense: Sequence[int] = (),
    separable: bool = False,
    thermometer: int = 0,
    shape: Shape = (3, 32, 32),
) -> nn.Sequential:
    """3x3 convolutions; convolution, batch norm, pool after some (counted from 1), activation; a dense layer.

    Source: the VGG-small of Zhang et al. 2018 (LQ-Nets), as in IR-Net.
    """
    layers: OrderedDict[str, nn.Module] = OrderedDict()
    inputs, height, width = input_axes("vgg-small", shape, 3)
    for number, outputs in enumerate(channels, start=1):
        if number == 1:
            layers["conv1"] = _first(inputs, outputs, formats, method, thermometer)
        else:
            layers[f"conv{number}"] = _convolution(inputs, outputs, 1, method, separable)
        layers[f"norm{number}"] = nn.BatchNorm2d(outputs)
        if number in pool_after:
            layers[f"pool{number}"] = nn.MaxPool2d(DOWN)
            height, width = height // DOWN, width // DOWN
            if not height or not width:
                raise RecipeError(
                    f"vgg-small: pool{number} leaves nothing of the map; use larger inputs or fewer pools"
                )
        is_last = number == len(channels) and not dense
        layers[f"act{number}"] = _before_last(formats, method) if is_last else method.activation()
        inputs = outputs
    layers["flatten"] = nn.Flatten()
    inputs *= height * width
    for number, outputs in enumerate(dense, start=1):
        layers[f"fc{number}"] = method.linear(inputs, outputs)
        layers[f"norm_fc{number}"] = nn.BatchNorm1d(outputs)
        is_last = number == len(dense)
        layers[f"act_fc{number}"] = _before_last(formats, method) if is_last else method.activation()
        inputs = outputs
    layers["fc"] = _last(inputs, classes, formats, method)
    return nn.Sequential(layers)


def alexnet(
    classes: int,
    formats: Formats,
    method: Method,
    channels: Sequence[int] = (64, 192, 384, 256, 256),
    pool_after: Sequence[int] = (1, 2, 5),
    dense: Sequence[int] = (1024, 1024),
    separable: bool = False,
    thermometer: int = 0,
    shape: Shape = (3, 32, 32),
) -> nn.Sequential:
    """AlexNet (Krizhevsky et al. 2012) in the form for CIFAR: its five widths, 3x3 kernels, two hidden dense layers."""
    return vgg_small(classes, formats, method, channels, pool_after, dense, separable, thermometer, shape)


class BinaryBlock(nn.Module):
    """``hardtanh(norm(conv(sign(x))) + shortcut(x))``: a convolution of one bit in an int8 stream.

    Every convolution has its own shortcut, 1x1 in 8 bits where the shape changes.
    Source: Liu et al. 2018, "Bi-Real Net"; IR-Net's best ResNet-20 has it too.
    """

    def __init__(self, inputs: int, outputs: int, stride: int, formats: Formats, method: Method, separable: bool):
        super().__init__()
        self.sign = nn.Identity() if method.inputs == "int8" else method.activation()
        self.conv = _convolution(inputs, outputs, stride, method, separable)
        self.norm, self.act = nn.BatchNorm2d(outputs), QuantActivation("identity")
        same = inputs == outputs and stride == 1
        self.shortcut = nn.Identity() if same else _shortcut(inputs, outputs, stride, formats)
        self.add, self.out = Add(), QuantActivation("hardtanh")

    def forward(self, x: Tensor) -> Tensor:
        branch = self.act(self.norm(self.conv(self.sign(x))))
        result: Tensor = self.out(self.add(branch, self.shortcut(x)))
        return result


def resnet(
    classes: int,
    formats: Formats,
    method: Method,
    channels: Sequence[int],
    blocks: int,
    separable: bool,
    thermometer: int,
    shape: Shape,
) -> nn.Sequential:
    """A 3x3 convolution, stages of `blocks` pairs of `BinaryBlock`, each but the first halving the map; average."""
    inputs, _, _ = input_axes("resnet", shape, 3)
    stem = OrderedDict(
        conv=_first(inputs, channels[0], formats, method, thermometer),
        norm=nn.BatchNorm2d(channels[0]),
        act=QuantActivation("hardtanh"),
    )
    layers: OrderedDict[str, nn.Module] = OrderedDict(stem=nn.Sequential(stem))
    inputs = channels[0]
    for stage, outputs in enumerate(channels, start=1):
        for number in range(1, 2 * blocks + 1):
            stride = DOWN if number == 1 and stage > 1 else 1
            layers[f"stage{stage}_{number}"] = BinaryBlock(inputs, outputs, stride, formats, method, separable)
            inputs = outputs
    layers["average"] = global_average()
    if formats.last == "binary":
        layers["act"] = method.activation()
    layers["fc"] = _last(inputs, classes, formats, method)
    return nn.Sequential(layers)


def resnet20(
    classes: int,
    formats: Formats,
    method: Method,
    channels: Sequence[int] = (16, 32, 64),
    separable: bool = False,
    thermometer: int = 0,
    shape: Shape = (3, 32, 32),
) -> nn.Sequential:
    """ResNet-20 (He et al. 2015, for CIFAR): three stages of three pairs."""
    return resnet(classes, formats, method, channels, 3, separable, thermometer, shape)


def resnet18(
    classes: int,
    formats: Formats,
    method: Method,
    channels: Sequence[int] = (64, 128, 256, 512),
    separable: bool = False,
    thermometer: int = 0,
    shape: Shape = (3, 32, 32),
) -> nn.Sequential:
    """ResNet-18 (He et al. 2015) with the stem for small images: four stages of two pairs."""
    return resnet(classes, formats, method, channels, 2, separable, thermometer, shape)


def _first(inputs: int, outputs: int, formats: Formats, method: Method, thermometer: int) -> nn.Module:
    """On the 8-bit image; with a thermometer on bits made of it."""
    if thermometer:
        conv = method.convolution(inputs * thermometer, outputs, 3, 1, 1, "sign")
        return nn.Sequential(OrderedDict(bits=Thermometer(inputs, thermometer), conv=conv))
    if formats.first == "binary":
        return method.convolution(inputs, outputs, 3, 1, 1, "int8")
    return QuantConv2d(inputs, outputs, 3, 1, 1, format=formats.first, per_output=True, clip=formats.clip)


def _convolution(inputs: int, outputs: int, stride: int, method: Method, separable: bool) -> nn.Module:
    """3x3, or 3x1 and 1x3 with a batch norm and an activation between them: two thirds of the weights."""
    if not separable:
        return method.convolution(inputs, outputs, 3, stride, 1)
    return nn.Sequential(
        OrderedDict(
            high=method.convolution(inputs, outputs, (3, 1), (stride, 1), (1, 0)),
            norm=nn.BatchNorm2d(outputs),
            act=method.activation(),
            wide=method.convolution(outputs, outputs, (1, 3), (1, stride), (0, 1)),
        )
    )


def _shortcut(inputs: int, outputs: int, stride: int, formats: Formats) -> nn.Sequential:
    conv = QuantConv2d(inputs, outputs, 1, stride, format="int8", per_output=True, clip=formats.clip)
    return nn.Sequential(OrderedDict(conv=conv, norm=nn.BatchNorm2d(outputs), act=QuantActivation("identity")))


def _before_last(formats: Formats, method: Method) -> nn.Module:
    """What the last layer reads: bits if it is binary, else 8 bits."""
    return method.activation() if formats.last == "binary" else QuantActivation("hardtanh")


def _last(inputs: int, outputs: int, formats: Formats, method: Method) -> nn.Module:
    if formats.last == "binary":
        norm = nn.BatchNorm1d(outputs)
        return nn.Sequential(OrderedDict(fc=method.linear(inputs, outputs), norm=norm))
    return QuantLinear(inputs, outputs, formats.last, bias=True, clip=formats.clip)


BINARY_ZOO: dict[str, ZooMember] = {
    "binary-mlp": ZooMember(binary_mlp, (1, 28, 28), 10),
    "vgg-small": ZooMember(vgg_small, (3, 32, 32), 10),
    "alexnet": ZooMember(alexnet, (3, 32, 32), 10),
    "resnet20": ZooMember(resnet20, (3, 32, 32), 10),
    "resnet18": ZooMember(resnet18, (3, 32, 32), 10),
}
"""Their builders take a `Method` besides; 8-bit first and last layers are usual."""
