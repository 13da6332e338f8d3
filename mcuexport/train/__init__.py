"""Quantization-aware training: the only part of the package that needs torch, besides the checkpoint reader."""

from .activations import QuantActivation
from .clamp import QuantClamp
from .data import DATASETS, Dataset
from .joints import Add, Concat, Scale
from .layers import QuantConv1d, QuantConv2d, QuantLinear
from .loop import Trained, train
from .merging import merge_conv_bn, rebn
from .metrics import EpochMetrics, LayerMetrics, tensorboard
from .models import LAYERS, layer_config, mlp
from .norms import DynamicShift
from .prelu import QuantPReLU
from .ptq import post_training_quantize, sensitivity
from .quantize import Quantization, Rule, quantize_
from .recipe import Recipe
from .recipe_files import load_recipe, shipped_recipes, with_settings
from .saturation import SaturationPenalty, desaturate, saturation
from .sparse import SparseReLU
from .stages import train_for_bitstream
from .zoo import ZOO
from .zoo_blocks import Formats

__all__ = [
    "DATASETS",
    "LAYERS",
    "ZOO",
    "Add",
    "Concat",
    "Dataset",
    "DynamicShift",
    "EpochMetrics",
    "Formats",
    "LayerMetrics",
    "QuantActivation",
    "QuantClamp",
    "QuantConv1d",
    "QuantConv2d",
    "QuantLinear",
    "QuantPReLU",
    "Quantization",
    "Recipe",
    "Rule",
    "SaturationPenalty",
    "Scale",
    "SparseReLU",
    "Trained",
    "desaturate",
    "layer_config",
    "load_recipe",
    "merge_conv_bn",
    "mlp",
    "post_training_quantize",
    "quantize_",
    "rebn",
    "saturation",
    "sensitivity",
    "shipped_recipes",
    "tensorboard",
    "train",
    "train_for_bitstream",
    "with_settings",
]
