"""The table of tricks in docs/training.md: `python docs/training_tricks.py`, some minutes; MCUEXPORT_DATA as usual.

Trains a fully connected network 256-48-48-48-10 on MNIST at 16x16, 6 epochs from one seed without distortion, once
plainly and once with each trick.  Accuracies are those of the integers, on all test images; one seed tells nothing of
differences below half a percent.
"""

import os
import tempfile
from pathlib import Path
from typing import Any

from mcuexport.checkpoint import load, save_trained
from mcuexport.entropy import weight_entropies
from mcuexport.evaluate import evaluate
from mcuexport.graph import Graph
from mcuexport.lower import lower
from mcuexport.train import train
from mcuexport.train.recipe_files import validated

BASE: dict[str, Any] = {
    "data": {"name": "mnist", "size": 16},
    "model": {"hidden": [48, 48, 48], "format": "sym2", "per_output": True},
    "train": {"epochs": 6, "batch_size": 512, "learning_rate": 1.5e-2},
}
SYM4, TERNARY = {"model": {"format": "sym4"}}, {"model": {"format": "ternary"}}
RESIDUAL = {"architecture": "residual-mlp", "hidden": [64, 64, 64]}
TEACHER: dict[str, Any] = {"model": {"hidden": [256, 256], "format": "int8"}}
RUNS: dict[str, dict[str, Any]] = {
    "plain, sym2": {},
    "plain, sym4": SYM4,
    "plain, ternary": TERNARY,
    "clip octav": {"model": {"clip": "octav"}},
    "clip mse": {"model": {"clip": "mse"}},
    "clip learned": {"clip": {"learned": True}},
    "clip decreasing to 0.7": {"clip": {"decrease_to": 0.7}},
    "clip of two first layers fixed behind epoch 2": {"clip": {"fixed_layers": 2, "fixed_epoch": 2}},
    "running average 0.98": {"train": {"average": 0.98}},
    "running average 0.998": {"train": {"average": 0.998}},
    "swa, last 3 epochs": {"swa": {"epochs": 3, "learning_rate": 1e-3}},
    "swa, last 4, cycles of 2": {"swa": {"epochs": 4, "learning_rate": 2e-3, "cycle_epochs": 2}},
    "label smoothing 0.1": {"train": {"label_smoothing": 0.1}},
    "mixup 0.2": {"mix": {"mixup": 0.2}},
    "cutmix 1.0, half of the batches": {"mix": {"cutmix": 1.0, "probability": 0.5}},
    "distill logits": {"distill": {"teachers": ["teacher1.pt"]}},
    "distill logits and features": {"distill": {"teachers": ["teacher1.pt"], "features": 0.1}},
    "distill, ensemble of two": {"distill": {"teachers": ["teacher1.pt", "teacher2.pt"]}},
    "prune to 0.5, ternary": {**TERNARY, "prune": {"density": 0.5}},
    "prune to 0.2, ternary": {**TERNARY, "prune": {"density": 0.2}},
    "lottery ticket of 0.2, two rounds, ternary": {**TERNARY, "prune": {"density": 0.2, "ticket_rounds": 2}},
    "96-96-96": {"model": {"hidden": [96, 96, 96]}},
    "96-96-96, prune channels to 48": {
        "model": {"hidden": [96, 96, 96]}, "prune_channels": {"share": 0.5, "epoch": 3},
    },
    "96-96-96, prune channels by network": {
        "model": {"hidden": [96, 96, 96]}, "prune_channels": {"share": 0.5, "epoch": 3, "by": "network"},
    },
    "compress layers, penalty 0.02": {"compress": {"penalty": 0.02}},
    "compress layers, penalty 0.5": {"compress": {"penalty": 0.5}},
    "compress channels, penalty 0.05": {"compress": {"penalty": 0.05, "by": "channel"}},
    "compress channels, penalty 0.5": {"compress": {"penalty": 0.5, "by": "channel"}},
    "sparsify to 0.3": {"sparsify": {"keep": 0.3}},
    "sparsify to 0.1": {"sparsify": {"keep": 0.1}},
    "input norm only": {"model": {"norm": "none", "bias": True, "input_norm": True}},
    "no norm": {"model": {"norm": "none", "bias": True}},
    "rms norm between layers": {"model": {"norm": "rms"}},
    "layer norm between layers": {"model": {"norm": "layer"}},
    "64-64-64 without residual": {"model": {"hidden": [64, 64, 64]}},
    "residual sum": {"model": {**RESIDUAL, "residual": "sum"}},
    "residual sum, learned scale": {"model": {**RESIDUAL, "residual": "sum", "learned_scale": True}},
    "residual relu-sum": {"model": {**RESIDUAL, "residual": "relu-sum"}},
    "residual relu-sum, learned scale": {"model": {**RESIDUAL, "residual": "relu-sum", "learned_scale": True}},
    "residual sum-relu": {"model": {**RESIDUAL, "residual": "sum-relu"}},
}  # fmt: skip


def row(title: str, sections: dict[str, Any], folder: Path, name: str = "mlp.pt") -> str:
    """One line of the table: integer accuracy, bytes of weights and their entropy."""
    merged = {key: {**BASE.get(key, {}), **sections.get(key, {})} for key in {**BASE, **sections}}
    data = os.environ.get("MCUEXPORT_DATA")
    trained = train(validated(merged, title), None if data is None else Path(data), folder / "run")
    save_trained(trained, "mlp", folder / name)
    checkpoint = load(folder / name)
    graph = lower(checkpoint)
    reached = evaluate(checkpoint, graph, trained.data.device_test_x, trained.data.test_y)
    return f"| {title} | {100 * reached.integer_accuracy:.2f} | {_weights(graph)} |"


def _weights(graph: Graph) -> str:
    layers = weight_entropies(graph)
    carried = sum(layer.order_0 * layer.weights for layer in layers) / 8
    formats = "/".join(dict.fromkeys(layer.format for layer in layers))
    weights, packed = (sum(getattr(layer, name) for layer in layers) for name in ("weights", "packed"))
    return f"{weights:,} {formats} | {packed:,} | {carried:,.0f}"


if __name__ == "__main__":
    print("| switch | accuracy, % | weights | packed, bytes | entropy, bytes |\n|---|--:|--:|--:|--:|")
    with tempfile.TemporaryDirectory() as name:
        os.chdir(name)
        for seed in (1, 2):
            teacher = {**TEACHER, "train": {**BASE["train"], "seed": seed}}
            print(row(f"teacher {seed}", teacher, Path(name), f"teacher{seed}.pt"), flush=True)
        for title, sections in RUNS.items():
            print(row(title, sections, Path(name)), flush=True)
