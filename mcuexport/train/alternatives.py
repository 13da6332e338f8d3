"""What to write instead of an operation or a layer that has no integer form here."""

from torch import nn

from .activations import FUNCTIONS
from .models import LAYERS

_POOL = "nn.MaxPool2d, nn.AvgPool2d or nn.AdaptiveAvgPool2d(1) as a layer of the module"
_ACTIVATION = "{layer} as a layer of the module, so that its 8-bit scale has a place"
_QUANTIZE = "mcuexport.train.quantize_(model) first, or {layer}"
_SHAPE = "nn.Flatten() or torch.flatten(x, 1) before a linear layer; maps keep their axes"
_LOSS = "the outputs before it, the largest stays the largest; in training it belongs to the loss (nn.CrossEntropyLoss)"
_NORM = "nn.BatchNorm1d or nn.BatchNorm2d behind the convolution or linear layer: it costs the device nothing"
_RECURRENT = "nn.Conv1d over the last samples; a network with a state has no form here"
_PRODUCT = (
    "mcuexport.train.Scale() for a learned factor, the weights before it for a constant one; "
    "branches meet by + or torch.cat"
)
_PART = "one convolution or linear layer for each part"
_FUNCTION = f"mcuexport.train.QuantActivation(function) with one of {', '.join(FUNCTIONS)}"

_FUNCTIONS = {
    "Relu": "nn.ReLU()",
    "Relu6": "nn.ReLU6()",
    "LeakyRelu": "nn.LeakyReLU(2**-3)",
    "Prelu": "nn.PReLU()",
    "Gelu": "nn.GELU()",
    "Silu": "nn.SiLU()",
    "Elu": "nn.ELU()",
    "Hardswish": "nn.Hardswish()",
    "Hardtanh": "nn.Hardtanh()",
    "Tanh": "nn.Tanh()",
    "Sigmoid": "nn.Sigmoid()",
    "Clamp": "nn.Hardtanh(minimum, maximum)",
    "Clip": "nn.Hardtanh(minimum, maximum)",
}
_MODULES: dict[type[nn.Module], str] = {
    nn.Linear: "QuantLinear",
    nn.Conv1d: "QuantConv1d",
    nn.Conv2d: "QuantConv2d",
    **dict.fromkeys(
        (nn.ReLU, nn.ReLU6, nn.LeakyReLU, nn.Hardswish, nn.GELU, nn.SiLU, nn.ELU, nn.Tanh, nn.Sigmoid),
        "QuantActivation",
    ),
    nn.PReLU: "QuantPReLU",
    nn.Hardtanh: "QuantClamp",
}
ALTERNATIVES: dict[str, str] = {
    **{_name.lower(): _ACTIVATION.format(layer=layer) for _name, layer in _FUNCTIONS.items()},
    "leaky_relu": _ACTIVATION.format(layer="nn.LeakyReLU(2**-3)"),
    **{layer.__name__: _QUANTIZE.format(layer=quantized) for layer, quantized in _MODULES.items()},
    **dict.fromkeys(("mul", "truediv", "div", "matmul", "bmm", "einsum", "mm", "dot"), _PRODUCT),
    **dict.fromkeys(("sub", "rsub", "neg"), "mcuexport.train.Scale(-1.0) on the branch to be subtracted, then +"),
    **dict.fromkeys(("add", "sum_of"), "x + y with two branches of one shape; a constant is the bias of a layer"),
    **dict.fromkeys(("view", "reshape", "unflatten", "squeeze", "unsqueeze", "permute", "transpose"), _SHAPE),
    "flatten": "torch.flatten(x, 1): the first axis is the samples'",
    **dict.fromkeys(("cat", "concat", "concatenate", "stack"), "torch.cat(.., 1): the channels side by side"),
    **dict.fromkeys(("mean", "sum", "adaptive_avg_pool2d"), "nn.AdaptiveAvgPool2d(1) as a layer, then nn.Flatten()"),
    **dict.fromkeys(("amax", "max", "AdaptiveMaxPool2d", "AdaptiveMaxPool1d"), "nn.MaxPool2d of the map's size"),
    **dict.fromkeys(("max_pool2d", "avg_pool2d", "max_pool1d", "avg_pool1d", "adaptive_avg_pool1d"), _POOL),
    **dict.fromkeys(("dropout", "dropout2d"), "nn.Dropout() as a layer: model.eval() then switches it off"),
    **dict.fromkeys(("conv1d", "conv2d", "linear"), "nn.Conv1d, nn.Conv2d or nn.Linear as a layer of the module"),
    **dict.fromkeys(("softmax", "log_softmax", "Softmax", "LogSoftmax", "Softmax2d"), _LOSS),
    **dict.fromkeys(("LayerNorm", "GroupNorm", "InstanceNorm1d", "InstanceNorm2d", "RMSNorm"), _NORM),
    **dict.fromkeys(("batch_norm", "layer_norm", "group_norm"), _NORM),
    **dict.fromkeys(("LSTM", "GRU", "RNN", "LSTMCell", "GRUCell", "RNNCell"), _RECURRENT),
    **dict.fromkeys(("getitem", "chunk", "split"), _PART),
    **dict.fromkeys(("Mish", "Softplus", "CELU", "SELU", "Softsign", "LogSigmoid", "Hardsigmoid"), _FUNCTION),
    **dict.fromkeys(("mish", "softplus", "hardsigmoid", "exp", "pow", "square", "sqrt", "abs"), _FUNCTION),
    **dict.fromkeys(("Conv3d", "ConvTranspose1d", "ConvTranspose2d"), "nn.Conv1d or nn.Conv2d"),
    **dict.fromkeys(("Upsample", "interpolate"), "a convolution of stride 1: maps do not grow here"),
    "MultiheadAttention": "convolutions: products of two activations have no integer form",
}


def alternative(called: str) -> str:
    """What to use instead of a function, method or layer of that name; in-place forms count as the plain ones."""
    plain = called.strip("_")
    for name in (called, plain, plain.removeprefix("i")):
        if name in ALTERNATIVES:
            return f"use {ALTERNATIVES[name]}"
    return f"layers that have: {', '.join((*LAYERS, 'a + b', 'torch.cat(.., 1)', 'torch.flatten(x, 1)'))}"
