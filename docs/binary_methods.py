"""Tables of docs/binary.md: `python docs/binary_methods.py [methods] [separable]`; MCUEXPORT_DATA as usual.

methods: the network of the recipe mnist-binary-mlp by every method from the same seed, some minutes.  separable: a
small VGG with 3x3 convolutions and with 3x1 and 1x3 ones, on scikit-learn's digits.  Counted is what the exported C
takes; accuracies are those of the integers, on all test images.
"""

import os
import sys
import tempfile
from pathlib import Path

from mcuexport.checkpoint import load, save_trained
from mcuexport.cycles import measure_cycles
from mcuexport.evaluate import evaluate
from mcuexport.lower import lower
from mcuexport.targets import core
from mcuexport.train import load_recipe, train, with_settings
from mcuexport.train.binary import METHODS

CORES = ("cortex-m0plus", "cortex-m4")
METHOD_RUNS: dict[str, dict[str, str]] = {
    **{name: {"model.method": name} for name in METHODS},
    "dorefa, 2-bit weights, 2-bit activations, 6-bit gradients": {"model.method": "dorefa", "model.bits": "[2, 2, 6]"},
    "irnet, 8-bit pixels": {"model.method": "irnet", "model.thermometer": "0"},
}
SMALL_VGG = {
    "data.name": "digits",
    "data.size": "8",
    "model.pool_after": "[2, 4]",
    "train.epochs": "40",
    "train.batch_size": "64",
    "train.optimizer": "adamw",
    "train.learning_rate": "5e-3",
    "train.weight_decay": "0.0",
    "train.warmup_epochs": "0.0",
    "augment.crop": "1",
    "augment.flip": "false",
}
CONVOLUTIONS: dict[str, dict[str, str]] = {
    "3x3": {"model.channels": "[32, 32, 64, 64]"},
    "3x1 and 1x3": {"model.channels": "[32, 32, 64, 64]", "model.separable": "true"},
    "3x1 and 1x3, wider": {"model.channels": "[32, 64, 64, 96]", "model.separable": "true"},
}
SEPARABLE_RUNS = {
    f"{title}, seed {seed}": settings | {"train.seed": str(seed)}
    for title, settings in CONVOLUTIONS.items()
    for seed in (1, 2, 3)
}
TABLES = {
    "methods": ("mnist-binary-mlp", METHOD_RUNS),
    "separable": (
        "cifar10-vgg-small-1w1a",
        {title: SMALL_VGG | settings for title, settings in SEPARABLE_RUNS.items()},
    ),
}


def row(recipe_name: str, title: str, settings: dict[str, str], folder: Path) -> str:
    """One line of a table."""
    recipe = with_settings(load_recipe(recipe_name), settings)
    data = os.environ.get("MCUEXPORT_DATA")
    trained = train(recipe, None if data is None else Path(data), folder / "run")
    save_trained(trained, "mlp", folder / "mlp.pt")
    checkpoint = load(folder / "mlp.pt")
    graph = lower(checkpoint)
    reached = evaluate(checkpoint, graph, trained.data.device_test_x, trained.data.test_y)
    counted = [measure_cycles(graph, core(name), checkpoint.examples) for name in CORES]
    cycles = " | ".join(f"{result.total.cycles:,}" for result in counted)
    return f"| {title} | {100 * reached.integer_accuracy:.2f} | {counted[0].weight_bytes:,} | {cycles} |"


if __name__ == "__main__":
    for table in sys.argv[1:] or TABLES:
        recipe_name, runs = TABLES[table]
        print(f"| {table} | accuracy, % | constants, bytes | cycles, M0+ | cycles, M4 |\n|---|--:|--:|--:|--:|")
        with tempfile.TemporaryDirectory() as folder:
            for title, settings in runs.items():
                print(row(recipe_name, title, settings, Path(folder)), flush=True)
