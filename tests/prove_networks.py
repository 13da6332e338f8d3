"""Proves a network of every weight format, a convolutional one and two of a million multiplications: `make prove`.

Prints the table of docs/proof.md.  The networks are those of the MNIST recipes, trained for one epoch, as a proof is
one of exact weights and does not ask how good they are; checkpoints that are named take their place.  Times are of one
core.
"""

import resource
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from map_graphs import MapGraph
from small import generated

from mcuexport.checkpoint import load, save_trained
from mcuexport.graph import Graph
from mcuexport.lower import lower
from mcuexport.ops import Conv2d
from mcuexport.pack import FORMATS
from mcuexport.prove import WHOLE_MACS, multiplications, prove
from mcuexport.train.loop import train
from mcuexport.train.recipe_files import load_recipe, with_settings

RECIPES = [*(f"mnist-12k-{kind}" for kind in (*FORMATS, "rms", "shift")), "mnist-cnn"]


def networks() -> Iterator[tuple[str, Graph]]:
    """Those of the recipes, then two with random weights."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        for name in RECIPES:
            recipe = with_settings(load_recipe(name), {"train.epochs": "1"})
            save_trained(train(recipe, run_dir=folder / name), name, folder / f"{name}.pt")
            yield name, lower(load(folder / f"{name}.pt"))
    yield "CNN 28x28, 16-48-32", large_cnn()
    yield "784-1000-200-10", large_dense()


def large_cnn() -> Graph:
    """28x28 digits: 3x3 convolutions 1-16-48-32, int8 and then sym4, each with a pool."""
    g = MapGraph((28, 28, 1), "uint8")
    for outputs, fmt in ((16, "int8"), (48, "sym4"), (32, "sym4")):
        g.conv(outputs, fmt=fmt)
        g.max_pool()
    return g.graph()


def large_dense() -> Graph:
    g = MapGraph((28, 28, 1), "uint8")
    g.dense(1000)
    g.dense(200)
    return g.graph()


def core_seconds() -> float:
    """Processor time of all programs that were run so far."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def row(name: str, graph: Graph) -> str:
    """A line of the table.  By layer: where kernels are called more than once, and what is too large as a whole."""
    alarms, by_wp, times = 0, 0, []
    convolves = any(isinstance(node.op, Conv2d) for node in graph.nodes)
    macs = multiplications(graph)
    for by_layer, wanted in ((False, macs <= WHOLE_MACS), (True, convolves or macs > WHOLE_MACS)):
        start = core_seconds()
        if wanted:
            proof = prove(graph, generated(graph), by_layer)
            proof.require(graph.name)
            alarms, by_wp = alarms + len(proof.alarms), len(proof.by_wp)
        times.append(f"{core_seconds() - start:.0f}" if wanted else "")
    return f"| {name} | {macs:,} | {alarms} | {by_wp} | {times[0]} | {times[1]} |"


def main() -> None:
    """Raises ProofError at the first alarm."""
    print("| network | multiplications | alarms | by WP | whole, s | by layer, s |\n|---|--:|--:|--:|--:|--:|")
    for name, graph in [(path, lower(load(path))) for path in sys.argv[1:]] or networks():
        print(row(name, graph), flush=True)
    print(f"\n{core_seconds():.0f} s of one core")


if __name__ == "__main__":
    main()
