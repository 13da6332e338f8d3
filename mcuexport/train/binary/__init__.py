"""Networks of one bit: estimators of the sign's gradient, mappings of weights, layers, and methods by name."""

from .estimators import ESTIMATORS, Estimator, sign
from .layers import BinarizeConv2d, BinarizeLinear, SignActivation, Thermometer, UnitActivation
from .methods import METHODS, Method, method
from .weights import WeightMapping

__all__ = [
    "ESTIMATORS",
    "METHODS",
    "BinarizeConv2d",
    "BinarizeLinear",
    "Estimator",
    "Method",
    "SignActivation",
    "Thermometer",
    "UnitActivation",
    "WeightMapping",
    "method",
    "sign",
]
