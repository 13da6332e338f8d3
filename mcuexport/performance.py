"""docs/performance.md: the tables of `bench`, peers beside."""

from collections.abc import Iterable, Sequence

from .bench import KernelRow
from .bench_layers import LayerRow
from .bench_networks import NetworkRow

HEAD = """# Speed

Modelled cycles: every instruction counted in an emulator, priced by a table per pipeline; gcc -O2.  **Flash wait states
are not modelled**, so a chip that runs from flash faster than its flash reads takes longer.  Nothing here was timed on
silicon.  `make bench` writes this file; two runs write the same.
"""
DENSE = """## Dense kernels

Cycles per multiply-accumulate of whole calls, inputs 0 .. 127.
"""
KINDS = {
    "usual": """Every format's usual kernel; in brackets the best of the peers (BitNetMCU, CMSIS-NN, NNoM) at 256x64,
measured with the same cost tables.
""",
    "nonzero": "The kernels that pass over zeros, 60 % of the inputs zero.\n",
    "radix": "Ternary weights of 1.6 bits, where the usual kernels store 2.\n",
}
LAYERS = """## Convolutions

Cycles per multiply-accumulate of whole layers with their requantization to int8, 14x14 results (1-D: 124); in brackets
the best of the peers measured with the same cost tables (CMSIS-NN, CMix-NN, TinyEngine, NNoM; results 12x12 to 14x14).
Inputs are random; the depthwise layer stands behind a pointwise one and reads its results, a part of which is zero.
"""
NETWORKS = """## Whole networks

Networks of the zoo with random weights, one run; the first four are the topologies of MLPerf Tiny, and *published* is
what its closed division lists at the same clock: X-CUBE-AI 9 in int8 on a Cortex-M4, Bosch in int8 on a Cortex-M0+,
measured on boards.
"""


def page(dense: Sequence[KernelRow], layers: Sequence[LayerRow], networks: Sequence[NetworkRow]) -> str:
    """The whole file, in Markdown."""
    return "\n".join([HEAD, DENSE, _dense(dense), LAYERS, _layers(layers), NETWORKS, _networks(networks)])


def _table(head: Sequence[str], texts: int, rows: Iterable[Sequence[str]]) -> str:
    """The first `texts` columns to the left, figures to the right."""
    rule = "|" + "---|" * texts + "--:|" * (len(head) - texts)
    return "\n".join([f"| {' | '.join(head)} |", rule, *(f"| {' | '.join(row)} |" for row in rows), ""])


def _dense(rows: Sequence[KernelRow]) -> str:
    """A table for each kind of kernel; shapes separated by slashes, "-" where a core has no such kernel."""
    cores = list(dict.fromkeys(row.core for row in rows))
    shapes = list(dict.fromkeys((row.inputs, row.outputs) for row in rows))
    parts = [f"Shapes: {' / '.join(f'{inputs}x{outputs}' for inputs, outputs in shapes)}.\n"]
    for kind, title in KINDS.items():
        of_kind = [row for row in rows if row.kind == kind]
        lines = []
        for name in dict.fromkeys(row.format for row in of_kind):
            found = {core: [row for row in of_kind if (row.format, row.core) == (name, core)] for core in cores}
            lines.append([name, *(_shapes(found[core]) for core in cores)])
        parts += [title, _table(["format", *cores], 1, lines)]
    return "\n".join(parts)


def _shapes(rows: Sequence[KernelRow]) -> str:
    if not rows:
        return "-"
    peer = rows[0].peer if rows[0].kind == "usual" else None
    return " / ".join(f"{row.cycles_per_mac:.2f}" for row in rows) + _peer(peer)


def _layers(rows: Sequence[LayerRow]) -> str:
    cores = list(dict.fromkeys(row.core for row in rows))
    cells = {(row.layer, row.format, row.core): f"{row.cycles_per_mac:.2f}{_peer(row.peer)}" for row in rows}
    lines = dict.fromkeys((row.layer, row.format) for row in rows)
    return _table(["layer", "weights", *cores], 2, [[*line, *(cells[*line, core] for core in cores)] for line in lines])


def _networks(rows: Sequence[NetworkRow]) -> str:
    head = ["network", "weights", "core", "MACs", "cycles", "cycles/MAC", "MHz", "ms", "published", "constants", "RAM"]
    return _table(
        head,
        3,
        [
            [
                row.network,
                row.format,
                row.core,
                f"{row.macs:,}",
                f"{row.cycles:,}",
                f"{row.cycles / row.macs:.2f}",
                f"{row.clock_hz // 1_000_000}",
                f"{row.milliseconds:.1f}",
                "" if row.published_ms is None else f"{row.published_ms:g}",
                f"{row.weight_bytes:,} B",
                f"{row.scratch_bytes + row.stack_bytes:,} B",
            ]
            for row in rows
        ],
    )


def _peer(figure: float | None) -> str:
    return "" if figure is None else f" ({figure:.1f})"
