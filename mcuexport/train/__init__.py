"""Quantization-aware training: the only part of the package that needs torch, besides the checkpoint reader."""

from .data import DATASETS, Dataset
from .layers import QuantConv1d, QuantConv2d, QuantLinear
from .loop import Trained, train
from .metrics import EpochMetrics, LayerMetrics, tensorboard
from .models import LAYERS, layer_config, mlp
from .recipe import Recipe, load_recipe, shipped_recipes, with_settings

__all__ = [
    "DATASETS",
    "LAYERS",
    "Dataset",
    "EpochMetrics",
    "LayerMetrics",
    "QuantConv1d",
    "QuantConv2d",
    "QuantLinear",
    "Recipe",
    "Trained",
    "layer_config",
    "load_recipe",
    "mlp",
    "shipped_recipes",
    "tensorboard",
    "train",
    "with_settings",
]
