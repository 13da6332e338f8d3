"""The table of methods in docs/binary.md: `python docs/binary_methods.py`, some minutes; MCUEXPORT_DATA as usual.

Trains the network of the recipe mnist-binary-mlp by every method from the same seed, and counts what the exported C
takes.  Accuracies are those of the integers, on all test images.
"""

import os
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
RUNS: dict[str, dict[str, str]] = {
    **{name: {"model.method": name} for name in METHODS},
    "dorefa, 2-bit weights, 2-bit activations, 6-bit gradients": {"model.method": "dorefa", "model.bits": "[2, 2, 6]"},
    "irnet, 8-bit pixels": {"model.method": "irnet", "model.thermometer": "0"},
}


def row(title: str, settings: dict[str, str], folder: Path) -> str:
    """One line of the table."""
    recipe = with_settings(load_recipe("mnist-binary-mlp"), settings)
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
    print("| method | accuracy, % | constants, bytes | cycles, M0+ | cycles, M4 |\n|---|--:|--:|--:|--:|")
    with tempfile.TemporaryDirectory() as folder:
        for title, settings in RUNS.items():
            print(row(title, settings, Path(folder)), flush=True)
