"""Bits that are learned, and activations of which only the largest stay."""

from pathlib import Path

import numpy as np
import pytest
import torch
from exact import assert_exact, make_dyadic
from torch import nn
from tricks import CNN, DIGITS, MLP, begun, integers, quant_layers, recipe

from mcuexport.errors import RecipeError
from mcuexport.train import QuantLinear, SparseReLU, train
from mcuexport.train.batches import real_values
from mcuexport.train.tricks.compress import LearnedBits, learned_bits, nearest_format


def test_learned_bits_round_as_the_papers_equation() -> None:
    layer = QuantLinear(4, 2, "sym4")
    quantizer = LearnedBits(layer.quantizer, layer.weight, by_channel=True)
    quantizer.bits.data = torch.tensor([[3.0], [0.0]])
    quantizer.exponent.data = torch.tensor([[-2.0], [-2.0]])
    weight = torch.tensor([[-9.0, 0.3, 0.4, 9.0], [-9.0, 0.3, 0.4, 9.0]], requires_grad=True)
    found = quantizer(weight)
    assert found.tolist() == [[-1.0, 0.25, 0.5, 0.75], [0.0, 0.0, 0.0, 0.0]]
    found[0].sum().backward()
    assert weight.grad is not None
    assert weight.grad[0].tolist() == [0.0, 1.0, 1.0, 0.0]
    # d/db of -2^(b-1) and 2^(b-1) - 1, times the step: they cancel where both bounds are met once.
    assert quantizer.bits.grad is not None
    assert quantizer.bits.grad[0].item() == pytest.approx(0.0)


def test_the_penalty_is_the_mean_bits_of_a_weight() -> None:
    model, trick = begun(recipe({"compress": {"penalty": 0.5, "by": "channel"}}))
    layers = [layer for layer in model.modules() if isinstance(layer, QuantLinear)]
    total = 0.0
    for number, layer in enumerate(layers):
        assert learned_bits(layer).shape == (len(layer.weight), 1)
        layer.quantizer.bits.data.fill_(number)  # type: ignore[union-attr,operator]
        layer.quantizer.bits.data[0] = -3.0  # type: ignore[union-attr,index]
        total += number * (layer.weight.numel() - layer.in_features)
    expected = 2.0 + 0.5 * total / sum(layer.weight.numel() for layer in layers)
    assert trick.loss(torch.tensor(2.0), torch.zeros(1), torch.zeros(1)).item() == pytest.approx(expected)


@pytest.mark.parametrize(
    ("bits", "name"), [(0.0, "binary"), (1.2, "binary"), (1.5, "ternary"), (2.9, "sym2"), (3.1, "sym4"), (9.0, "int8")]
)
def test_bits_are_rounded_to_the_nearest_format(bits: float, name: str) -> None:
    assert nearest_format(bits, ["int8", "sym4", "sym2", "ternary", "binary"]) == name


@pytest.mark.parametrize("model", [MLP, CNN], ids=["mlp", "cnn"])
def test_every_layer_ends_in_the_format_of_what_it_learned(model: dict[str, object], tmp_path: Path) -> None:
    wanted = recipe({"compress": {"penalty": 1.0, "epoch": 2, "formats": ["ternary", "sym4", "int8"]}}, model)
    built, trick = begun(wanted)
    layers = [layer for layer in built.modules() if hasattr(layer, "quantizer")]
    for layer, bits in zip(layers, (8.0, 3.3, 0.4), strict=True):
        layer.quantizer.bits.data.fill_(bits)
    assert trick.end_epoch(2)
    assert [layer.quantizer.format.name for layer in layers] == ["int8", "sym4", "ternary"]
    integers(train(wanted, run_dir=tmp_path), tmp_path)


def test_outputs_of_no_bits_are_gone_where_they_can_go() -> None:
    wanted = recipe({"compress": {"penalty": 1.0, "by": "channel", "epoch": 1}})
    model, trick = begun(wanted)
    layers = dict(model.named_children())
    for name in ("fc1", "fc3"):
        layers[name].quantizer.bits.data[:4] = 0.3
    trick.end_epoch(1)
    assert [len(layer.weight) for layer in model.modules() if isinstance(layer, QuantLinear)] == [12, 12, 10]


def test_a_sum_loses_a_channel_only_with_all_its_branches() -> None:
    wanted = recipe(
        {"compress": {"penalty": 1.0, "by": "channel", "epoch": 1}}, {"architecture": "residual-mlp", "hidden": [8, 8]}
    )
    model, trick = begun(wanted)
    fc1, fc2, _ = [layer for layer in model.modules() if isinstance(layer, QuantLinear)]
    fc1.quantizer.bits.data[:4] = 0.0  # type: ignore[union-attr,index]
    fc2.quantizer.bits.data[2:6] = 0.0  # type: ignore[union-attr,index]
    trick.end_epoch(1)
    assert [layer.weight.shape[:2] for layer in model.modules() if isinstance(layer, QuantLinear)] == [
        (6, 64), (6, 6), (10, 6),
    ]  # fmt: skip


# Sparse activations


def test_a_sparse_relu_keeps_the_largest_share_of_a_batch() -> None:
    layer = SparseReLU(keep=0.25)
    x = torch.randn(64, 50, generator=torch.Generator().manual_seed(1))
    for _ in range(100):
        layer(x)
    layer.eval()
    found = layer(x)
    kept = found > 0
    assert 0.25 <= kept.float().mean() < 0.29  # equal steps are kept together
    assert found[kept].min() > torch.relu(x)[~kept].max() - 1.5 * layer.scale
    relu = torch.floor(torch.relu(x) / layer.scale + 0.5).clamp(0, 127) * layer.scale
    torch.testing.assert_close(found[kept], relu[kept])


def test_a_sparse_relu_is_exact_on_the_device() -> None:
    model = nn.Sequential(QuantLinear(6, 9, "int4"), nn.BatchNorm1d(9), SparseReLU(0.3), QuantLinear(9, 3, "int4"))
    make_dyadic(model)
    nn.init.constant_(model[2].threshold, 40.3)  # type: ignore[arg-type]
    graph = assert_exact(model, (6,))
    table = next(node.op for node in graph.nodes if node.op.kind == "table")
    found = table.run(np.arange(128, dtype=np.int8)[None])[0]  # type: ignore[attr-defined]
    np.testing.assert_array_equal(found, np.where(np.arange(128) >= 41, np.arange(128), 0))


def test_sparsify_reaches_its_share_on_test_images(tmp_path: Path) -> None:
    trained = train(recipe({"sparsify": {"keep": 0.2}}), run_dir=tmp_path)
    layers = [module for module in trained.model.modules() if isinstance(module, SparseReLU)]
    assert len(layers) == 2
    shares: list[float] = []
    for layer in layers:
        layer.register_forward_hook(lambda module, inputs, result: shares.append(float((result > 0).float().mean())))
    trained.model(real_values(torch.from_numpy(DIGITS.test_x), DIGITS))
    assert all(0.12 < share < 0.3 for share in shares)
    assert quant_layers(trained)


def test_a_network_without_relu_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RecipeError) as error:
        train(recipe({"sparsify": {"keep": 0.2}}, {"norm": "rms"}), run_dir=tmp_path)
    assert str(error.value) == "sparsify: mlp has no ReLU with an 8-bit scale of its own"
