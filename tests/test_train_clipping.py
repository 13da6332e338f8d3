"""Clip rules: their fixed points, and that no other scale does better."""

import pytest
import torch

from mcuexport.errors import RecipeError
from mcuexport.pack import FORMATS, WeightFormat
from mcuexport.train.clipping import CLIP_RULES, USUAL_CLIP, mse, octav, outer_edge, proportional, unit
from mcuexport.train.layers import QuantLinear
from mcuexport.train.quantizers import nearest_levels, sorted_levels

WEIGHTS = torch.randn(2, 3000, generator=torch.Generator().manual_seed(1), dtype=torch.float64) * 0.05


def squared_error(weights: torch.Tensor, scale: torch.Tensor, fmt: WeightFormat) -> torch.Tensor:
    quantized = nearest_levels(weights, scale, sorted_levels(fmt)) * scale
    return (weights - quantized).square().sum(dim=1, keepdim=True)


@pytest.mark.parametrize("fmt", FORMATS.values(), ids=lambda fmt: fmt.name)
def test_octav_ends_at_the_fixed_point_of_its_equation(fmt: WeightFormat) -> None:
    clip = octav(WEIGHTS, fmt) * outer_edge(fmt)
    outside = WEIGHTS.abs() > clip
    rounding = 4.0**-fmt.capacity_bits / 3
    above = (WEIGHTS.abs() * outside).sum(dim=1, keepdim=True)
    below = rounding * (~outside).sum(dim=1, keepdim=True) + outside.sum(dim=1, keepdim=True)
    torch.testing.assert_close(clip, above / below, rtol=1e-2, atol=0)


@pytest.mark.parametrize("fmt", FORMATS.values(), ids=lambda fmt: fmt.name)
def test_mse_is_hardly_beaten_by_any_scale_of_a_fine_grid(fmt: WeightFormat) -> None:
    found = squared_error(WEIGHTS, mse(WEIGHTS, fmt), fmt)
    grid = torch.logspace(-1.5, 1, 400, dtype=torch.float64) * 0.05 * 2 / outer_edge(fmt)
    best = torch.stack([squared_error(WEIGHTS, scale.reshape(1, 1), fmt) for scale in grid]).amin(dim=0)
    assert (found <= best * 1.05).all()


@pytest.mark.parametrize("fmt", FORMATS.values(), ids=lambda fmt: fmt.name)
def test_proportional_is_near_the_best_for_gaussian_weights(fmt: WeightFormat) -> None:
    found = squared_error(WEIGHTS, proportional(WEIGHTS, fmt), fmt)
    assert (found <= squared_error(WEIGHTS, mse(WEIGHTS, fmt), fmt) * 1.3).all()


@pytest.mark.parametrize("fmt", FORMATS.values(), ids=lambda fmt: fmt.name)
def test_the_usual_scale_moves_by_no_larger_share_than_the_weights(fmt: WeightFormat) -> None:
    step = 0.01 * WEIGHTS.std() * torch.randn(WEIGHTS.shape, generator=torch.Generator().manual_seed(2))
    before, after = (CLIP_RULES[USUAL_CLIP](weights, fmt) for weights in (WEIGHTS, WEIGHTS + step))
    share = step.norm(dim=1, keepdim=True) / WEIGHTS.norm(dim=1, keepdim=True)
    assert ((after / before - 1).abs() <= share).all()


@pytest.mark.parametrize("rule", [name for name in CLIP_RULES if name != "unit"])
def test_a_scale_follows_the_weights_only_when_it_is_updated(rule: str) -> None:
    layer = QuantLinear(64, 8, "sym4", per_output=True, clip=rule)
    before = layer.scale.clone()
    with torch.no_grad():
        layer.weight.mul_(2)
    assert torch.equal(layer.scale, before)
    layer.update_scale()
    torch.testing.assert_close(layer.scale, before * 2)


@pytest.mark.parametrize("fmt", FORMATS.values(), ids=lambda fmt: fmt.name)
def test_unit_brings_the_largest_level_between_a_half_and_one(fmt: WeightFormat) -> None:
    scales = unit(WEIGHTS, fmt)
    assert scales.shape == (2, 1)
    assert 0.5 < float(scales[0]) * fmt.max_level <= 1
    assert torch.equal(torch.frexp(scales).mantissa, torch.full((2, 1), 0.5, dtype=torch.float64))


def test_a_layer_of_zeros_keeps_a_positive_scale() -> None:
    layer = QuantLinear(4, 2, "int4")
    with torch.no_grad():
        layer.weight.zero_()
    for rule in CLIP_RULES:
        layer.quantizer.clip = rule
        layer.update_scale()
        assert layer.scale.item() == (2.0**-3 if rule == "unit" else 2.0**-24)


def test_power_of_two_scales_are_powers_of_two() -> None:
    layer = QuantLinear(64, 8, "sym4", per_output=True, power_of_two=True)
    assert torch.equal(layer.scale, torch.exp2(torch.log2(layer.scale).round()))


def test_an_unknown_clip_rule_is_refused_by_name() -> None:
    with pytest.raises(RecipeError) as error:
        QuantLinear(4, 2, clip="best")
    assert str(error.value) == "unknown clip rule 'best' (rules: octav, proportional, mse, unit)"
