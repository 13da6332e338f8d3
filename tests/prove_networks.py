"""Proves a network of every weight format and a convolutional one: `make prove`.  Prints the table of docs/proof.md.

The networks have the shapes of the MNIST recipes and random weights; alarms do not depend on what was learnt.
"""

import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from map_graphs import mnist_cnn
from networks import lowered
from small import generated

from mcuexport.graph import Graph
from mcuexport.pack import FORMATS
from mcuexport.prove import prove


def networks() -> Iterator[tuple[str, Graph]]:
    """256-64-64-64-10 in each format, with each norm, and the convolutions of the MNIST recipe."""
    wide = {"shape": (16, 16, 1), "hidden": [64, 64, 64], "outputs": 10}
    with tempfile.TemporaryDirectory() as folder:
        for fmt in FORMATS:
            yield fmt, lowered(Path(folder), **wide, format=fmt)[0]
        for norm in ("rms", "layer"):
            yield f"sym4, {norm} norm", lowered(Path(folder), **wide, format="sym4", norm=norm)[0]
        yield "sym4, shift only", lowered(Path(folder), **wide, format="sym4", power_of_two=True)[0]
    yield "MNIST CNN", mnist_cnn()


def main() -> int:
    """1 if there is an alarm."""
    failed = 0
    print("| network | multiplications | alarms | assumed | whole, s | by layer, s |\n|---|---|---|---|---|---|")
    for name, graph in networks():
        proofs = [prove(graph, generated(graph), by_layer) for by_layer in (False, True)]
        alarms = sum(len(proof.alarms) for proof in proofs)
        failed |= alarms > 0
        times = " | ".join(f"{proof.seconds:.0f}" for proof in proofs)
        print(f"| {name} | {proofs[0].macs:,} | {alarms} | {len(proofs[0].assumed)} | {times} |", flush=True)
        for proof in proofs:
            proof.require(graph.name)
    return failed


if __name__ == "__main__":
    sys.exit(main())
