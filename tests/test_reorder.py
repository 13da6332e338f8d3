"""Order of hidden units: no output changes, entropies are those of the definition, and sorted columns compress."""

import json
import zlib
from pathlib import Path

import numpy as np
import pytest
import torch
from click.testing import CliRunner
from exact import checkpoint_in_memory, inputs
from torch import nn
from tricks import MLP, integers, recipe

from mcuexport.checkpoint import load
from mcuexport.cli import main
from mcuexport.entropy import entropies, weight_entropies
from mcuexport.lower import lower
from mcuexport.pack import ROWS
from mcuexport.train import QuantActivation, QuantLinear, train
from mcuexport.train.reorder import chain, reordered


def test_entropies_of_a_sequence() -> None:
    assert entropies(np.array([0, 1] * 50, np.uint8)) == pytest.approx((1.0, 0.0), abs=1e-3)
    first, second = entropies(np.random.default_rng(1).integers(0, 4, 100_000).astype(np.uint8))
    assert (first, second) == pytest.approx((2.0, 2.0), abs=1e-3)
    assert entropies(np.zeros(9, np.uint8)) == (0.0, 0.0)


def test_a_chain_goes_from_neighbour_to_neighbour() -> None:
    vectors = np.array([[5, 5], [0, 0], [9, 9], [1, 0], [5, 6]])
    assert chain(vectors).tolist() == [1, 3, 0, 4, 2]


def test_columns_that_were_shuffled_lie_together_again() -> None:
    """Two kinds of hidden units in turn: in any other order than by kind their codes are as good as random."""
    model = nn.Sequential(QuantLinear(4, 64, "int4"), QuantActivation(), QuantLinear(64, 40, "int4"))
    random = torch.Generator().manual_seed(1)
    kinds = torch.randint(-7, 8, (40, 2), generator=random) * model[2].scale
    with torch.no_grad():
        model[2].weight.copy_(kinds[:, torch.randint(2, (64,), generator=random)])
    checkpoint = checkpoint_in_memory(model, (4,))
    layers = reordered(checkpoint.layers, torch.zeros(2, 4))
    before = weight_entropies(lower(checkpoint))[1]
    after = weight_entropies(lower(checkpoint_in_memory(_module(layers), (4,))))[1]
    assert before.order_0 == after.order_0
    assert after.order_1 < 0.5 < before.order_1
    assert after.zlib < before.zlib / 2


def _module(layers: object) -> nn.Module:
    from mcuexport.train.trace import rebuild

    return nn.Sequential(*(rebuild(layer) for layer in layers))  # type: ignore[attr-defined]


@pytest.fixture(scope="module")
def checkpoint_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("reorder")
    integers(train(recipe({}, MLP, epochs=2), run_dir=folder), folder)
    return folder / "net.pt"


def test_reorder_writes_a_checkpoint_of_the_same_outputs(checkpoint_path: Path, tmp_path: Path) -> None:
    out = tmp_path / "new.pt"
    answer = CliRunner().invoke(main, ["reorder", str(checkpoint_path), "--out", str(out), "--json"])
    assert answer.exit_code == 0, answer.output
    old, new = (lower(load(path)) for path in (checkpoint_path, out))
    x = inputs(old, 40)
    np.testing.assert_array_equal(new.run(x), old.run(x))
    changed = [not np.array_equal(a.op.codes, b.op.codes) for a, b in zip(old.nodes, new.nodes, strict=True)
               if a.op.kind == "dense"]  # fmt: skip
    assert changed == [True, True, True]
    told = json.loads(answer.output)
    for graph, rows in ((old, told["before"]), (new, told["after"])):
        for node, row in zip([n for n in graph.nodes if n.op.kind == "dense"], rows, strict=True):
            words = ROWS.pack(node.op.codes, node.op.fmt).astype("<u4").tobytes()
            assert (row["packed"], row["zlib"]) == (len(words), len(zlib.compress(words, 9)))


def test_reorder_prints_before_and_after(checkpoint_path: Path) -> None:
    answer = CliRunner().invoke(main, ["reorder", str(checkpoint_path)])
    assert answer.exit_code == 0
    assert answer.output.splitlines()[0].strip() == "net: bits per weight and bytes, before > reordered"
    assert [line.split()[0] for line in answer.output.splitlines()[2:]] == ["fc1", "fc2", "fc3"]
