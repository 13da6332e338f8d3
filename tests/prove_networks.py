"""Proves a network of every weight format and a convolutional one: `make prove`.  Prints the table of docs/proof.md.

The networks have the shapes of the MNIST recipes and random weights; the names of checkpoints, if any are given, take
their place.  Times are of one core.
"""

import resource
import sys
import tempfile
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

from map_graphs import mnist_cnn
from networks import lowered
from small import generated

from mcuexport.checkpoint import load
from mcuexport.graph import Graph
from mcuexport.lower import lower
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


def core_seconds() -> float:
    """Processor time of all programs that were run so far."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def main() -> None:
    """Raises ProofError at the first alarm."""
    chosen = [(path, lower(load(path))) for path in sys.argv[1:]]
    print("| network | multiplications | alarms | assumed | whole, s | by layer, s |\n|---|---|---|---|---|---|")
    for name, graph in chosen or networks():
        seconds, proofs = [core_seconds()], []
        for by_layer in (False, True):
            proofs.append(prove(graph, generated(graph), by_layer))
            proofs[-1].require(graph.name)
            seconds.append(core_seconds())
        alarms = sum(len(proof.alarms) for proof in proofs)
        times = " | ".join(f"{end - start:.0f}" for start, end in pairwise(seconds))
        print(f"| {name} | {proofs[0].macs:,} | {alarms} | {len(proofs[0].assumed)} | {times} |", flush=True)


if __name__ == "__main__":
    main()
